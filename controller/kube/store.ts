/**
 * What the cache holds of one kind, and the rules by which lists, watch events and our own writes change it.
 * No IO and no time: each method returns the changes it made, in order.
 */
import type { KubeObject } from '../../model/kube';
import { ObjectIndex } from './object-index';
import { isNewer, isOlder } from './resource-version';
import type { WatchEvent } from './watch';

/** `object` is the last state known; of a deleted object the final one. */
export interface Change {
  type: 'added' | 'modified' | 'deleted';
  object: KubeObject;
  previous?: KubeObject;
}

export class ObjectStore {
  private readonly namespaces = new Map<string, Map<string, KubeObject>>();
  /** Uids that we deleted ourselves and that the watch has not yet reported. */
  private readonly gone = new Set<string>();
  /** Keys written back since the list under way was asked for: its answer may be older than they are. */
  private touched: Set<string> | undefined;
  private at: string | undefined;
  private readonly index: ObjectIndex | undefined;

  /** @param keysOf Keys of an object by which `find` finds it. */
  constructor(keysOf?: (object: KubeObject) => string[]) {
    if (keysOf) this.index = new ObjectIndex(keysOf);
  }

  /** The version up to which the stream has told us everything. */
  get position(): string | undefined {
    return this.at;
  }

  get size(): number {
    let count = 0;
    for (const objects of this.namespaces.values()) count += objects.size;
    return count;
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.namespaces.get(namespace ?? '')?.get(name);
  }

  list(namespace?: string): KubeObject[] {
    if (namespace !== undefined) return [...(this.namespaces.get(namespace)?.values() ?? [])];
    return [...this.namespaces.values()].flatMap((objects) => [...objects.values()]);
  }

  /** How many a namespace has. */
  count(namespace: string): number {
    return this.namespaces.get(namespace)?.size ?? 0;
  }

  /** Objects that have the key. @throws Error without an index */
  find(namespace: string | undefined, key: string): KubeObject[] {
    if (this.index === undefined) throw new Error('the cache has no index');
    return this.index.get(namespace, key);
  }

  /** To be called before a list is asked for. */
  beginList(): void {
    this.touched = new Set();
  }

  /** Takes a whole list as the truth, except for what was written back while it was under way and is newer. */
  replace(items: KubeObject[], resourceVersion: string): Change[] {
    const touched = this.touched ?? new Set();
    const listed = new Set(items.map(keyOf));
    const kept = (held: KubeObject) => touched.has(keyOf(held)) && isOlder(resourceVersion, versionOf(held));
    const dropped = this.list().filter((held) => !listed.has(keyOf(held)) && !kept(held));
    const changes = dropped.flatMap((held) => this.remove(held));
    for (const item of items) {
      const uid = item.metadata.uid;
      if (touched.has(keyOf(item)) && uid && this.gone.has(uid)) continue;
      const held = this.get(item.metadata.namespace, item.metadata.name);
      if (held && touched.has(keyOf(item)) && isOlder(versionOf(item), versionOf(held))) continue;
      changes.push(...this.put(item));
    }
    const awaited = new Set(items.filter((item) => touched.has(keyOf(item))).map((item) => item.metadata.uid));
    for (const uid of this.gone) if (!awaited.has(uid)) this.gone.delete(uid);
    this.touched = undefined;
    this.at = resourceVersion;
    return changes;
  }

  /** Takes a watch event. `rewound`: the server's versions went backwards, only a new list tells what is true. */
  apply(event: WatchEvent): Change[] | 'rewound' {
    const { object, type } = event;
    if (type === 'DELETED') return this.applyDeleted(object);
    if (isOlder(versionOf(object), this.at)) return 'rewound';
    this.at = versionOf(object) ?? this.at;
    if (type === 'BOOKMARK') return [];
    const { uid, deletionTimestamp } = object.metadata;
    // A finalizer keeps an object alive after our delete: then it comes back marked.
    if (uid && this.gone.has(uid) && !deletionTimestamp) return [];
    return this.putIfNewer(object);
  }

  /** Takes the API server's answer to a write of ours, before the watch tells. */
  observe(object: KubeObject): Change[] {
    const { namespace, name, uid } = object.metadata;
    if (uid && this.gone.has(uid)) return [];
    this.touched?.add(keyOf(object));
    // The stream is past this version and does not have it: deleted since.
    if (!this.get(namespace, name) && this.at !== undefined && !isNewer(versionOf(object), this.at)) return [];
    return this.putIfNewer(object);
  }

  /** Takes the API server's word that this object is gone, before the watch tells. */
  observeDeleted(object: KubeObject): Change[] {
    const { namespace, name, uid } = object.metadata;
    const held = this.get(namespace, name);
    if (held && !sameUid(held, object)) return [];
    const known = uid ?? held?.metadata.uid;
    if (known && held) this.gone.add(known);
    this.touched?.add(keyOf(object));
    return held ? this.remove(held) : [];
  }

  /** Uids are never used twice, so the same uid is certainly gone, however old the news. */
  private applyDeleted(object: KubeObject): Change[] | 'rewound' {
    const version = versionOf(object);
    const held = this.get(object.metadata.namespace, object.metadata.name);
    const same = held !== undefined && sameUid(held, object);
    const expected = object.metadata.uid !== undefined && this.gone.delete(object.metadata.uid);
    if (isOlder(version, this.at)) {
      if (!same && !expected) return 'rewound';
    } else this.at = version ?? this.at;
    if (!held || (!same && isOlder(version, versionOf(held)))) return [];
    return this.remove(held, object);
  }

  private putIfNewer(object: KubeObject): Change[] {
    const held = this.get(object.metadata.namespace, object.metadata.name);
    return held && !isNewer(versionOf(object), versionOf(held)) ? [] : this.put(object);
  }

  /** Holds `object`. An object under the same name with another uid is another object: one goes, one comes. */
  private put(object: KubeObject): Change[] {
    const { namespace = '', name } = object.metadata;
    const held = this.get(namespace, name);
    if (held && sameUid(held, object) && versionOf(held) === versionOf(object)) return [];
    const changes = held && !sameUid(held, object) ? this.remove(held) : [];
    const objects = this.namespaces.get(namespace) ?? new Map<string, KubeObject>();
    this.namespaces.set(namespace, objects.set(name, object));
    if (held && changes.length === 0) this.index?.remove(held);
    this.index?.add(object);
    const isNew = held === undefined || changes.length > 0;
    return [...changes, isNew ? { type: 'added', object } : { type: 'modified', object, previous: held }];
  }

  private remove(held: KubeObject, last: KubeObject = held): Change[] {
    const { namespace = '', name } = held.metadata;
    const objects = this.namespaces.get(namespace);
    objects?.delete(name);
    this.index?.remove(held);
    if (objects?.size === 0) this.namespaces.delete(namespace);
    return [{ type: 'deleted', object: last, previous: held }];
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function versionOf(object: KubeObject): string | undefined {
  return object.metadata.resourceVersion;
}

function sameUid(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === undefined || b.metadata.uid === undefined || a.metadata.uid === b.metadata.uid;
}

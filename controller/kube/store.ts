/**
 * What the cache holds of one kind, and the rules by which lists, watch events and our own writes change it.
 * No IO and no time: each method returns the changes it made, in order.
 */
import type { KubeObject } from '../../model/kube';
import { Held, Rounds } from './held';
import { ObjectIndex } from './object-index';
import { isNewer, isOlder } from './resource-version';
import type { WatchEvent } from './watch';

/** `object` is the last state known; of a deleted object the final one. */
export interface Change {
  type: 'added' | 'modified' | 'deleted';
  object: KubeObject;
  /** What was held before. */
  previous?: Pick<Held, 'uid' | 'version' | 'generation'>;
}

export class ObjectStore {
  private readonly namespaces = new Map<string, Map<string, Held>>();
  /** Uids that we deleted ourselves and that the watch has not yet reported. */
  private readonly gone = new Set<string>();
  /** Keys written back since the list under way was asked for: its answer may be older than they are. */
  private touched: Set<string> | undefined;
  /** Uids by key, of the chunks of the list under way. */
  private readonly listed = new Map<string, string | undefined>();
  private at: string | undefined;
  private readonly index = new ObjectIndex<Held>();

  /** @param keysOf Keys of an object by which `find` finds it. */
  constructor(
    private readonly keysOf?: (object: KubeObject) => string[],
    private readonly rounds = new Rounds(),
  ) {}

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
    return this.held(namespace, name)?.read();
  }

  list(namespace?: string): KubeObject[] {
    return this.all(namespace).map((held) => held.peek());
  }

  /** How many a namespace has. */
  count(namespace: string): number {
    return this.namespaces.get(namespace)?.size ?? 0;
  }

  /** Objects that have the key. @throws Error without an index */
  find(namespace: string | undefined, key: string): KubeObject[] {
    if (this.keysOf === undefined) throw new Error('the cache has no index');
    return this.index.get(namespace ?? '', key).map((held) => held.read());
  }

  /** To be called before a list is asked for. */
  beginList(): void {
    this.touched = new Set();
  }

  /** To be called before the first chunk of a list, also of one that begins anew. */
  beginSnapshot(): void {
    this.listed.clear();
  }

  /** Takes a chunk of a list, except for what was written back while the list was under way and is newer. */
  takeListed(items: KubeObject[]): Change[] {
    const changes: Change[] = [];
    for (const item of items) {
      const { uid, namespace, name } = item.metadata;
      this.listed.set(keyOf(item), uid);
      const touched = this.touched?.has(keyOf(item)) ?? false;
      if (touched && uid && this.gone.has(uid)) continue;
      const held = this.held(namespace, name);
      if (held && touched && isOlder(versionOf(item), held.version)) continue;
      changes.push(...this.put(item, true));
    }
    return changes;
  }

  /** The chunks since `beginSnapshot` are all there is, except for what was written back meanwhile and is newer. */
  endList(resourceVersion: string): Change[] {
    const touched = this.touched ?? new Set();
    const changes: Change[] = [];
    for (const [namespace, objects] of [...this.namespaces]) {
      for (const [name, held] of [...objects]) {
        const key = `${namespace}/${name}`;
        if (this.listed.has(key) || (touched.has(key) && isOlder(resourceVersion, held.version))) continue;
        changes.push(...this.remove(namespace, name, held));
      }
    }
    const awaited = new Set([...touched].map((key) => this.listed.get(key)));
    for (const uid of this.gone) if (!awaited.has(uid)) this.gone.delete(uid);
    this.touched = undefined;
    this.listed.clear();
    this.at = resourceVersion;
    return changes;
  }

  /** Takes a whole list as the truth, as its chunks one after the other. */
  replace(items: KubeObject[], resourceVersion: string): Change[] {
    this.beginSnapshot();
    return [...this.takeListed(items), ...this.endList(resourceVersion)];
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
    if (!this.held(namespace, name) && this.at !== undefined && !isNewer(versionOf(object), this.at)) return [];
    return this.putIfNewer(object);
  }

  /** Takes the API server's word that this object is gone, before the watch tells. */
  observeDeleted(object: KubeObject): Change[] {
    const { namespace = '', name, uid } = object.metadata;
    const held = this.held(namespace, name);
    if (held && !sameUid(held.uid, uid)) return [];
    const known = uid ?? held?.uid;
    if (known && held) this.gone.add(known);
    this.touched?.add(keyOf(object));
    return held ? this.remove(namespace, name, held) : [];
  }

  /** Uids are never used twice, so the same uid is certainly gone, however old the news. */
  private applyDeleted(object: KubeObject): Change[] | 'rewound' {
    const version = versionOf(object);
    const { namespace = '', name, uid } = object.metadata;
    const held = this.held(namespace, name);
    const same = held !== undefined && sameUid(held.uid, uid);
    const expected = uid !== undefined && this.gone.delete(uid);
    if (isOlder(version, this.at)) {
      if (!same && !expected) return 'rewound';
    } else this.at = version ?? this.at;
    if (!held || (!same && isOlder(version, held.version))) return [];
    return this.remove(namespace, name, held, object);
  }

  private held(namespace: string | undefined, name: string): Held | undefined {
    return this.namespaces.get(namespace ?? '')?.get(name);
  }

  private all(namespace?: string): Held[] {
    if (namespace !== undefined) return [...(this.namespaces.get(namespace)?.values() ?? [])];
    return [...this.namespaces.values()].flatMap((objects) => [...objects.values()]);
  }

  private putIfNewer(object: KubeObject): Change[] {
    const held = this.held(object.metadata.namespace, object.metadata.name);
    return held && !isNewer(versionOf(object), held.version) ? [] : this.put(object, false);
  }

  /** Holds `object`. An object under the same name with another uid is another object: one goes, one comes. */
  private put(given: KubeObject, packed: boolean): Change[] {
    const { namespace = '', name, uid } = given.metadata;
    const held = this.held(namespace, name);
    const same = held !== undefined && sameUid(held.uid, uid);
    if (same && held.version === versionOf(given)) return [];
    const gone = held && !same ? this.remove(namespace, name, held) : [];
    const object = same ? held.withThisSpec(given) : given;
    const next = new Held(object, this.keysOf?.(object) ?? [], this.rounds, packed);
    const objects = this.namespaces.get(namespace) ?? new Map<string, Held>();
    this.namespaces.set(namespace, objects.set(name, next));
    this.index.add(namespace, next.keys, next);
    if (!same) return [...gone, { type: 'added', object }];
    this.forget(namespace, held);
    return [{ type: 'modified', object, previous: held }];
  }

  private remove(namespace: string, name: string, held: Held, last: KubeObject = held.peek()): Change[] {
    const objects = this.namespaces.get(namespace);
    objects?.delete(name);
    this.forget(namespace, held);
    if (objects?.size === 0) this.namespaces.delete(namespace);
    return [{ type: 'deleted', object: last, previous: held }];
  }

  private forget(namespace: string, held: Held): void {
    this.index.remove(namespace, held.keys, held);
    this.rounds.drop(held);
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function versionOf(object: KubeObject): string | undefined {
  return object.metadata.resourceVersion;
}

function sameUid(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

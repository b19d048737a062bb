import type { KubeObject, OwnerReference } from '../../model/kube';
import type { ObjectStore, Watch } from '../api/store';
import type { Selector } from './objects';
import { fitsSelector } from './selector';

type TypeRef = { apiVersion: string; kind: string };

/** `namespace/name`, the key of a queue. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export function refOf(type: TypeRef, key: string): TypeRef & { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { ...type, namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function ownedBy(owner: KubeObject): OwnerReference[] {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
  return [{ ...reference, controller: true, blockOwnerDeletion: true }];
}

/** Makes the owner the controller of every orphan that its selector fits, as controllers do. */
export function adopt<T extends KubeObject>(
  store: ObjectStore,
  owner: KubeObject & { spec: { selector: Selector } },
  owned: Owned<T>,
): void {
  for (const { apiVersion, kind, metadata } of owned.orphansFor(owner)) {
    if (!fitsSelector(owner.spec.selector, metadata.labels)) continue;
    store.modify({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name }, (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), ...ownedBy(owner)];
    });
  }
}

/** The live objects of one kind by the controller that owns them, kept up by a watch. */
export class Owned<T extends KubeObject> {
  private readonly byOwner = new Map<string, Map<string, T>>();
  private readonly orphans = new Map<string, T>();
  private readonly watch: Watch;

  /** @param onChange Told about every change, after the index has it. */
  constructor(store: ObjectStore, type: TypeRef, onChange: (object: T) => void) {
    for (const object of store.list(type)) this.keep(object as T);
    this.watch = store.watch(type, undefined, ({ type: change, object, previous }) => {
      if (previous) this.drop(previous as T);
      if (change === 'DELETED') this.drop(object as T);
      else this.keep(object as T);
      onChange(object as T);
    });
  }

  /** In order of creation. */
  of(owner: KubeObject): T[] {
    return [...(this.byOwner.get(owner.metadata.uid ?? '')?.values() ?? [])];
  }

  stop(): void {
    this.watch.close();
  }

  /** Those of the owner's namespace that have no controller, and that it may adopt. */
  orphansFor(owner: KubeObject): T[] {
    const { namespace } = owner.metadata;
    const here = [...this.orphans.values()].filter((one) => one.metadata.namespace === namespace);
    return here.filter((one) => !one.metadata.deletionTimestamp);
  }

  private keep(object: T): void {
    const owner = controllerOf(object)?.uid;
    if (owner === undefined) {
      this.orphans.set(object.metadata.uid ?? '', object);
      return;
    }
    const siblings = this.byOwner.get(owner) ?? new Map<string, T>();
    this.byOwner.set(owner, siblings.set(object.metadata.uid ?? '', object));
  }

  private drop(object: T): void {
    this.orphans.delete(object.metadata.uid ?? '');
    const owner = controllerOf(object)?.uid ?? '';
    const siblings = this.byOwner.get(owner);
    siblings?.delete(object.metadata.uid ?? '');
    if (siblings?.size === 0) this.byOwner.delete(owner);
  }
}

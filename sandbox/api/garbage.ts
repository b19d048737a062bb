/** Owner-reference garbage collection: background, foreground and orphan, driven by the store's own changes. */
import type { KubeObject, OwnerReference } from '../../model/kube';
import { copy } from './json';
import type { ObjectRef, ObjectStore, StoreEvent } from './store';

/** An object whose owner never existed is found by a later sweep of the real collector. */
const ABSENT_OWNER_AFTER_MS = 1000;

/** Starts collecting in this store. */
export function collectGarbage(store: ObjectStore): void {
  const graph = new OwnerGraph();
  store.observe((event) => {
    graph.note(event);
    if (event.type === 'DELETED') ownerIsGone(store, graph, event.object);
    else if (event.object.metadata.deletionTimestamp) ownerIsGoing(store, graph, event.object);
    else if (graph.isOrphanOfNobody(event.object)) {
      store.clock.after(ABSENT_OWNER_AFTER_MS, () => releaseDependent(store, graph, event.object));
    }
  });
}

/** Who is alive, and who depends on whom. */
class OwnerGraph {
  private readonly alive = new Set<string>();
  private readonly dependents = new Map<string, Map<string, KubeObject>>();

  note({ type, object, previous }: StoreEvent): void {
    const uid = object.metadata.uid ?? '';
    for (const owner of ownersOf(previous)) this.dependents.get(owner.uid)?.delete(uid);
    if (type === 'DELETED') {
      this.alive.delete(uid);
      return;
    }
    this.alive.add(uid);
    for (const owner of ownersOf(object)) {
      const known = this.dependents.get(owner.uid) ?? new Map<string, KubeObject>();
      this.dependents.set(owner.uid, known.set(uid, object));
    }
  }

  dependentsOf(owner: KubeObject): KubeObject[] {
    return [...(this.dependents.get(owner.metadata.uid ?? '')?.values() ?? [])];
  }

  liveOwners(object: KubeObject): OwnerReference[] {
    return ownersOf(object).filter((owner) => this.alive.has(owner.uid));
  }

  isOrphanOfNobody(object: KubeObject): boolean {
    return ownersOf(object).length > 0 && this.liveOwners(object).length === 0;
  }
}

function ownerIsGone(store: ObjectStore, graph: OwnerGraph, owner: KubeObject): void {
  for (const dependent of graph.dependentsOf(owner)) releaseDependent(store, graph, dependent);
  for (const { uid, kind, apiVersion, name } of graph.liveOwners(owner)) {
    const above = store.get(refOf({ apiVersion, kind, metadata: { ...owner.metadata, name } }));
    if (above?.metadata.uid === uid && above.metadata.deletionTimestamp) ownerIsGoing(store, graph, above);
  }
}

/** Deletes what has no owner left; drops dead references from the rest. */
function releaseDependent(store: ObjectStore, graph: OwnerGraph, dependent: KubeObject): void {
  const now = store.get(refOf(dependent));
  if (!now || now.metadata.uid !== dependent.metadata.uid) return;
  const live = graph.liveOwners(now);
  if (live.length === ownersOf(now).length) return;
  if (live.length === 0) store.delete(refOf(now));
  else {
    store.modify(refOf(now), (draft) => {
      draft.metadata.ownerReferences = copy(live);
    });
  }
}

function ownerIsGoing(store: ObjectStore, graph: OwnerGraph, owner: KubeObject): void {
  const finalizers = owner.metadata.finalizers ?? [];
  if (finalizers.includes('orphan')) orphanDependents(store, graph, owner);
  else if (finalizers.includes('foregroundDeletion')) deleteDependentsFirst(store, graph, owner);
}

function orphanDependents(store: ObjectStore, graph: OwnerGraph, owner: KubeObject): void {
  for (const dependent of graph.dependentsOf(owner)) {
    store.modify(refOf(dependent), (draft) => {
      draft.metadata.ownerReferences = ownersOf(draft).filter((reference) => reference.uid !== owner.metadata.uid);
      if (draft.metadata.ownerReferences.length === 0) delete draft.metadata.ownerReferences;
    });
  }
  dropFinalizer(store, owner, 'orphan');
}

function deleteDependentsFirst(store: ObjectStore, graph: OwnerGraph, owner: KubeObject): void {
  const dependents = graph.dependentsOf(owner);
  for (const dependent of dependents.filter((object) => !object.metadata.deletionTimestamp)) {
    const propagation = graph.dependentsOf(dependent).length > 0 ? 'Foreground' : 'Background';
    if (store.get(refOf(dependent))) store.delete(refOf(dependent), { propagation });
  }
  const blocking = graph.dependentsOf(owner).filter((dependent) => {
    const reference = ownersOf(dependent).find(({ uid }) => uid === owner.metadata.uid);
    return reference?.blockOwnerDeletion === true && store.get(refOf(dependent)) !== undefined;
  });
  if (blocking.length === 0) dropFinalizer(store, owner, 'foregroundDeletion');
}

function dropFinalizer(store: ObjectStore, object: KubeObject, finalizer: string): void {
  if (!store.get(refOf(object))?.metadata.finalizers?.includes(finalizer)) return;
  store.modify(refOf(object), (draft) => {
    draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    if (draft.metadata.finalizers.length === 0) delete draft.metadata.finalizers;
  });
}

function ownersOf(object: KubeObject | undefined): OwnerReference[] {
  return object?.metadata.ownerReferences ?? [];
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

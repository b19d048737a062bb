/** A namespace that is deleted takes its contents with it, and goes when it is empty. */
import type { ObjectStore } from './store';

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' };

/** Starts finishing deleted namespaces in this store. */
export function terminateNamespaces(store: ObjectStore): void {
  store.observe(({ type, object }) => {
    const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
    if (isNamespace && type === 'MODIFIED' && object.metadata.deletionTimestamp) {
      empty(store, object.metadata.name);
      finishWhenEmpty(store, object.metadata.name);
    }
    if (type === 'DELETED' && object.metadata.namespace) finishWhenEmpty(store, object.metadata.namespace);
  });
}

function contents(store: ObjectStore, namespace: string) {
  const stored = store.kinds.all().filter((kind) => kind.namespaced && !kind.hub);
  return stored.flatMap((kind) => store.list(kind, namespace));
}

function empty(store: ObjectStore, namespace: string): void {
  for (const { apiVersion, kind, metadata } of contents(store, namespace)) {
    const ref = { apiVersion, kind, namespace, name: metadata.name };
    if (!metadata.deletionTimestamp && store.get(ref)) store.delete(ref);
  }
}

function finishWhenEmpty(store: ObjectStore, name: string): void {
  const namespace = store.get({ ...NAMESPACE, name });
  if (!namespace?.metadata.deletionTimestamp || contents(store, name).length > 0) return;
  store.modify({ ...NAMESPACE, name }, (draft) => {
    draft['spec'] = {};
  });
}

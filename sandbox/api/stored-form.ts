/** Between the form in which an object is served and the one in which it is stored. */
import type { KubeObject } from '../../model/kube';
import { copy, deepFreeze } from './json';
import type { Kind } from './kind';

/** Where objects of a kind are kept: versions of one kind share a shelf. */
export function shelfOf(kind: Kind): string {
  return kind.hub ? `${kind.hub.apiVersion} ${kind.hub.kind}` : `${kind.apiVersion} ${kind.kind}`;
}

export function keyOf(kind: Kind, namespace: string | undefined, name: string): string {
  return kind.namespaced ? `${namespace ?? ''}/${name}` : name;
}

/** A copy of the object that may be changed, in the form that is stored. */
export function into(kind: Kind, object: KubeObject): KubeObject {
  const draft = copy(object);
  draft.metadata ??= { name: '' };
  return kind.hub ? kind.hub.toHub(draft) : draft;
}

/** A stored object in the form of the kind that was asked for. */
export function outOf(kind: Kind, object: KubeObject): KubeObject {
  return kind.hub ? deepFreeze(kind.hub.fromHub(object)) : object;
}

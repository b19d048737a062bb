/** What comes before what in a bridged chart. */
import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Canary } from '../model/canary';
import { at } from '../model/json';
import type { KubeObject } from '../model/kube';
import { isOwnedBy } from '../model/objects/metadata';

/** An object of the chart and where it comes from. */
export interface Bridged {
  path: string;
  source: ApiObject;
  object: KubeObject;
}

/** The objects that must be there first. */
export function dependenciesOf(each: Bridged, all: Bridged[]): Bridged[] {
  const declared = declaredBy(each.source);
  return all.filter(
    (other) => other !== each && (declared.has(other.source) || isGroundFor(other.object, each.object)),
  );
}

/** What the object, or a construct that it is part of, was told to come after: every object in there. */
function declaredBy(source: ApiObject): Set<IConstruct> {
  const own = new Set<IConstruct>(source.node.scopes);
  const told = source.node.scopes.flatMap((scope) => scope.node.dependencies);
  return new Set(told.flatMap((construct) => construct.node.findAll()).filter((construct) => !own.has(construct)));
}

/** A Namespace for what is in it, the definition of a kind for its objects, and for a Canary what it will own. */
function isGroundFor(ground: KubeObject, object: KubeObject): boolean {
  if (ground.kind === 'Namespace' && ground.apiVersion === 'v1')
    return object.metadata.namespace === ground.metadata.name;
  const sameNamespace = ground.metadata.namespace === object.metadata.namespace;
  if (isCanary(object) && isOwnedBy(object, ground)) return sameNamespace;
  if (ground.kind !== 'CustomResourceDefinition') return false;
  const group = object.apiVersion.split('/')[0];
  return at(ground, 'spec', 'group') === group && at(ground, 'spec', 'names', 'kind') === object.kind;
}

export const isCanary = (object: KubeObject): object is Canary =>
  object.kind === 'Canary' && object.apiVersion.startsWith('flagger.app/');

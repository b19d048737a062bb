/** Which differences Argo CD must leave alone: what the controller moves of the objects in a program. */
import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import { apexName, canaryServiceName, primaryServiceName } from '../model/names';
import { saysReplicas } from './delivery';
import type { Release } from './program';
import { manifestOf } from './target-manifest';

/** An entry of `spec.ignoreDifferences` of an Argo CD Application. */
export interface ArgoCdIgnoreDifference {
  /**
   * API group.
   * @default - the core group
   */
  readonly group?: string;
  /** Of the object. */
  readonly kind: string;
  /** Of the object. */
  readonly name: string;
  /**
   * @default - every namespace
   */
  readonly namespace?: string;
  /** The fields, as RFC 6901 has it: `/spec/replicas`. */
  readonly jsonPointers: string[];
}

/** All of an object that is made once: its metadata too is the controller's from then on. */
const MADE_ONCE = ['/spec', '/data', '/binaryData', '/type', '/metadata/labels', '/metadata/annotations'];

/** What the controller changes of an object that was the user's before. */
const TAKEN_OVER: Readonly<Record<string, string[]>> = {
  Service: ['/spec/selector', '/spec/ports'],
  VirtualService: ['/spec'],
  DestinationRule: ['/spec'],
  HTTPRoute: ['/spec'],
  TraefikService: ['/spec'],
  HTTPProxy: ['/spec'],
};

/** For the objects that are made once, the target, and objects of the program that the controller takes over. */
export function argoCdDifferences(release: Release, madeOnce: readonly ApiObject[]): ArgoCdIgnoreDifference[] {
  const target = manifestOf(release.target);
  return [
    ...(target && saysReplicas(target) ? [differenceOf(target, ['/spec/replicas'])] : []),
    ...takenOver(release, madeOnce),
    ...madeOnce.map((object) => {
      const manifest = object.toJson() as KubeObject;
      const there = (pointer: string) => (pointer.split('/')[1] ?? '') in manifest;
      return differenceOf(manifest, MADE_ONCE.filter(there));
    }),
  ];
}

/** Objects that stand in the program under the names that the controller uses. */
function takenOver({ canary }: Release, madeOnce: readonly ApiObject[]): ArgoCdIgnoreDifference[] {
  const manifest = canary.toJson() as Canary;
  const names = [apexName(manifest), canaryServiceName(manifest), primaryServiceName(manifest)];
  const isMeant = (object: ApiObject) =>
    object.kind in TAKEN_OVER &&
    names.includes(object.name) &&
    object.metadata.namespace === canary.metadata.namespace &&
    !madeOnce.includes(object);
  return canary.node.root.node
    .findAll()
    .filter((each: IConstruct): each is ApiObject => ApiObject.isApiObject(each))
    .filter(isMeant)
    .map((object) => differenceOf(object.toJson() as KubeObject, TAKEN_OVER[object.kind] ?? []));
}

function differenceOf({ apiVersion, kind, metadata }: KubeObject, jsonPointers: string[]): ArgoCdIgnoreDifference {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : undefined;
  const { name, namespace } = metadata;
  return {
    ...(group !== undefined && { group }),
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    jsonPointers,
  };
}

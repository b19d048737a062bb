/** What the caches can be asked besides names, so that a tick costs the same in a namespace of one and of thousands. */
import type { Canary } from '../model/canary';
import { at, textMapOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { CANARY_LABEL } from './rollout/effects';

/** Keys under which an object is found, within its namespace. */
export type KeysOf = (object: KubeObject) => string[];

/** By kind, one question each. */
export const INDEXES: Readonly<Record<string, KeysOf>> = {
  /** Canaries by their target. */
  Canary: (object) => [targetKey(object as Canary)],
  /** Records of the reference's revisions by the Canary's uid. */
  ControllerRevision: ({ metadata }) => [metadata.labels?.[CANARY_LABEL] ?? []].flat(),
  /** Services by one of the labels that they select: each Service once, under the label that sorts first. */
  Service: (service) => labelKeys(textMapOf(at(service, 'spec', 'selector'))).slice(0, 1),
  /** Copies by the uid of who controls them. */
  ConfigMap: controllersOf,
  Secret: controllersOf,
};

export const targetKey = ({ spec }: Canary): string => `${spec?.targetRef?.kind}/${spec?.targetRef?.name}`;

/** `name=value` of each label, sorted. */
export const labelKeys = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort();

function controllersOf({ metadata }: KubeObject): string[] {
  return (metadata.ownerReferences ?? []).filter(({ controller }) => controller).map(({ uid }) => uid);
}

/** Ownership of generated objects, and which metadata is copied from where (spec workloads 1.4, api.md 10). */
import type { Canary } from '../canary';
import { namespaceOf } from '../defaults';
import { type JsonObject, objectsOf, textMapOf } from '../json';
import type { KubeObject, ObjectMeta, OwnerReference } from '../kube';

/** On objects that were synthesised before their Canary had a uid: the name of the Canary that owns them. */
export const CANARY_ANNOTATION = 'serin.dev/canary';

/** On the primary workload: the hash of the target's template that it runs; C3, C11. */
export const REVISION_ANNOTATION = 'serin.dev/revision';

/** On the target: its replicas before it was scaled to zero; W3. */
export const REPLICAS_ANNOTATION = 'serin.dev/replicas';

/** On a target whose manifest leaves `replicas` to the controller: how many pods it should have. */
export const WANTED_REPLICAS_ANNOTATION = 'serin.dev/wanted-replicas';

/** On the primary's autoscaler: the minimum that it is held at while traffic comes back to the primary; F#1600. */
export const HELD_MINIMUM_ANNOTATION = 'serin.dev/held-minimum';

/** On the primary's pod template: a fresh id makes every promotion roll. */
export const FLAGGER_ID = 'flagger-id';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Keep GitOps tools away from what the controller moves. */
export const TOOLKIT_ANNOTATIONS: Readonly<Record<string, string>> = {
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
};

/** The controller reference to a Canary; undefined before the API server gave it a uid. */
export function controllerReference(canary: Canary): OwnerReference | undefined {
  const { uid, name } = canary.metadata;
  if (!uid) return undefined;
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    name,
    uid,
    blockOwnerDeletion: true,
    controller: true,
  };
}

/** Metadata of a generated object: owned by reference, or by annotation where the Canary has no uid yet. */
export function ownedMetadata(
  canary: Canary,
  name: string,
  given: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): ObjectMeta {
  const owner = controllerReference(canary);
  const annotations = owner ? given.annotations : { ...given.annotations, [CANARY_ANNOTATION]: canary.metadata.name };
  return {
    name,
    namespace: namespaceOf(canary),
    ...filled('labels', given.labels),
    ...filled('annotations', annotations),
    ...(owner ? { ownerReferences: [owner] } : {}),
  };
}

/** `{ [key]: map }`, or nothing for an empty map. */
export const filled = <K extends string>(
  key: K,
  map: Record<string, string> | undefined,
): { [P in K]?: Record<string, string> } =>
  map && Object.keys(map).length > 0 ? ({ [key]: map } as { [P in K]: Record<string, string> }) : {};

/** Whether the object was made for this Canary, by the controller or by synthesis. */
export function isOwnedBy(canary: Canary, object: KubeObject): boolean {
  const { name } = canary.metadata;
  const references = objectsOf(object.metadata.ownerReferences);
  const owner = references.find((reference) => reference['controller'] === true);
  if (owner) return owner['kind'] === 'Canary' && owner['name'] === name;
  return object.metadata.annotations?.[CANARY_ANNOTATION] === name;
}

/** The owner references that an owned object must have: adopted ones get the controller reference. */
export function adoptedReferences(canary: Canary, live: KubeObject): OwnerReference[] | undefined {
  const owner = controllerReference(canary);
  const present = live.metadata.ownerReferences;
  if (!owner || !isOwnedBy(canary, live)) return present;
  const others = (present ?? []).filter((reference) => reference.uid !== owner.uid && reference.controller !== true);
  const current = (present ?? []).find((reference) => reference.uid === owner.uid && reference.controller === true);
  return current ? present : [owner, ...others];
}

/** Flux and Argo CD: on a copy they would make it a part of what the tool applied, and of what it deletes. */
const isToolkit = (key: string): boolean => key.includes('toolkit.fluxcd.io') || key.startsWith('argocd.argoproj.io/');

/** The label by which Argo CD may be told to find its objects; charts set it too, so it is copied like any other. */
const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** The marks of the tool that applied an object: without them, the tool would see a difference and apply it again. */
export const deliveryMarks = (map: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(textMapOf(map)).filter(([key]) => isToolkit(key) || key === INSTANCE_LABEL));

/** Without the keys of GitOps toolkits. */
export const withoutToolkit = (map: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(textMapOf(map)).filter(([key]) => !isToolkit(key)));

/** Keys of a workload that describe the object itself and are wrong on its copy; W11. */
const ownKeys = (key: string): boolean =>
  key === LAST_APPLIED || key === 'deployment.kubernetes.io/revision' || key.startsWith('serin.dev/');

/** Annotations of the target that its primary gets. */
export const copiedAnnotations = (map: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(withoutToolkit(map)).filter(([key]) => !ownKeys(key)));

/** The keys that -include-label-prefix lets pass: `*` is every key, nothing is none. */
export const includedBy = (prefixes: readonly string[], map: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(withoutToolkit(map)).filter(([key]) =>
      prefixes.some((prefix) => prefix === '*' || (prefix !== '' && key.startsWith(prefix))),
    ),
  );

/** A live object with other fields; the rest of it is kept as it is. */
export const withFields = (live: KubeObject, metadata: Partial<ObjectMeta>, fields: JsonObject): KubeObject => ({
  ...live,
  metadata: { ...live.metadata, ...metadata },
  ...fields,
});

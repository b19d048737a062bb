/** One routing object over a live one: what is owned, what stays, and what deleting the Canary puts back (T1 to T3). */
import type { Canary } from '../canary';
import { at, isObject, type JsonObject, objectOf, objectsOf, sameJson, textMapOf } from '../json';
import type { KubeObject, ResourceType } from '../kube';
import { apexName, type SelectorLabel } from '../names';
import {
  adoptedReferences,
  filled,
  isOwnedBy,
  LAST_APPLIED,
  ownedMetadata,
  TOOLKIT_ANNOTATIONS,
  withFields,
} from '../objects/metadata';

/** The spec that a taken-over object had, as JSON. */
export const ORIGINAL_CONFIGURATION = 'flagger.kubernetes.io/original-configuration';

export const findLive = (live: readonly KubeObject[], kind: string, name: string): KubeObject | undefined =>
  live.find((object) => object.kind === kind && object.metadata.name === name);

export interface RoutingMetadata {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Labels and annotations that the routing object shares with the apex Service. */
export function routingMetadata(canary: Canary, selector?: SelectorLabel): RoutingMetadata {
  const apex = at(canary, 'spec', 'service', 'apex');
  const given = objectOf(apex);
  const quirk = isObject(apex) && selector ? { [selector.key]: apexName(canary) } : {};
  return {
    labels: { ...textMapOf(given['labels']), ...quirk },
    annotations: { ...textMapOf(given['annotations']), ...TOOLKIT_ANNOTATIONS },
  };
}

/** The object as it is made when there is none. */
export const madeObject = (
  canary: Canary,
  { apiVersion, kind }: ResourceType,
  name: string,
  metadata: RoutingMetadata,
  spec: JsonObject,
): KubeObject => ({ apiVersion, kind, metadata: ownedMetadata(canary, name, metadata), spec });

/** A live object with another spec: foreign metadata stays; a foreign object's spec is recorded once (T3). */
export function objectOver(canary: Canary, live: KubeObject, metadata: RoutingMetadata, spec: JsonObject): KubeObject {
  const annotations = { ...live.metadata.annotations, ...metadata.annotations, ...takeover(canary, live, spec) };
  return withFields(
    live,
    {
      ...filled('labels', { ...live.metadata.labels, ...metadata.labels }),
      ...filled('annotations', annotations),
      ...referencesOver(canary, live),
    },
    { spec },
  );
}

/** The owner that a live object of ours must have. */
export const referencesOver = (canary: Canary, live: KubeObject) => {
  const ownerReferences = adoptedReferences(canary, live);
  return ownerReferences ? { ownerReferences } : {};
};

/** Made for this Canary, or taken over before. */
export const isOurs = (canary: Canary, live: KubeObject): boolean =>
  isOwnedBy(canary, live) || live.metadata.annotations?.[ORIGINAL_CONFIGURATION] !== undefined;

/** Recorded when a foreign object is changed for the first time; kubectl's own record makes it superfluous. */
function takeover(canary: Canary, live: KubeObject, spec: JsonObject): Record<string, string> {
  const recorded = live.metadata.annotations?.[LAST_APPLIED] !== undefined;
  if (recorded || isOurs(canary, live) || sameJson(live['spec'], spec)) return {};
  return { [ORIGINAL_CONFIGURATION]: JSON.stringify(live['spec'] ?? {}) };
}

/** How our entries of a list are told from those that users added, and laid over their live counterparts. */
export interface OwnEntries {
  isOurs(entry: JsonObject): boolean;
  over(live: JsonObject, wanted: JsonObject): JsonObject;
}

/**
 * Our entries in a live list: entries of others keep their place, and what others added to ours stays. Our entries are
 * paired from the end, where the split is; new ones in front of it get what was added to the split.
 */
export function entriesOver(live: unknown, wanted: JsonObject[], own: OwnEntries): JsonObject[] {
  const present = objectsOf(live);
  const first = present.findIndex(own.isOurs);
  const ours = present.filter(own.isOurs);
  const { name: _, ...split } = ours.at(-1) ?? {};
  const merged = wanted.map((entry, index) => own.over(ours[ours.length - wanted.length + index] ?? split, entry));
  const foreign = (entries: JsonObject[]) => entries.filter((entry) => !own.isOurs(entry));
  const before = first < 0 ? [] : foreign(present.slice(0, first));
  return [...before, ...merged, ...foreign(present.slice(Math.max(first, 0)))];
}

/** Lays an entry over its live counterpart when all fields but `ours` belong to others. */
export const overForeign =
  (ours: readonly string[]) =>
  (live: JsonObject, wanted: JsonObject): JsonObject => ({ ...foreignFields(live, ours), ...wanted });

export const foreignFields = (entry: JsonObject | undefined, ours: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(entry ?? {}).filter(([key]) => !ours.includes(key)));

/** What deleting a Canary with revertOnDeletion writes back. */
export type Reverted = { object: KubeObject } | { nothing: string };

/**
 * The object as it was before Serin took it over; nothing for one that was made for the Canary.
 * @throws Error when the recorded configuration is not JSON.
 */
export function reverted(canary: Canary, live: KubeObject): Reverted {
  if (isOwnedBy(canary, live)) return { nothing: 'made for this Canary: it goes with it' };
  const { [ORIGINAL_CONFIGURATION]: original, ...annotations } = live.metadata.annotations ?? {};
  const spec = recordedSpec(live, LAST_APPLIED, 'spec') ?? recordedSpec(live, ORIGINAL_CONFIGURATION);
  if (spec === undefined) return { nothing: 'no original configuration was recorded' };
  return { object: withFields(live, { annotations }, { spec }) };
}

function recordedSpec(live: KubeObject, annotation: string, ...path: string[]): unknown {
  const text = live.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return at(JSON.parse(text), ...path);
  } catch (cause) {
    const { name, namespace = 'default' } = live.metadata;
    throw new Error(`${live.kind} ${name}.${namespace} annotation ${annotation} is not JSON`, { cause });
  }
}

/** `reverted` of the objects that are there and differ from what they were. */
export const revertedObjects = (canary: Canary, live: ReadonlyArray<KubeObject | undefined>): KubeObject[] =>
  live.flatMap((object) => {
    const result = object ? reverted(canary, object) : { nothing: 'it is gone' };
    return 'object' in result && !sameJson(result.object, object) ? [result.object] : [];
  });

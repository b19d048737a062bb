/** The primary's autoscaler, made from the target's (spec workloads 4, W13). */
import type { Canary } from '../canary';
import { at, compact, type JsonObject, numberOf, objectOf, sameJson } from '../json';
import type { KubeObject } from '../kube';
import { primaryName, primaryWorkloadName } from '../names';
import { heldMinimum } from './held-minimum';
import { adoptedReferences, ownedMetadata, withFields, withoutToolkit } from './metadata';
import { primaryScaledObject, scaledObjectMetadata } from './scaled-object';

/** Whether a Canary's autoscaler is KEDA's. */
export const usesKeda = (canary: Canary): boolean => at(canary, 'spec', 'autoscalerRef', 'kind') === 'ScaledObject';

/** What the two kinds call their bounds; the maximum that KEDA assumes when none is set. */
const BOUNDS = {
  HorizontalPodAutoscaler: { min: 'minReplicas', max: 'maxReplicas', most: Number.POSITIVE_INFINITY },
  ScaledObject: { min: 'minReplicaCount', max: 'maxReplicaCount', most: 100 },
} as const;

const boundsOf = ({ kind }: KubeObject) => BOUNDS[kind === 'ScaledObject' ? 'ScaledObject' : 'HorizontalPodAutoscaler'];

/** What the spec of an autoscaler calls its lowest number of pods. */
export const minimumField = (scaler: KubeObject): string => boundsOf(scaler).min;

/** The lowest number of pods of an autoscaler; undefined when it does not say. */
export const minimumOf = (scaler: KubeObject | undefined): number | undefined =>
  scaler && numberOf(at(scaler, 'spec', boundsOf(scaler).min));

/** The highest number of pods of an autoscaler. */
export const maximumOf = (scaler: KubeObject): number =>
  numberOf(at(scaler, 'spec', boundsOf(scaler).max)) ?? boundsOf(scaler).most;

/** The primary's autoscaler as it is created from the target's, a HorizontalPodAutoscaler or a ScaledObject. */
export const primaryAutoscaler = (canary: Canary, source: KubeObject): KubeObject =>
  source.kind === 'ScaledObject' ? primaryScaledObject(canary, source) : primaryHpa(canary, source);

function primaryHpa(canary: Canary, source: KubeObject): KubeObject {
  const spec = objectOf(source['spec']);
  const bounds = objectOf(at(canary, 'spec', 'autoscalerRef', 'primaryScalerReplicas'));
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ownedMetadata(canary, primaryName(source.metadata.name), {
      labels: withoutToolkit(source.metadata.labels),
    }),
    spec: compact({
      scaleTargetRef: { ...objectOf(spec['scaleTargetRef']), name: primaryWorkloadName(canary) },
      minReplicas: numberOf(bounds['minReplicas']) ?? spec['minReplicas'],
      maxReplicas: numberOf(bounds['maxReplicas']) ?? spec['maxReplicas'],
      metrics: spec['metrics'],
      behavior: spec['behavior'],
    }),
  };
}

/**
 * The autoscaler to write: a new one, the live one with what the source says now, or undefined when nothing differs.
 * Foreign labels and annotations stay; a minimum that is held for returning traffic is not lowered.
 */
export function reconcileAutoscaler(
  canary: Canary,
  source: KubeObject,
  existing: KubeObject | undefined,
): KubeObject | undefined {
  const wanted = primaryAutoscaler(canary, source);
  if (!existing) return wanted;
  const spec = specOver(existing, wanted);
  const metadata = metadataOver(canary, source, existing, wanted);
  const same =
    sameJson(defaulted(existing, spec), defaulted(existing, objectOf(existing['spec']))) &&
    Object.entries(metadata).every(([key, value]) => sameJson(value, existing.metadata[key as 'labels']));
  return same ? undefined : withFields(existing, metadata, { spec });
}

/** What a HorizontalPodAutoscaler scales is not changed; the spec of a ScaledObject is the source's as a whole. */
function specOver(existing: KubeObject, wanted: KubeObject): JsonObject {
  const { min, max } = boundsOf(existing);
  const live = objectOf(existing['spec']);
  const { scaleTargetRef: _, ...copied } = objectOf(wanted['spec']);
  const spec =
    existing.kind === 'ScaledObject'
      ? objectOf(wanted['spec'])
      : compact({ ...live, metrics: undefined, behavior: undefined, [min]: undefined, ...copied });
  const held = heldMinimum(existing)?.replicas;
  if (held === undefined) return spec;
  const most = numberOf(spec[max]) ?? boundsOf(existing).most;
  return { ...spec, [min]: Math.min(Math.max(held, numberOf(spec[min]) ?? 0), most) };
}

function metadataOver(canary: Canary, source: KubeObject, existing: KubeObject, wanted: KubeObject) {
  const copied =
    source.kind === 'ScaledObject' ? scaledObjectMetadata(source) : { labels: wanted.metadata.labels ?? {} };
  const merged = Object.entries(copied)
    .filter(([, map]) => Object.keys(map).length > 0)
    .map(([key, map]) => [key, { ...existing.metadata[key as 'labels'], ...map }]);
  return { ...Object.fromEntries(merged), ...compact({ ownerReferences: adoptedReferences(canary, existing) }) };
}

/** An absent minReplicas is 1. */
const defaulted = ({ kind }: KubeObject, spec: JsonObject): JsonObject =>
  kind === 'ScaledObject' ? spec : { minReplicas: 1, ...spec };

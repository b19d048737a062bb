/** The primary's HorizontalPodAutoscaler (spec workloads 4, W13). */
import type { Canary } from '../canary';
import { at, compact, type JsonObject, numberOf, objectOf, sameJson } from '../json';
import type { KubeObject } from '../kube';
import { primaryName, primaryWorkloadName } from '../names';
import { NotBuiltYet } from '../not-built';
import { adoptedReferences, ownedMetadata, withFields, withoutToolkit } from './metadata';

/**
 * The primary's autoscaler as it is created from the target's.
 * @throws NotBuiltYet for a KEDA ScaledObject.
 */
export function primaryAutoscaler(canary: Canary, source: KubeObject): KubeObject {
  if (at(canary, 'spec', 'autoscalerRef', 'kind') === 'ScaledObject')
    throw new NotBuiltYet('autoscalerRef of kind ScaledObject');
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: ownedMetadata(canary, primaryName(source.metadata.name), {
      labels: withoutToolkit(source.metadata.labels),
    }),
    spec: scalerSpec(canary, source),
  };
}

function scalerSpec(canary: Canary, source: KubeObject): JsonObject {
  const spec = objectOf(source['spec']);
  const bounds = objectOf(at(canary, 'spec', 'autoscalerRef', 'primaryScalerReplicas'));
  return compact({
    scaleTargetRef: { ...objectOf(spec['scaleTargetRef']), name: primaryWorkloadName(canary) },
    minReplicas: numberOf(bounds['minReplicas']) ?? spec['minReplicas'],
    maxReplicas: numberOf(bounds['maxReplicas']) ?? spec['maxReplicas'],
    metrics: spec['metrics'],
    behavior: spec['behavior'],
  });
}

/**
 * The autoscaler to write: a new one, the live one with the wanted bounds, metrics, behaviour and labels, or undefined
 * when nothing differs. Foreign labels and annotations stay; what it scales is not changed.
 */
export function reconcileAutoscaler(
  canary: Canary,
  source: KubeObject,
  existing: KubeObject | undefined,
): KubeObject | undefined {
  const wanted = primaryAutoscaler(canary, source);
  if (!existing) return wanted;
  const { scaleTargetRef: _, ...copied } = objectOf(wanted['spec']);
  const live = objectOf(existing['spec']);
  const spec = compact({ ...live, metrics: undefined, behavior: undefined, minReplicas: undefined, ...copied });
  const labels = { ...existing.metadata.labels, ...wanted.metadata.labels };
  const ownerReferences = adoptedReferences(canary, existing);
  const same =
    sameJson(defaulted(spec), defaulted(live)) &&
    sameJson(labels, existing.metadata.labels ?? {}) &&
    sameJson(ownerReferences, existing.metadata.ownerReferences);
  if (same) return undefined;
  const metadata = { ...(Object.keys(labels).length > 0 ? { labels } : {}), ...compact({ ownerReferences }) };
  return withFields(existing, metadata, { spec });
}

/** minReplicas absent is 1. */
const defaulted = (spec: object): JsonObject => ({ minReplicas: 1, ...spec });

/** Pods of the two sides: the target to zero and back, its autoscaler asleep and awake, the primary's kept like it. */
import { type KubeObject, RESOURCES, type ResourceType } from '../../model/kube';
import { reconcileAutoscaler, usesKeda } from '../../model/objects/autoscaler';
import { replicasFromZero, scaleToZeroPatch, scaleUpPatch } from '../../model/objects/scale';
import { pausePatch, resumePatch } from '../../model/objects/scaled-object';
import type { Effect } from './decision';
import type { Observation } from './observation';
import { namespaceOf, targetKey } from './observation';
import { workloadType, writeOf } from './writing';

type Patch = Extract<Effect, { write: 'patch' }>;

/** KEDA's scaler sleeps first: awake, it would bring the pods back. */
export function scaleTargetToZero(seen: Observation): Effect[] {
  const patch = seen.target && scaleToZeroPatch(seen.target);
  const paused = patchScaler(seen, pausePatch, 'failed to pause target scaler');
  if (!patch) return paused;
  // Fenced: a replica with an old view must not take away pods that have traffic again.
  const { resourceVersion } = seen.target!.metadata;
  const context =
    seen.target!.kind === 'DaemonSet'
      ? `updating daemonset ${targetKey(seen)} failed`
      : `deployment ${targetKey(seen)} patch query error`;
  return [
    ...paused,
    { ...patchTarget(seen, patch, context), ...(resourceVersion !== undefined && { resourceVersion }) },
  ];
}

/** KEDA's scaler wakes first: asleep, it would take the pods away again. */
export function scaleTargetUp(seen: Observation): Effect[] {
  const target = seen.target!;
  const replicas = replicasFromZero(seen.canary, target, seen.primary, seen.autoscaler);
  const patch = scaleUpPatch(target, replicas);
  const resumed = resumeTargetScaler(seen, 'failed to resume target scaler');
  if (!patch) return resumed;
  const context =
    target.kind === 'DaemonSet'
      ? `scaling up daemonset ${targetKey(seen)} failed`
      : `scaling up ${targetKey(seen)} to ${replicas} failed`;
  return [...resumed, patchTarget(seen, patch, context)];
}

/** The write that lets the target's ScaledObject scale again; none when it does, or when there is none. */
export const resumeTargetScaler = (seen: Observation, context: string): Effect[] =>
  patchScaler(seen, resumePatch, context);

/** One annotation of a user's object: the rest of it is none of our business (W1). */
function patchScaler(seen: Observation, patchOf: typeof pausePatch, context: string): Patch[] {
  const patch = seen.autoscaler?.kind === 'ScaledObject' ? patchOf(seen.autoscaler) : undefined;
  if (patch === undefined) return [];
  const { name } = seen.autoscaler!.metadata;
  return [{ write: 'patch', type: RESOURCES.scaledObject, namespace: namespaceOf(seen), name, patch, context }];
}

const patchTarget = (seen: Observation, patch: Record<string, unknown>, context: string): Patch => ({
  write: 'patch',
  type: workloadType(seen),
  namespace: namespaceOf(seen),
  name: seen.canary.spec.targetRef.name,
  patch,
  context,
});

/** The kind of the Canary's autoscalers. */
export const scalerType = ({ canary }: Pick<Observation, 'canary'>): ResourceType =>
  usesKeda(canary) ? RESOURCES.scaledObject : RESOURCES.horizontalPodAutoscaler;

/** The primary's autoscaler follows the target's: bounds, metrics, triggers, behaviour. */
export function syncPrimaryAutoscaler(seen: Observation): Effect[] {
  if (!seen.autoscaler) return [];
  const object = reconcileAutoscaler(seen.canary, seen.autoscaler, seen.primaryAutoscaler);
  return object ? [writeOf(scalerType(seen), seen.primaryAutoscaler, object, scalerContext(seen, object))] : [];
}

function scalerContext(seen: Observation, { metadata }: KubeObject): string {
  const key = `${metadata.name}.${namespaceOf(seen)}`;
  if (!usesKeda(seen.canary)) {
    return `${seen.primaryAutoscaler ? 'updating' : 'creating'} HorizontalPodAutoscaler v2 ${key} failed`;
  }
  return seen.primaryAutoscaler ? `updating ScaledObject ${key} failed` : `creating Keda ScaledObject ${key} failed`;
}

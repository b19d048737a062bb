/** Scaling the target to zero and back, as merge patches of the one key that changes (spec workloads 5, W1, W3). */
import type { Canary } from '../canary';
import { at, type JsonObject, numberOf } from '../json';
import type { KubeObject } from '../kube';
import { SCALE_TO_ZERO } from '../revision';
import { minimumOf } from './autoscaler';
import { REPLICAS_ANNOTATION } from './metadata';
import { replicasOf, wantedReplicas } from './primary-workload';

/** Whether the target asks for no pods. */
export function isAtZero(target: KubeObject): boolean {
  if (target.kind === 'DaemonSet')
    return at(target, 'spec', 'template', 'spec', 'nodeSelector', SCALE_TO_ZERO) === 'true';
  return target.kind === 'Deployment' && numberOf(at(target, 'spec', 'replicas')) === 0;
}

/** The patch that takes all pods away; undefined when there is nothing to scale or it is at zero already. */
export function scaleToZeroPatch(target: KubeObject): JsonObject | undefined {
  if (isAtZero(target)) return undefined;
  if (target.kind === 'DaemonSet') return nodeSelectorPatch('true');
  if (target.kind !== 'Deployment') return undefined;
  return {
    metadata: { annotations: { [REPLICAS_ANNOTATION]: String(replicasOf(target)) } },
    spec: { replicas: 0 },
  };
}

/** The patch that brings the pods back; `replicas` is for Deployments. Undefined when they are there. */
export function scaleUpPatch(target: KubeObject, replicas: number): JsonObject | undefined {
  if (target.kind === 'DaemonSet') return isAtZero(target) ? nodeSelectorPatch(null) : undefined;
  if (target.kind !== 'Deployment' || numberOf(at(target, 'spec', 'replicas')) === replicas) return undefined;
  return { spec: { replicas } };
}

const nodeSelectorPatch = (value: 'true' | null): JsonObject => ({
  spec: { template: { spec: { nodeSelector: { [SCALE_TO_ZERO]: value } } } },
});

/**
 * Replicas of a Deployment at the start of a run: its own when it has some, else the autoscaler's minimum, else the
 * primary's; never less than it asks for by annotation.
 * @param autoscaler the target's own, undefined when it cannot be read.
 */
export function replicasFromZero(
  canary: Canary,
  target: KubeObject,
  primary: KubeObject | undefined,
  autoscaler: KubeObject | undefined,
): number {
  const own = numberOf(at(target, 'spec', 'replicas')) ?? 1;
  const wanted = wantedReplicas(target);
  if (own > 0) return Math.max(own, wanted);
  if (at(canary, 'spec', 'autoscalerRef') !== undefined) return Math.max(minimumOf(autoscaler) ?? 1, 1);
  return Math.max(numberOf(at(primary, 'spec', 'replicas')) ?? 0, wanted) || replicasOf(target) || 1;
}

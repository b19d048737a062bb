/** Readiness of the two sides, and the clocks of a run. */
import { canaryReadyThreshold, intervalMs, primaryReadyThreshold, progressDeadlineSeconds } from '../../model/defaults';
import type { KubeObject } from '../../model/kube';
import { isAtZero } from '../../model/objects/scale';
import { type Saying, waitingFor } from './decision';
import type { Observation } from './observation';
import { primaryKey, targetKey } from './observation';
import type { Readiness } from './readiness';
import { availableReplicas, deploymentReadiness, isWorthSaying, readySinceMs } from './readiness';

export type Side = 'primary' | 'canary';

/** Readiness with the texts' prefixes. A side that wants no pods is not ready (C10, W6). */
export function readinessOf(seen: Observation, side: Side): Readiness {
  const workload = side === 'primary' ? seen.primary : seen.target;
  const prefix =
    side === 'primary' ? `${primaryKey(seen)} not ready: ` : `canary deployment ${targetKey(seen)} not ready: `;
  if (workload === undefined) return notReady(`${prefix}no such workload`);
  if (isAtZero(workload)) return notReady(atZero(seen, side, prefix));
  const { analysis } = seen.canary.spec;
  const readiness = deploymentReadiness(workload, {
    thresholdPercent: side === 'primary' ? primaryReadyThreshold(analysis) : canaryReadyThreshold(analysis),
    deadlineSeconds: progressDeadlineSeconds(seen.canary),
    now: seen.now,
  });
  return readiness.ready ? readiness : { ...readiness, message: prefix + readiness.message };
}

const notReady = (message: string): Readiness => ({ ready: false, retriable: true, message, available: 0 });

const atZero = (seen: Observation, side: Side, prefix: string): string =>
  side === 'primary'
    ? `halt ${seen.canary.metadata.name}.${seen.canary.metadata.namespace ?? 'default'} advancement: primary deployment is scaled to zero`
    : `${prefix}waiting for rollout to finish: it is scaled to zero`;

/** Pods that serve: the last line of defence before traffic goes there. */
export const canServe = (workload: KubeObject | undefined): boolean => availableReplicas(workload) > 0;

export const stepIntervalMs = (seen: Observation): number =>
  intervalMs(seen.canary.spec.analysis, seen.settings.minIntervalMs);

/** Time that proxies get to learn of a change before the next thing relies on it (C25). */
export const drainMs = (seen: Observation): number => Math.min(seen.settings.drainMs, stepIntervalMs(seen) / 5);

/** Milliseconds until proxies know the pods of a side that is ready; 0 when they do. */
export function unsettledMs(seen: Observation, side: Side): number {
  const workload = side === 'primary' ? seen.primary : seen.target;
  if (workload === undefined) return 0;
  const sinceReadyMs = seen.now - readySinceMs(workload);
  return sinceReadyMs < 0 ? 0 : Math.max(0, drainMs(seen) - sinceReadyMs);
}

/** What is said while a side gets ready. */
export const progressOf = (message: string): Saying[] => (isWorthSaying(message) ? [waitingFor(message)] : []);

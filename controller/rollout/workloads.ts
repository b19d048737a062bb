/** Readiness of the two sides, and the clocks of a run. */

import type { Phase } from '../../model/canary';
import { canaryReadyThreshold, intervalMs, primaryReadyThreshold, progressDeadlineSeconds } from '../../model/defaults';
import type { KubeObject } from '../../model/kube';
import { isAtZero } from '../../model/objects/scale';
import { type Saying, waitingFor } from './decision';
import type { Observation } from './observation';
import { canaryKey, primaryKey, targetKey } from './observation';
import type { Readiness } from './readiness';
import { availableReplicas, daemonSetReadiness, deploymentReadiness, isWorthSaying, readySinceMs } from './readiness';
import { recordOf, unixMs } from './record';
import { sinceMs, unreadyNotes } from './unready';

export type Side = 'primary' | 'canary';

/** The word of the texts: `deployment`, `daemonset`, `service`. */
export const nounOf = ({ canary }: Observation): string => canary.spec.targetRef.kind.toLowerCase();

const sideOf = (seen: Observation, side: Side): KubeObject | undefined =>
  side === 'primary' ? seen.primary : seen.target;

/** Readiness with the texts' prefixes. A side that wants no pods is not ready (C10, W6). */
export function readinessOf(seen: Observation, side: Side): Readiness {
  const workload = sideOf(seen, side);
  if (workload === undefined) return notReady(`${prefixOf(seen, side, true)}no such workload`);
  if (isAtZero(workload)) return notReady(atZero(seen, side));
  const readiness = bareReadiness(seen, side, workload);
  if (readiness.ready) return readiness;
  return { ...readiness, message: prefixOf(seen, side, readiness.retriable) + readiness.message };
}

/** A Service has no pods of its own: it is always ready (spec workloads 2.4). */
function bareReadiness(seen: Observation, side: Side, workload: KubeObject): Readiness {
  if (workload.kind === 'Service') return { ready: true };
  const { analysis } = seen.canary.spec;
  const rule = {
    thresholdPercent: side === 'primary' ? primaryReadyThreshold(analysis) : canaryReadyThreshold(analysis),
    deadlineSeconds: progressDeadlineSeconds(seen.canary),
    now: seen.now,
    ...(side === 'canary' && { notBefore: unixMs(recordOf(seen.canary).runStartedAt) ?? 0 }),
  };
  if (workload.kind !== 'DaemonSet') return deploymentReadiness(workload, rule);
  return daemonSetReadiness(workload, rule, sinceMs(seen, side, workload, false) ?? seen.now);
}

/** `damonset` is what people grep for. */
function prefixOf(seen: Observation, side: Side, retriable: boolean): string {
  if (seen.canary.spec.targetRef.kind === 'DaemonSet') {
    return side === 'primary'
      ? `primary daemonset ${primaryKey(seen)} not ready: `
      : `canary damonset ${targetKey(seen)} not ready with retryable ${retriable}: `;
  }
  return side === 'primary'
    ? `${primaryKey(seen)} not ready: `
    : `canary ${nounOf(seen)} ${targetKey(seen)} not ready: `;
}

const notReady = (message: string): Readiness => ({ ready: false, retriable: true, message, available: 0 });

const atZero = (seen: Observation, side: Side): string =>
  side === 'primary'
    ? `halt ${canaryKey(seen)} advancement: primary ${nounOf(seen)} is scaled to zero`
    : `${prefixOf(seen, side, true)}waiting for rollout to finish: it is scaled to zero`;

/** Pods that serve: the last line of defence before traffic goes there. Whether those of a Service do is not seen. */
export const canServe = (workload: KubeObject | undefined): boolean =>
  workload?.kind === 'Service' || availableReplicas(workload) > 0;

/** What a tick notes of the readiness of DaemonSets, for `status.serin`. */
export function readinessNotes(seen: Observation, next: Phase | null | undefined): Record<string, unknown> {
  if (seen.canary.spec.targetRef.kind !== 'DaemonSet') return {};
  const found = (side: Side) => {
    const workload = sideOf(seen, side);
    if (workload === undefined || isAtZero(workload)) return {};
    return { [side]: { workload, ready: bareReadiness(seen, side, workload).ready } };
  };
  const notes = unreadyNotes(seen, next, { ...found('primary'), ...found('canary') });
  return notes === undefined ? {} : { unready: notes };
}

export const stepIntervalMs = (seen: Observation): number =>
  intervalMs(seen.canary.spec.analysis, seen.settings.minIntervalMs);

const MOST_EARLY_MS = 500;

/** So much earlier than an interval after the writes of the step before, a step is due: looks keep their pace, and share wake-ups. */
export const earlyMs = (seen: Observation): number => Math.min(stepIntervalMs(seen) / 20, MOST_EARLY_MS);

/** Time that proxies get to learn of a change before the next thing relies on it (C25). */
export const drainMs = (seen: Observation): number => Math.min(seen.settings.drainMs, stepIntervalMs(seen) / 5);

/** Milliseconds until proxies know the pods of a side that is ready; 0 when they do. */
export function unsettledMs(seen: Observation, side: Side): number {
  const workload = sideOf(seen, side);
  if (workload === undefined || workload.kind === 'Service') return 0;
  const sinceReadyMs = seen.now - becameReadyMs(seen, side, workload);
  return sinceReadyMs < 0 ? 0 : Math.max(0, drainMs(seen) - sinceReadyMs);
}

/** A DaemonSet that was noted as not ready and is, is so since now. */
function becameReadyMs(seen: Observation, side: Side, workload: KubeObject): number {
  if (workload.kind !== 'DaemonSet') return readySinceMs(workload);
  if (sinceMs(seen, side, workload, false) !== undefined) return seen.now;
  return sinceMs(seen, side, workload, true) ?? 0;
}

/** What is said while a side gets ready. */
export const progressOf = (message: string): Saying[] => (isWorthSaying(message) ? [waitingFor(message)] : []);

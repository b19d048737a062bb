/** Is a workload ready, and if not, is waiting still worth it? Texts and order: spec workloads 2, with C10/W24 and C8/W4 mended. */
import type { KubeObject } from '../../model/kube';
import { unixMs } from './record';

/** A state that ends by itself within moments: not worth a word. */
const unobserved = (noun: string): string =>
  `waiting for rollout to finish: observed ${noun} generation less than desired generation`;

/** Whether a readiness text tells more than that the workload's controller has not looked yet. */
export const isWorthSaying = (message: string): boolean =>
  !message.endsWith(unobserved('deployment')) && !message.endsWith(unobserved('daemonset'));

export type Readiness =
  | { ready: true }
  | {
      ready: false;
      /** False once the deadline has passed. */
      retriable: boolean;
      message: string;
      /** Pods that can serve now. */
      available: number;
    };

interface DeploymentView {
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: Condition[];
  };
}

interface DaemonSetView {
  status?: {
    observedGeneration?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
  };
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  lastUpdateTime?: string;
}

export interface ReadinessRule {
  /** Percent of the updated pods that must be available. */
  thresholdPercent: number;
  deadlineSeconds: number;
  /** Unix milliseconds. */
  now: number;
  /** Unix milliseconds before which the deadline does not count: another revision used up that time. */
  notBefore?: number;
}

/** Pods that are available now, of any revision. */
export const availableReplicas = (workload: KubeObject | undefined): number =>
  workload?.kind === 'DaemonSet'
    ? ((workload as DaemonSetView).status?.numberAvailable ?? 0)
    : ((workload as DeploymentView | undefined)?.status?.availableReplicas ?? 0);

/** Readiness of a Deployment. */
export function deploymentReadiness(deployment: KubeObject, rule: ReadinessRule): Readiness {
  const { spec, status } = deployment as DeploymentView;
  const conditions = status?.conditions ?? [];
  const available = status?.availableReplicas ?? 0;
  const no = (message: string, retriable: boolean): Readiness => ({ ready: false, retriable, message, available });

  if ((deployment.metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) {
    return no(unobserved('deployment'), true);
  }
  if (conditions.some((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded')) {
    return no(`deployment "${deployment.metadata.name}" exceeded its progress deadline`, false);
  }
  const unfinished = unfinishedText(spec?.replicas ?? 1, status ?? {}, rule.thresholdPercent);
  return unfinished === undefined ? { ready: true } : no(unfinished, withinDeadline(conditions, rule));
}

function unfinishedText(
  desired: number,
  status: NonNullable<DeploymentView['status']>,
  thresholdPercent: number,
): string | undefined {
  const updated = status.updatedReplicas ?? 0;
  const total = status.replicas ?? 0;
  const available = status.availableReplicas ?? 0;
  if (updated < desired) {
    return `waiting for rollout to finish: ${updated} out of ${desired} new replicas have been updated`;
  }
  if (total > updated) {
    return `waiting for rollout to finish: ${total - updated} old replicas are pending termination`;
  }
  const needed = neededOf(updated, thresholdPercent);
  if (available < needed) {
    return `waiting for rollout to finish: ${available} of ${needed} (readyThreshold ${thresholdPercent}%) updated replicas are available`;
  }
  return undefined;
}

/** At least one: nothing available is never ready (C10, W24). */
const neededOf = (pods: number, thresholdPercent: number): number =>
  Math.max(1, Math.ceil((pods * thresholdPercent) / 100));

/**
 * Readiness of a DaemonSet, which has no conditions and so no clock of its own (spec workloads 2.3).
 * @param unreadySince Unix milliseconds since when this generation of it is not ready; C8, W4.
 */
export function daemonSetReadiness(daemonSet: KubeObject, rule: ReadinessRule, unreadySince: number): Readiness {
  const { status = {} } = daemonSet as DaemonSetView;
  const available = status.numberAvailable ?? 0;
  const desired = status.desiredNumberScheduled ?? 0;
  const updated = status.updatedNumberScheduled ?? 0;
  const needed = neededOf(desired, rule.thresholdPercent);
  const no = (message: string, retriable = true): Readiness => ({ ready: false, retriable, message, available });

  if ((daemonSet.metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return no(unobserved('daemonset'));
  if (updated >= desired && available >= needed) return { ready: true };
  if (rule.now > unreadySince + rule.deadlineSeconds * 1000) {
    return no(`exceeded its progressDeadlineSeconds: ${rule.deadlineSeconds}`, false);
  }
  return updated < desired
    ? no(`waiting for rollout to finish: ${updated} out of ${desired} new pods have been updated`)
    : no(
        `waiting for rollout to finish: ${available} of ${needed} (readyThreshold ${rule.thresholdPercent}%) updated pods are available`,
      );
}

/**
 * When the last pod of the present template became available, Unix milliseconds: proxies learn of it a little later.
 * 0 when the status does not tell.
 */
export function readySinceMs(deployment: KubeObject): number {
  const conditions = (deployment as DeploymentView).status?.conditions ?? [];
  const times = conditions
    .filter(({ type, status }) => status === 'True' && (type === 'Available' || type === 'Progressing'))
    .map(({ lastUpdateTime }) => unixMs(lastUpdateTime) ?? 0);
  return Math.max(0, ...times);
}

/**
 * The clock is the Available condition's: a restart of the controller does not reset it. A new template does not either,
 * where the one before was unavailable too; a revision has its whole deadline all the same.
 */
function withinDeadline(conditions: Condition[], { deadlineSeconds, now, notBefore = 0 }: ReadinessRule): boolean {
  const unavailable = conditions.find(
    (c) => c.type === 'Available' && c.status === 'False' && c.reason === 'MinimumReplicasUnavailable',
  );
  if (!unavailable?.lastUpdateTime || !conditions.some((c) => c.type === 'Progressing')) return true;
  return now <= Math.max(Date.parse(unavailable.lastUpdateTime), notBefore) + deadlineSeconds * 1000;
}

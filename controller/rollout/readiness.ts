/** Is a workload ready, and if not, is waiting still worth it? Texts and order: spec workloads 2.1-2.2, with C10/W24 mended. */
import type { KubeObject } from '../../model/kube';

/** A state that ends by itself within moments: not worth a word. */
const UNOBSERVED = 'waiting for rollout to finish: observed deployment generation less than desired generation';

/** Whether a readiness text tells more than that the Deployment's controller has not looked yet. */
export const isWorthSaying = (message: string): boolean => !message.endsWith(UNOBSERVED);

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
}

/** Pods that are available now, of any revision. */
export const availableReplicas = (deployment: KubeObject | undefined): number =>
  (deployment as DeploymentView | undefined)?.status?.availableReplicas ?? 0;

/** Readiness of a Deployment. */
export function deploymentReadiness(deployment: KubeObject, rule: ReadinessRule): Readiness {
  const { spec, status } = deployment as DeploymentView;
  const conditions = status?.conditions ?? [];
  const available = status?.availableReplicas ?? 0;
  const no = (message: string, retriable: boolean): Readiness => ({ ready: false, retriable, message, available });

  if ((deployment.metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) {
    return no(UNOBSERVED, true);
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
  const needed = Math.max(1, Math.ceil((updated * thresholdPercent) / 100));
  if (available < needed) {
    return `waiting for rollout to finish: ${available} of ${needed} (readyThreshold ${thresholdPercent}%) updated replicas are available`;
  }
  return undefined;
}

/**
 * When the last pod of the present template became available, Unix milliseconds: proxies learn of it a little later.
 * 0 when the status does not tell.
 */
export function readySinceMs(deployment: KubeObject): number {
  const conditions = (deployment as DeploymentView).status?.conditions ?? [];
  const times = conditions
    .filter(({ type, status }) => status === 'True' && (type === 'Available' || type === 'Progressing'))
    .map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? '') || 0);
  return Math.max(0, ...times);
}

/** The clock is the Available condition's: a restart of the controller does not reset it. */
function withinDeadline(conditions: Condition[], { deadlineSeconds, now }: ReadinessRule): boolean {
  const unavailable = conditions.find(
    (c) => c.type === 'Available' && c.status === 'False' && c.reason === 'MinimumReplicasUnavailable',
  );
  if (!unavailable?.lastUpdateTime || !conditions.some((c) => c.type === 'Progressing')) return true;
  return now <= Date.parse(unavailable.lastUpdateTime) + deadlineSeconds * 1000;
}

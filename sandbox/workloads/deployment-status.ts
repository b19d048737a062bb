/** A Deployment's status from its ReplicaSets, pure: the numbers and the conditions Available and Progressing. */
import { conditionOf, withCondition } from './condition';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from './objects';
import { replicasOf, rolloutBounds } from './rolling-update';

/** `progressDeadlineSeconds` when none is given. */
const DEFAULT_DEADLINE_SECONDS = 600;

/** What happened to the new ReplicaSet in this round, if anything. */
export interface NewSetNote {
  reason: 'NewReplicaSetCreated' | 'FoundNewReplicaSet';
  name: string;
}

export interface StatusInput {
  deployment: Deployment;
  newest: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
  note: NewSetNote | undefined;
  nowMs: number;
}

const numbersOf = (sets: readonly ReplicaSet[], count: (status: NonNullable<ReplicaSet['status']>) => number) =>
  sets.reduce((sum, set) => sum + (set.status ? count(set.status) : 0), 0);

export function deploymentStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newest, old, nowMs } = input;
  const sets = newest ? [newest, ...old] : [...old];
  const asked = sets.reduce((sum, set) => sum + replicasOf(set), 0);
  const numbers = {
    replicas: numbersOf(sets, (status) => status.replicas),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: numbersOf(sets, (status) => status.readyReplicas ?? 0),
    availableReplicas: numbersOf(sets, (status) => status.availableReplicas ?? 0),
  };
  const unavailableReplicas = Math.max(0, asked - numbers.availableReplicas);
  const now = rfc3339(nowMs);
  const conditions = progressing(
    input,
    numbers,
    withCondition(deployment.status?.conditions, available(deployment, numbers.availableReplicas, now)),
  );
  const shown = Object.entries({ ...numbers, unavailableReplicas }).filter(([, value]) => value > 0);
  return { observedGeneration: deployment.metadata.generation ?? 1, ...Object.fromEntries(shown), conditions };
}

export type Numbers = Required<
  Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>
>;

function available(deployment: Deployment, count: number, now: string): Condition {
  const enough = count >= replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  return {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
    lastUpdateTime: now,
    lastTransitionTime: now,
  };
}

function progressing(input: StatusInput, numbers: Numbers, given: Condition[]): Condition[] {
  const { deployment, newest, note, nowMs } = input;
  const make = (status: Condition['status'], reason: string, message: string): Condition => {
    const now = rfc3339(nowMs);
    return { type: 'Progressing', status, reason, message, lastUpdateTime: now, lastTransitionTime: now };
  };
  if (deployment.spec.paused) return withCondition(given, make('Unknown', 'DeploymentPaused', 'Deployment is paused'));
  let conditions = given;
  if (note) {
    const verb = note.reason === 'NewReplicaSetCreated' ? 'Created' : 'Found';
    conditions = withCondition(given, make('True', note.reason, `${verb} new replica set "${note.name}"`));
  }
  const current = conditionOf(conditions, 'Progressing');
  const settled = numbers.replicas === numbers.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (settled) return conditions;
  const subject = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, numbers)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, make('True', 'NewReplicaSetAvailable', message));
  }
  if (hasProgressed(deployment.status ?? {}, numbers)) {
    return renewed(conditions, make('True', 'ReplicaSetUpdated', `${subject} is progressing.`));
  }
  if (deadlineMs(deployment, current) <= nowMs) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(conditions, make('False', 'ProgressDeadlineExceeded', message));
  }
  return conditions;
}

function isComplete(deployment: Deployment, numbers: Numbers): boolean {
  const wanted = replicasOf(deployment);
  return numbers.updatedReplicas === wanted && numbers.replicas === wanted && numbers.availableReplicas === wanted;
}

function hasProgressed(before: DeploymentStatus, now: Numbers): boolean {
  const outdated = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    now.updatedReplicas > (before.updatedReplicas ?? 0) ||
    outdated(now) < outdated(before) ||
    now.readyReplicas > (before.readyReplicas ?? 0) ||
    now.availableReplicas > (before.availableReplicas ?? 0)
  );
}

/** Progress renews `lastUpdateTime` even when status and reason stay: that is what the deadline counts from. */
function renewed(conditions: Condition[], next: Condition): Condition[] {
  const before = conditionOf(conditions, next.type);
  const since = before?.status === next.status ? before.lastTransitionTime : undefined;
  const merged = since === undefined ? next : { ...next, lastTransitionTime: since };
  return [...conditions.filter((one) => one.type !== next.type), merged];
}

/** When a rollout without progress counts as failed (Unix milliseconds); never while it is complete or not begun. */
export function deadlineMs(deployment: Deployment, progressing: Condition | undefined): number {
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return Number.POSITIVE_INFINITY;
  if (progressing.reason === 'ProgressDeadlineExceeded') return Number.NEGATIVE_INFINITY;
  const seconds = deployment.spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  return Date.parse(progressing.lastUpdateTime ?? '') + seconds * 1000 + 1;
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

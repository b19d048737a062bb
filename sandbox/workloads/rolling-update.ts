/** The arithmetic of a Deployment's rollout, pure: how many replicas each ReplicaSet should ask for next. */
import type { Deployment, IntOrPercent, ReplicaSet } from './objects';

/** Default share of pods that may be above or below the wanted number during a rolling update. */
const DEFAULT_SHARE = '25%';

export interface RolloutBounds {
  maxSurge: number;
  maxUnavailable: number;
}

/** Percentages of the replicas: surge rounds up, unavailable rounds down, and not both may be zero. */
export function rolloutBounds(deployment: Deployment): RolloutBounds {
  const { type, rollingUpdate } = deployment.spec.strategy ?? {};
  const replicas = replicasOf(deployment);
  if (type === 'Recreate') return { maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = resolve(rollingUpdate?.maxSurge ?? DEFAULT_SHARE, replicas, Math.ceil);
  const maxUnavailable = resolve(rollingUpdate?.maxUnavailable ?? DEFAULT_SHARE, replicas, Math.floor);
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}

export function resolve(value: IntOrPercent, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) * of) / 100);
}

/** `spec.replicas`, 1 when absent. */
export function replicasOf(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1;
}

const total = (sets: readonly ReplicaSet[]) => sets.reduce((sum, one) => sum + replicasOf(one), 0);
const availableOf = (set: ReplicaSet) => set.status?.availableReplicas ?? 0;

/** What the new ReplicaSet should ask for: up to the wanted number, within the surge over all of them. */
export function nextNewReplicas(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): number {
  const wanted = replicasOf(deployment);
  const current = replicasOf(newest);
  if (current >= wanted) return wanted;
  const room = wanted + rolloutBounds(deployment).maxSurge - total([newest, ...old]);
  return current + Math.min(Math.max(0, room), wanted - current);
}

/**
 * What each old ReplicaSet should ask for, oldest first: pods that are not available go first, the rest only as far as
 * enough available pods remain.
 */
export function nextOldReplicas(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): number[] {
  const next = old.map(replicasOf);
  const minAvailable = replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  const newUnavailable = replicasOf(newest) - availableOf(newest);
  let spare = total([newest, ...old]) - minAvailable - newUnavailable;
  if (spare <= 0) return next;
  old.forEach((set, index) => {
    const unhealthy = Math.max(0, Math.min(spare, next[index]! - availableOf(set)));
    next[index]! -= unhealthy;
    spare -= unhealthy;
  });
  let surplus = [newest, ...old].reduce((sum, set) => sum + availableOf(set), 0) - minAvailable;
  old.forEach((_, index) => {
    const taken = Math.max(0, Math.min(surplus, next[index]!));
    next[index]! -= taken;
    surplus -= taken;
  });
  return next;
}

/** Spreads a change of `spec.replicas` in the middle of a rollout over the ReplicaSets by their size, largest first. */
export function proportional(deployment: Deployment, sets: readonly ReplicaSet[]): number[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + rolloutBounds(deployment).maxSurge : 0;
  const now = total(sets);
  const next = sets.map(replicasOf);
  if (now === 0) return next;
  const order = sets.map((_, index) => index).sort((a, b) => next[b]! - next[a]!);
  let left = allowed - now;
  for (const index of order) {
    const share = Math.round((replicasOf(sets[index]!) * (allowed - now)) / now);
    const change = allowed > now ? Math.min(share, left) : Math.max(share, left);
    next[index] = Math.max(0, next[index]! + change);
    left -= change;
  }
  const first = order[0];
  if (first !== undefined) next[first] = Math.max(0, next[first]! + left);
  return next;
}

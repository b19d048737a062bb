import type { Clock } from '../../model/ports';
import type { Condition } from './objects';

/** Now as Kubernetes writes it: RFC 3339 in whole seconds. */
export function kubeTime(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditionOf(conditions, type)?.status === 'True';
}

/**
 * The conditions with `next` in place of the one of its type. `lastTransitionTime` moves only when the status does. With
 * the same status and reason nothing changes at all, as the Deployment controller has it.
 */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const all = [...(conditions ?? [])];
  const index = all.findIndex((one) => one.type === next.type);
  const before = all[index];
  if (before?.status === next.status && before.reason === next.reason) return all;
  const since = before?.status === next.status ? before.lastTransitionTime : undefined;
  const merged = since === undefined ? next : { ...next, lastTransitionTime: since };
  if (index < 0) return [...all, merged];
  all[index] = merged;
  return all;
}

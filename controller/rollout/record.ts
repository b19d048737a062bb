/** Serin's own notes in `status.serin`: what a tick has to know of the ones before it. */
import type { Canary } from '../../model/canary';
import type { StatusChange } from './decision';

export interface RunRecord {
  /** When the present run began or began anew; names its events. RFC 3339 with milliseconds, as all times here. */
  runStartedAt?: string;
  /** When the last analysis step was made; the next one is an interval later. */
  stepAt?: string;
  /** Checksum of the run whose pre-rollout hooks have passed while a traffic gate still held its first step. */
  preRolloutPassed?: string;
  /** Traffic left the target; from this moment on it may be scaled down. */
  drainUntil?: string;
  /** A run ended and its last words (post-rollout hooks, event) are still to be said. */
  outbox?: 'Succeeded' | 'Skipped' | 'Failed';
  /** The gate that the run waits for, so that it is reported once. */
  waitingFor?: string;
  /** Finalisation began. */
  terminatingSince?: string;
  /** Provider, strategy and matching that the run began with: a change of them begins it anew. */
  shape?: string;
  /** `<generation> <uid>` of the target that the last decision was made on. */
  target?: string;
  /** Since when no verdict could be had. */
  heldSince?: string;
  /** The run's start may not have been said yet: it is until the first step. */
  starting?: true;
  /** The provider that the run began with; it stays until the run has ended. */
  provider?: string;
  /** The canary's pods are to be replaced for a changed config, once they have no traffic. */
  roll?: true;
  /** The canary's weight before it took all traffic because the primary had no pods. */
  rescuedFrom?: number;
  /** The last promotion failed: the primary holds its template and may be broken (C4). */
  promotionFailed?: true;
  /** The run may go on although the primary is not ready: it repairs it. */
  repairs?: true;
  /** Checksum that the confirm-rollout hooks let pass (C28). */
  approved?: string;
}

export const recordOf = (canary: Canary): RunRecord => (canary.status?.serin ?? {}) as RunRecord;

/** A note as the status carries it; undefined removes it. */
export const noted = (notes: { [K in keyof RunRecord]?: RunRecord[K] | undefined }): Record<string, unknown> =>
  Object.fromEntries(Object.entries(notes).map(([key, value]) => [key, value ?? null]));

/** RFC 3339 with milliseconds. */
export const instant = (unixMs: number): string => new Date(unixMs).toISOString();

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const wholeSeconds = (unixMs: number): string => `${new Date(unixMs).toISOString().slice(0, 19)}Z`;

/** Unix milliseconds of a time in the status; undefined when absent or garbage. */
export function unixMs(time: string | undefined): number | undefined {
  const parsed = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/**
 * A change of status whose drain and step count from the writes before it, not from the look they were decided on: a
 * route may be written seconds later, when a server was slow or down.
 */
export function fromTheWriteOn(status: StatusChange, laterMs: number): StatusChange {
  const { serin } = status;
  if (serin === undefined || laterMs === 0) return status;
  // A drain is never shorter than its length; a step never lies in the future, where a clock set back would have put it.
  const rounded = { drainUntil: Math.ceil(laterMs), stepAt: Math.floor(laterMs) };
  const moved = (['drainUntil', 'stepAt'] as const).flatMap((name) => {
    const at = typeof serin[name] === 'string' ? unixMs(serin[name]) : undefined;
    return at === undefined ? [] : [[name, instant(at + rounded[name])]];
  });
  return { ...status, serin: { ...serin, ...Object.fromEntries(moved) } };
}

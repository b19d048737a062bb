import { withinLimit } from '../../model/patience';
import type { Clock } from '../../model/ports';

/** Thrown when `withDeadline` gave up; `code` as Node spells it. */
export class DeadlineExceeded extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Runs `work` with a signal, and never waits longer than `timeoutMs` or than `outer` allows. */
export function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelled = () => Object.assign(new Error('the request was cancelled'), { code: 'EABORTED' });
  const late = () => new DeadlineExceeded(`no answer within ${timeoutMs / 1000}s`);
  return withinLimit({ clock, timeoutMs, outer, ended: (end) => (end === 'ETIMEDOUT' ? late() : cancelled()) }, work);
}

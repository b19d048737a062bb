import { type WorkEnd, withinLimit } from '../../model/patience';
import type { Clock } from '../../model/ports';

export { pause } from '../../model/patience';

/** What ended an attempt: its time was up, or nobody waits for it any more. The texts are Go's. */
export class AttemptEnded extends Error {
  constructor(readonly code: WorkEnd) {
    super(code === 'ETIMEDOUT' ? 'context deadline exceeded' : 'context canceled');
  }
}

/** Runs `work` with a signal, and never waits longer than `timeoutMs` or than `outer` allows. */
export function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinLimit({ clock, timeoutMs, outer, ended: (end) => new AttemptEnded(end) }, work);
}

/** Waiting on the Clock port: how long to pause, and how long to let something take. */
import type { Clock } from './ports';

/** What ended work before it was done. */
export type WorkEnd = 'ETIMEDOUT' | 'EABORTED';

/** Waits `ms`, or less when `signal` fires. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

export interface Limit {
  clock: Clock;
  timeoutMs: number;
  /** Ends the work early. */
  outer?: AbortSignal | undefined;
  /** The error that a caller gets when the work is ended. */
  ended(end: WorkEnd): Error;
}

/**
 * Runs `work` with a signal that fires after `timeoutMs` or when `outer` does, and never waits longer than that, even
 * when `work` ignores its signal.
 */
export function withinLimit<T>(limit: Limit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, outer, ended } = limit;
  const inner = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const giveUp = (end: WorkEnd) => {
      settled();
      const error = ended(end);
      reject(error);
      inner.abort(error);
    };
    const cancelled = () => giveUp('EABORTED');
    const timer = clock.after(timeoutMs, () => giveUp('ETIMEDOUT'));
    const settled = () => {
      timer.cancel();
      outer?.removeEventListener('abort', cancelled);
    };
    outer?.addEventListener('abort', cancelled, { once: true });
    if (outer?.aborted) cancelled();
    Promise.resolve()
      .then(() => work(inner.signal))
      .then(resolve, reject)
      .finally(settled);
  });
}

import type { Clock } from '../../model/ports';

/** What ended an attempt: its time was up, or nobody waits for it any more. */
export class AttemptEnded extends Error {
  constructor(readonly code: 'ETIMEDOUT' | 'EABORTED') {
    super(code === 'ETIMEDOUT' ? 'context deadline exceeded' : 'context canceled');
  }
}

/** Runs `work` with a signal that fires after `timeoutMs` or with `outer`, and never waits longer than that. */
export function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const attempt = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (code: AttemptEnded['code']) => {
      settled();
      reject(new AttemptEnded(code));
      attempt.abort();
    };
    const cancelled = () => end('EABORTED');
    const timer = clock.after(timeoutMs, () => end('ETIMEDOUT'));
    const settled = () => {
      timer.cancel();
      outer?.removeEventListener('abort', cancelled);
    };
    outer?.addEventListener('abort', cancelled, { once: true });
    if (outer?.aborted) cancelled();
    Promise.resolve()
      .then(() => work(attempt.signal))
      .then(resolve, reject)
      .finally(settled);
  });
}

/** Waits `ms`, or less when `outer` fires. */
export function pause(clock: Clock, ms: number, outer: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (outer?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      outer?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    outer?.addEventListener('abort', done, { once: true });
  });
}

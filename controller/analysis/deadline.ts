import type { Clock } from '../../model/ports';

/** Thrown when `withDeadline` gave up; `code` as Node spells it. */
export class DeadlineExceeded extends Error {
  readonly code = 'ETIMEDOUT';
}

/**
 * Runs `work` with a signal that fires after `timeoutMs` or when `outer` does, and never waits longer than that,
 * even when `work` ignores its signal.
 */
export function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const giveUp = (error: Error) => {
      settled();
      reject(error);
      inner.abort(error);
    };
    const cancelled = () => giveUp(Object.assign(new Error('the request was cancelled'), { code: 'EABORTED' }));
    const timer = clock.after(timeoutMs, () => giveUp(new DeadlineExceeded(`no answer within ${timeoutMs / 1000}s`)));
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

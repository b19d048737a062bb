import type { Clock } from '../../model/ports';

/** Runs `work` with a signal, and never waits longer than `limitMs` or than `outer` allows. @throws Error with a code */
export function withLimit<T>(
  clock: Clock,
  limitMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const give = (code: string, text: string) => {
      settle();
      reject(Object.assign(new Error(text), { code }));
      inner.abort();
    };
    const timer = clock.after(limitMs, () => give('ETIMEDOUT', `no answer within ${limitMs / 1000}s`));
    const onAbort = () => give('EABORTED', 'cancelled');
    const settle = () => {
      timer.cancel();
      outer.removeEventListener('abort', onAbort);
    };
    outer.addEventListener('abort', onAbort, { once: true });
    if (outer.aborted) return onAbort();
    work(inner.signal).then(resolve, reject).finally(settle);
  });
}

/** Waits `ms`, or less when `outer` fires. */
export function wait(clock: Clock, ms: number, outer: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (outer.aborted) return resolve();
    const done = () => {
      timer.cancel();
      outer.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    outer.addEventListener('abort', done, { once: true });
  });
}

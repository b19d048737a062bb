/** A limit on how long one request may take, on the injected clock. */
import type { Clock } from '../../model/ports';
import { KubeError } from './error';

export interface Deadline {
  clock: Clock;
  timeoutMs: number;
  /** Names the request in the error. */
  what: string;
  /** Ends the work early, with `Aborted`. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that aborts when time is up. Does not trust `work` to heed it.
 * @throws KubeError `Timeout` or `Aborted`
 */
export function within<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, what, signal } = deadline;
  if (signal?.aborted) return Promise.reject(new KubeError('Aborted', `${what}: aborted`));
  // One promise for all ways in which it may end: this is in the path of every request.
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const release = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
    const cut = (error: KubeError) => {
      release();
      reject(error);
      controller.abort(error);
    };
    const abort = () => cut(new KubeError('Aborted', `${what}: aborted`));
    const timer = clock.after(timeoutMs, () =>
      cut(new KubeError('Timeout', `${what}: no answer within ${timeoutMs} ms`)),
    );
    signal?.addEventListener('abort', abort);
    work(controller.signal).then(
      (value) => {
        release();
        resolve(value);
      },
      (error) => {
        release();
        reject(error);
      },
    );
  });
}

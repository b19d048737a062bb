/** A limit on how long one request may take, on the injected clock. */
import type { Clock } from '../../model/ports';
import { KubeError } from './error';

/** A promise that only ever rejects: to be raced against a wait that may never end. */
export class Cutoff {
  readonly promise: Promise<never>;
  private reject!: (error: KubeError) => void;

  constructor() {
    this.promise = new Promise<never>((_, reject) => {
      this.reject = reject;
    });
    // Most cutoffs are never needed, and then nobody listens.
    this.promise.catch(() => {});
  }

  cut(error: KubeError): void {
    this.reject(error);
  }
}

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
export async function within<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, what, signal } = deadline;
  const controller = new AbortController();
  const cutoff = new Cutoff();
  const end = (error: KubeError) => {
    cutoff.cut(error);
    controller.abort();
  };
  const abort = () => end(new KubeError('Aborted', `${what}: aborted`));
  const timer = clock.after(timeoutMs, () =>
    end(new KubeError('Timeout', `${what}: no answer within ${timeoutMs} ms`)),
  );
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    const working = signal?.aborted ? cutoff.promise : work(controller.signal);
    working.catch(() => {});
    return await Promise.race([cutoff.promise, working]);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

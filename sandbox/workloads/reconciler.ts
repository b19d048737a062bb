import type { Clock, Timer } from '../../model/ports';
import { ApiError } from '../api/api-error';

/** A controller's reaction takes this long, as watches and queues do in a real cluster. */
const REACTION_MS = 20;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;

interface Waiting {
  timer: Timer;
  dueMs: number;
}

/** A queue of keys over the clock: each key is worked on once, soon, however often it is asked for. */
export class Reconciler {
  private readonly waiting = new Map<string, Waiting>();
  private readonly failures = new Map<string, number>();
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly reconcile: (key: string) => void,
  ) {}

  /** Works on the key in `ms` milliseconds, or earlier if it is waiting for an earlier time already. */
  enqueue(key: string, ms = REACTION_MS): void {
    if (this.stopped) return;
    const dueMs = this.clock.now() + ms;
    const before = this.waiting.get(key);
    if (before && before.dueMs <= dueMs) return;
    before?.timer.cancel();
    const timer = this.clock.after(ms, () => this.run(key));
    this.waiting.set(key, { timer, dueMs });
  }

  stop(): void {
    this.stopped = true;
    for (const { timer } of this.waiting.values()) timer.cancel();
    this.waiting.clear();
  }

  /** What the API refuses is tried again later; anything else is a bug and is thrown. */
  private run(key: string): void {
    this.waiting.delete(key);
    try {
      this.reconcile(key);
      this.failures.delete(key);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failures = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, failures);
      this.enqueue(key, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
    }
  }
}

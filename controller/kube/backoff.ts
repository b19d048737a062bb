/** Exponential back-off with jitter. */

export interface BackoffOptions {
  /** First delay. @default 250 */
  firstMs?: number;
  /** Longest delay. @default 30000 */
  capMs?: number;
  /** A number in [0, 1): spreads each delay over its upper half. */
  random: () => number;
}

/** Delays that double with each failure in a row. */
export class Backoff {
  private failures = 0;
  private readonly firstMs: number;
  private readonly capMs: number;

  constructor(private readonly options: BackoffOptions) {
    this.firstMs = options.firstMs ?? 250;
    this.capMs = options.capMs ?? 30_000;
  }

  /** The next delay, never shorter than what the server asked for. */
  nextMs(retryAfterMs = 0): number {
    // 2 ** 20 is far beyond any cap; it keeps the power finite after days of failures.
    const fullMs = Math.min(this.capMs, this.firstMs * 2 ** Math.min(this.failures++, 20));
    return Math.max(retryAfterMs, fullMs * (0.5 + this.options.random() / 2));
  }

  reset(): void {
    this.failures = 0;
  }
}

export { pause as sleep } from '../../model/patience';

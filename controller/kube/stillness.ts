/** How long something has not changed, by our own eyes. */
import type { Clock } from '../../model/ports';

/**
 * Adds up the time between looks. One look counts for at most `capMs`, so a clock that jumps ahead cannot make
 * something look dead; one that jumps back counts for nothing.
 */
export class Stillness {
  private sign: string | undefined;
  private lookedMs = 0;
  private sumMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly capMs: number,
  ) {}

  /** Milliseconds for which `sign` has been the same at every look. */
  observe(sign: string): number {
    const nowMs = this.clock.now();
    const passedMs = Math.min(Math.max(0, nowMs - this.lookedMs), this.capMs);
    this.sumMs = sign === this.sign ? this.sumMs + passedMs : 0;
    this.sign = sign;
    this.lookedMs = nowMs;
    return this.sumMs;
  }

  /** As of the last look. */
  get stillMs(): number {
    return this.sumMs;
  }
}

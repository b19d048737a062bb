/** How soon a watch is opened again after it ended, and when only a list can help. */
import { Backoff } from './backoff';
import { isKubeError, retryAfterMs } from './error';

/** Watches that end sooner than this after opening are not opened again before it. */
const MIN_GAP_MS = 1000;
/** A watch that lasted this long was a healthy one even if nothing happened. */
const HEALTHY_MS = 30_000;
/** After so many watches in a row that never got going something is wrong with where they start. */
const HOPELESS_AFTER = 3;

export interface WatchEnd {
  /** From opening to end. */
  livedMs: number;
  /** Whether any event or bookmark came. */
  progress: boolean;
  /** Absent when the server ended it as asked. */
  error: unknown;
}

export class WatchPace {
  private readonly backoff: Backoff;
  private failures = 0;

  constructor(random: () => number) {
    this.backoff = new Backoff({ random });
  }

  after({ livedMs, progress, error }: WatchEnd): { pauseMs: number; listNext: boolean } {
    const lost = isKubeError(error, 'Expired', 'InvalidResponse', 'NotFound');
    const healthy = !lost && (progress || livedMs >= HEALTHY_MS);
    this.failures = healthy || error === undefined ? 0 : this.failures + 1;
    const listNext = lost || this.failures >= HOPELESS_AFTER;
    if (!healthy) return { pauseMs: this.backoff.nextMs(retryAfterMs(error)), listNext };
    this.backoff.reset();
    return { pauseMs: Math.max(0, MIN_GAP_MS - livedMs), listNext };
  }
}

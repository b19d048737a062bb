/**
 * Gives back, when there is nothing to do, the memory that V8 took for work and would keep until it needs more: of 240 MB
 * with 300 Canaries that have just been initialised, 85 are spare. No release may be due for days.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Timer } from '../model/ports';

export interface SpareMemoryOptions {
  clock: Clock;
  /** For how long nothing has been done, milliseconds; 0: right now something is. */
  quietMs(): number;
  /** Makes memory spare. */
  putAway(): void;
  /** Gives spare memory back. It stops the process for a moment: a tenth of a second for 50 MB. */
  collect(): void;
}

const LOOK_EVERY_MS = 5_000;
const QUIET_MS = 5_000;
/** A few Canaries in motion leave pauses between their ticks. */
const AT_MOST_EVERY_MS = 60_000;

export class SpareMemory {
  private timer: Timer | undefined;
  private lastMs: number;
  /** When the work was over whose memory was given back last. */
  private workMs: number | undefined;

  constructor(private readonly options: SpareMemoryOptions) {
    this.lastMs = options.clock.now();
  }

  start(): void {
    this.timer = this.options.clock.after(LOOK_EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.timer?.cancel();
  }

  private look(): void {
    const { clock, quietMs, putAway, collect } = this.options;
    const quiet = quietMs();
    const workMs = clock.now() - quiet;
    if (quiet < QUIET_MS || workMs === this.workMs || clock.now() < this.lastMs + AT_MOST_EVERY_MS) return;
    this.workMs = workMs;
    this.lastMs = clock.now();
    putAway();
    collect();
  }
}

/** V8's own collection, as thorough as it is when memory runs out. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Moves a virtual clock by the wall's, so that everything in this process stays in one order at any speed. */
import { performance } from 'node:perf_hooks';
import type { VirtualClock } from '../sandbox/clock';

const STEP_MS = 50;

export interface Pace {
  /** Simulated seconds in a second, from now on. */
  speed(factor: number): void;
  /** Resolves when the clock has come to rest. */
  stop(): Promise<void>;
}

/** Starts moving. When the machine cannot keep up, simulated time falls behind instead of jumping. */
export function keepPace(clock: VirtualClock, factor: number, onError: (error: unknown) => void): Pace {
  let speed = factor;
  let lastMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let moving: Promise<void> = Promise.resolve();
  const move = async () => {
    const nowMs = performance.now();
    const elapsedMs = Math.min(nowMs - lastMs, 4 * STEP_MS);
    lastMs = nowMs;
    await clock.advance(elapsedMs * speed);
    if (!stopped) timer = setTimeout(turn, STEP_MS);
  };
  const turn = () => {
    moving = move().catch(onError);
  };
  turn();
  return {
    speed(next) {
      speed = next;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      return moving;
    },
  };
}

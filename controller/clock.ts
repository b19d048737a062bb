/** The wall clock: one of the few files that may ask what time it is. */
import type { Clock } from '../model/ports';

/** setTimeout fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Real time. Timers run on the monotonic clock, so jumps of the wall clock do not move them. */
export function realClock(): Clock {
  return {
    now: () => Date.now(),
    after(ms, task) {
      const timer = setTimeout(task, Math.min(LONGEST_DELAY_MS, Math.max(0, ms)));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

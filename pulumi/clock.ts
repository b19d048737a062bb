/** The wall clock of a Pulumi program. */
import type { Clock } from '../model/ports';

/** Real time. */
export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The wall clock: one of the few files that may ask what time it is. */
import type { Clock, Timer } from '../model/ports';

/** setTimeout fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Milliseconds between the moments at which tasks that have time are done; each is a multiple of those before it. */
const GRAINS_MS = [10, 20, 100, 500] as const;

/** Real time. Timers run on the monotonic clock, so jumps of the wall clock do not move them. */
export function realClock(): Clock {
  const moments = new Map<number, Moment>();

  function together(ms: number, task: () => void, grainMs: number): Timer {
    const at = Math.ceil((performance.now() + ms) / grainMs) * grainMs;
    const moment = moments.get(at) ?? newMoment(at);
    const entry = { task };
    moment.entries.add(entry);
    return {
      cancel: () => {
        moment.entries.delete(entry);
        if (moment.entries.size > 0 || moments.get(at) !== moment) return;
        clearTimeout(moment.timer);
        moments.delete(at);
      },
    };
  }

  function newMoment(at: number): Moment {
    const entries: Moment['entries'] = new Set();
    const timer = setTimeout(() => {
      moments.delete(at);
      for (const { task } of entries) task();
    }, at - performance.now());
    const moment = { timer, entries };
    moments.set(at, moment);
    return moment;
  }

  return {
    now: () => Date.now(),
    after(ms, task, slackMs = 0) {
      if (ms <= 0) return soon(task);
      const grainMs = GRAINS_MS.findLast((grain) => grain <= slackMs);
      return grainMs === undefined || ms + grainMs > LONGEST_DELAY_MS ? alone(ms, task) : together(ms, task, grainMs);
    },
  };
}

/** What is done in one wake-up of the process. */
interface Moment {
  timer: NodeJS.Timeout;
  entries: Set<{ task: () => void }>;
}

function alone(ms: number, task: () => void): Timer {
  const timer = setTimeout(task, Math.min(LONGEST_DELAY_MS, ms));
  return { cancel: () => clearTimeout(timer) };
}

/** After what is under way, without a sleep: a timer takes a millisecond at least. */
function soon(task: () => void): Timer {
  const immediate = setImmediate(task);
  return { cancel: () => clearImmediate(immediate) };
}

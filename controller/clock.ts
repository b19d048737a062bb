/** The wall clock: one of the few files that may ask what time it is. */
import type { Clock, Slack, Timer } from '../model/ports';

/** setTimeout fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** Nobody shares a wake-up that is days away. */
const FAR_MS = LONGEST_DELAY_MS / 2;

/** Milliseconds between the moments at which tasks that have time are done. */
const GRAINS_MS = [10, 20, 50, 100, 200, 500] as const;

/** The moment within the slack that is nearest to what is wanted, of those that most can share; undefined: there is none. */
export function momentNear(wantedMs: number, { earlyMs, lateMs }: Slack): number | undefined {
  const grainMs = GRAINS_MS.findLast((grain) => grain <= earlyMs + lateMs);
  if (grainMs === undefined) return undefined;
  const nearest = Math.round(wantedMs / grainMs) * grainMs;
  if (nearest < wantedMs - earlyMs) return nearest + grainMs;
  return nearest > wantedMs + lateMs ? nearest - grainMs : nearest;
}

/** Real time. Timers run on the monotonic clock, so jumps of the wall clock do not move them. */
export function realClock(): Clock {
  const moments = new Map<number, Moment>();

  function together(at: number, task: () => void): Timer {
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
    after(ms, task, slack) {
      if (ms <= 0) return soon(task);
      const at = slack && momentNear(performance.now() + ms, slack);
      return at === undefined || ms > FAR_MS ? alone(ms, task) : together(at, task);
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

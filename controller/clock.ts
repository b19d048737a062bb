/** The wall clock: one of the few files that may ask what time it is. */
import type { Clock, Slack, Timer } from '../model/ports';

/** setTimeout fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** Nobody shares a wake-up that is days away. */
const FAR_MS = LONGEST_DELAY_MS / 2;

/** Milliseconds between the moments at which tasks that have time are done: by halves, so that moments that lie far apart are moments for all. */
const GRAINS_MS = [7.8125, 15.625, 31.25, 62.5, 125, 250, 500, 1_000, 2_000] as const;
/** Of those the one between moments that a task may be moved to, at least. */
const CROWD_GRAIN_MS = GRAINS_MS[1];

/**
 * The moment within the slack that is nearest to what is wanted, of those that most can share. If there is a crowd already: the
 * nearest without one as far away as that allows, or else the one with the fewest. Undefined: there is none.
 * @param waitingAt how many wait for a moment
 */
export function momentNear(wantedMs: number, slack: Slack, waitingAt: (at: number) => number): number | undefined {
  const { crowd } = slack;
  const tight = crowd !== undefined && slack.earlyMs + slack.lateMs < CROWD_GRAIN_MS;
  const { earlyMs, lateMs } = tight ? crowd : slack;
  const mostMs = tight ? CROWD_GRAIN_MS : Number.POSITIVE_INFINITY;
  const grainMs = GRAINS_MS.findLast((grain) => grain <= Math.min(earlyMs + lateMs, mostMs));
  if (grainMs === undefined) return undefined;
  let nearest = Math.round(wantedMs / grainMs) * grainMs;
  if (nearest < wantedMs - earlyMs) nearest += grainMs;
  else if (nearest > wantedMs + lateMs) nearest -= grainMs;
  if (crowd === undefined) return nearest;
  const most = Math.max(crowd.company, crowd.perMs * grainMs);
  let best = { at: nearest, waiting: waitingAt(nearest) };
  for (let away = grainMs; best.waiting >= most && away <= Math.max(crowd.earlyMs, crowd.lateMs); away += grainMs) {
    for (const at of [nearest - away, nearest + away]) {
      if (at < wantedMs - crowd.earlyMs || at > wantedMs + crowd.lateMs) continue;
      const waiting = waitingAt(at);
      if (waiting < best.waiting) best = { at, waiting };
      if (waiting < most) break;
    }
  }
  return best.at;
}

/** Real time. Timers run on the monotonic clock, so jumps of the wall clock do not move them. */
export function realClock(): Clock {
  const moments = new Map<number, Moment>();
  const waitingAt = (at: number) => moments.get(at)?.entries.size ?? 0;

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
      const at = slack && momentNear(performance.now() + ms, slack, waitingAt);
      return at === undefined || ms > FAR_MS ? alone(ms, task) : together(at, task);
    },
  };
}

/** What is done in one wake-up of the process. */
interface Moment {
  timer: NodeJS.Timeout;
  entries: Set<{ task: () => void }>;
}

/** After input: an answer that came while the process was busy is there before the deadline that has passed meanwhile. */
export function alone(ms: number, task: () => void): Timer {
  let after: NodeJS.Immediate | undefined;
  const timer = setTimeout(
    () => {
      after = setImmediate(task);
    },
    Math.min(LONGEST_DELAY_MS, ms),
  );
  return {
    cancel: () => {
      clearTimeout(timer);
      clearImmediate(after);
    },
  };
}

/** After what is under way, without a sleep: a timer takes a millisecond at least. */
function soon(task: () => void): Timer {
  const immediate = setImmediate(task);
  return { cancel: () => clearImmediate(immediate) };
}

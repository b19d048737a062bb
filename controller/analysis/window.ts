import { parseDuration } from '../../model/duration';
import { QueryError } from './metric-provider';

/** How far back providers look that choose among points: so many intervals. */
const LOOK_BACK = 10;

/** The time a query is about, in Unix milliseconds. */
export interface Window {
  intervalMs: number;
  fromMs: number;
  toMs: number;
}

/**
 * Milliseconds of a metric's interval.
 * @throws QueryError with code `BadInterval` when it is no positive Go duration, `1min` for example.
 */
export function intervalMs(interval: string): number {
  const ms = parseDuration(interval);
  if (ms !== undefined && ms > 0) return ms;
  throw new QueryError('BadInterval', `the interval '${interval}' is not a duration such as 1m or 90s`);
}

/** The last ten intervals. */
export function windowUpTo(nowMs: number, lengthMs: number): Window {
  return { intervalMs: lengthMs, fromMs: nowMs - LOOK_BACK * lengthMs, toMs: nowMs };
}

export const unixSeconds = (ms: number): number => Math.floor(ms / 1000);

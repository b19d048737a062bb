/** Durations of a manifest as cdk8s' own. */
import { parseDuration } from '../../model/duration';
import type { Names, Writer, Written } from './written';

/** A text such as `1m`. What the constructs write for it is `1m` too, but `60s` becomes `1m` and `1h` becomes `60m`. */
export const duration: Writer = (value, names) => {
  const ms = parseDuration(value);
  return ms !== undefined && Number.isInteger(ms) && ms >= 0 ? durationOf(ms, names) : undefined;
};

/** A number of seconds. */
export const seconds: Writer = (value, names) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return undefined;
  return { code: durationOf(value * 1000, names).code, made: value };
};

/** The code, and the text that the constructs write. */
export function durationOf(ms: number, names: Names): Written {
  names.add('Duration');
  if (ms > 0 && ms % 60_000 === 0) return { code: `Duration.minutes(${ms / 60_000})`, made: `${ms / 60_000}m` };
  if (ms % 1000 === 0) return { code: `Duration.seconds(${ms / 1000})`, made: `${ms / 1000}s` };
  return { code: `Duration.millis(${ms})`, made: `${ms}ms` };
}

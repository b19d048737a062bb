import { withinLimit } from '../../model/patience';
import type { Clock } from '../../model/ports';

export { pause as wait } from '../../model/patience';

/** Runs `work` with a signal, and never waits longer than `limitMs` or than `outer` allows. @throws Error with a code */
export function withLimit<T>(
  clock: Clock,
  limitMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const text = { ETIMEDOUT: `no answer within ${limitMs / 1000}s`, EABORTED: 'cancelled' };
  return withinLimit(
    { clock, timeoutMs: limitMs, outer, ended: (code) => Object.assign(new Error(text[code]), { code }) },
    work,
  );
}

/** What can be expected of a release: each says what is wrong, if anything is. */
import type { Entry, Outcome } from './outcome';
import type { Enough } from './play';
import { msOf, type Share, shareOf, shareText, spanText, type Time } from './quantities';
import { resultText } from './text';

export interface Check {
  /** What is wrong; undefined when it is as expected. */
  problem(outcome: Outcome): string | undefined;
  enough?: Enough;
}

export function ends(result: 'promoted' | 'rolledBack', within?: Time, because?: string | RegExp): Check {
  const limitMs = within === undefined ? undefined : msOf('within', within);
  const wanted = result === 'promoted' ? 'promoted' : 'rolled back';
  return {
    problem(outcome) {
      const inTime = limitMs === undefined ? '' : ` within ${spanText(limitMs)}`;
      const told = `expected ${outcome.canary} to be ${wanted}${inTime}, but it was ${resultText(outcome)}`;
      if (outcome.result !== result || (limitMs !== undefined && outcome.tookMs > limitMs)) return told;
      if (outcome.leftovers.length > 0) return `${outcome.canary} was ${wanted}, but ${outcome.leftovers.join(', ')}`;
      if (because === undefined || reasons(outcome).some((text) => fits(because, text))) return undefined;
      return `expected ${outcome.canary} to be ${wanted} because of ${String(because)}, but the reason was: ${outcome.because}`;
    },
  };
}

export const fits = (wanted: string | RegExp, text: string): boolean =>
  typeof wanted === 'string'
    ? text.includes(wanted)
    : new RegExp(wanted.source, wanted.flags.replace('g', '')).test(text);

/** Names and texts of failed checks, and warnings, of the last release. */
function reasons({ timeline: { entries } }: Outcome): string[] {
  const start = entries.findLastIndex(({ kind }) => kind === 'release');
  return entries.slice(Math.max(0, start)).flatMap((entry) => {
    if (entry.kind === 'event') return entry.type === 'Warning' ? [entry.message] : [];
    if (entry.kind !== 'checks') return [];
    const failed = entry.checks.filter(({ verdict }) => verdict !== 'pass');
    return failed.map(({ name, verdict, message = '' }) => `${name} ${verdict} ${message}`);
  });
}

export const takesWeights = (weights: readonly number[]): Check => ({
  problem({ canary, weights: seen }) {
    if (seen.join() === weights.join()) return undefined;
    return `expected ${canary} to go over the weights ${weights.join(', ')}, but it went over ${seen.join(', ') || 'none'}`;
  },
});

export const neverAbove = (weight: number): Check => ({
  problem({ canary, weights }) {
    const above = weights.find((one) => one > weight);
    return above === undefined
      ? undefined
      : `expected ${canary} to stay at or below ${weight} %, but it got ${above} %`;
  },
});

export function affects(below: Share): Check {
  const limit = shareOf('below', below);
  return {
    problem({ canary, users }) {
      if (users.affected < limit) return undefined;
      const seen = `${users.errors} errors and ${users.slow} slow answers in ${users.requests} requests`;
      return `expected fewer than ${shareText(limit)} of the requests to ${canary} to suffer, but it were ${shareText(users.affected)}: ${seen}`;
    },
  };
}

export const says = (text: string | RegExp): Check => ({
  problem({ canary, timeline: { entries } }) {
    const said = entries.some((entry) => entry.kind === 'event' && fits(text, entry.message));
    return said ? undefined : `expected an event of ${canary} that says ${String(text)}, but there was none`;
  },
});

/** The weight is reached, and is still the same when the time is over. */
export function staysOn(weight: number, span: Time): Check {
  const spanMs = msOf('for', span);
  return {
    enough: ({ entries }, nowMs) => {
      const last = lastWeight(entries);
      return last.weight === weight && nowMs - last.sinceMs >= spanMs;
    },
    problem(outcome) {
      const { canary, timeline, tookMs } = outcome;
      const last = lastWeight(timeline.entries);
      const releasedMs = timeline.entries.findLast(({ kind }) => kind === 'release')?.atMs ?? 0;
      const heldMs = releasedMs + tookMs - last.sinceMs;
      if (outcome.result === 'undecided' && last.weight === weight && heldMs >= spanMs) return undefined;
      const seen = `it was ${resultText(outcome)}, last at ${last.weight} % for ${spanText(Math.max(0, heldMs))}`;
      return `expected ${canary} to stay on ${weight} % for ${spanText(spanMs)}, but ${seen}`;
    },
  };
}

function lastWeight(entries: readonly Entry[]): { weight: number; sinceMs: number } {
  const last = entries.findLast((entry) => entry.kind === 'weight');
  const released = entries.findLast(({ kind }) => kind === 'release')?.atMs ?? 0;
  return { weight: last?.canary ?? 0, sinceMs: last?.atMs ?? released };
}

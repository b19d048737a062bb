/** What a policy makes of good and bad versions, and of chance. */
import type { Canary } from '../../model/canary';
import type { Outcome } from '../../testing/outcome';
import type { Behaviour } from '../../testing/version';
import { type Interval, wilson } from './interval';
import { releaseOf, type Setting } from './setting';

/** One version that was played. */
export interface Play {
  name: string;
  behaviour: Behaviour;
  /** Absent where nothing is expected: the version is the user's own. */
  wanted?: 'promoted' | 'rolledBack';
  outcome: Outcome;
}

/** How often chance alone rolls a good version back. */
export interface Noise extends Interval {
  runs: number;
  rolledBack: number;
  /** Neither promoted nor rolled back in time. */
  undecided: number;
  seed: number;
  /** Why, most often first. */
  reasons: { text: string; count: number }[];
}

/** A version without fault, and those that a policy should stop. */
export function stockVersions(canary: Canary): Omit<Play, 'outcome'>[] {
  const slow = durationMax(canary);
  return [
    { name: 'good', behaviour: {}, wanted: 'promoted' },
    { name: 'every request fails', behaviour: { errors: '100%' }, wanted: 'rolledBack' },
    { name: 'every 10th request fails', behaviour: { errors: '10%' }, wanted: 'rolledBack' },
    ...(slow === undefined
      ? []
      : [{ name: 'twice too slow', behaviour: { latency: `${2 * slow}ms` }, wanted: 'rolledBack' } as const]),
    { name: 'crashes after a minute', behaviour: { crash: '1m' }, wanted: 'rolledBack' },
    { name: 'never ready', behaviour: { neverReady: true }, wanted: 'rolledBack' },
  ];
}

function durationMax({ spec }: Canary): number | undefined {
  const metric = spec.analysis.metrics?.find(({ name }) => name === 'request-duration');
  return metric?.thresholdRange?.max ?? metric?.threshold;
}

/** Plays versions one after the other, with exact shares: nothing is left to chance. */
export async function playAll(setting: Setting, versions: readonly Omit<Play, 'outcome'>[]): Promise<Play[]> {
  const plays: Play[] = [];
  for (const version of versions) {
    plays.push({ ...version, outcome: await releaseOf(setting, version.behaviour).run() });
  }
  return plays;
}

/**
 * Plays a good version again and again with chance, each time with another seed. The whole controller plays each run, not
 * the decisions alone: windows that overlap, the first moments of a pod, buckets of histograms and Prometheus' own
 * extrapolation are the noise that is asked for.
 */
export async function measureNoise(
  setting: Setting,
  { runs, seed }: { runs: number; seed: number },
  onRun: (done: number) => void = () => undefined,
): Promise<Noise> {
  const outcomes: Outcome[] = [];
  for (let run = 0; run < runs; run++) {
    outcomes.push(await releaseOf(setting, {}, { chance: 'drawn', seed: seed + run }).run());
    onRun(run + 1);
  }
  const failed = outcomes.filter(({ result }) => result === 'rolledBack');
  const undecided = outcomes.filter(({ result }) => result === 'undecided').length;
  return { ...wilson(failed.length, runs), runs, rolledBack: failed.length, undecided, seed, reasons: reasons(failed) };
}

/** Texts without their numbers, which differ each time. */
function reasons(failed: readonly Outcome[]): Noise['reasons'] {
  const counts = new Map<string, number>();
  for (const { because = 'unknown' } of failed) {
    const text = because.replace(/\d+(\.\d+)?/, '…');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count);
}

/** What a policy would have decided on releases that have been, from what was measured then. */
import type { Outcome } from '../../testing/outcome';
import type { Past } from '../../testing/scenario';
import { UsageError } from '../usage-error';
import type { PastSeries, PrometheusRange } from './prometheus-range';
import { releaseOf, type Setting } from './setting';

export interface Replayed {
  /** Unix time of the release. */
  atMs: number;
  outcome: Outcome;
  /** The queries that were asked, and how many values Prometheus had for each. */
  queries: { query: string; values: number }[];
}

/** Values are read this often. */
const STEP_MS = 15_000;
/** A value counts so long. */
const FRESH_MS = 2 * STEP_MS;
/** Series are read from the release until a release has surely ended. */
const LENGTH_MS = 7_200_000;
/** What is asked may depend on what was answered, but not for ever. */
const MOST_ROUNDS = 6;

/**
 * Plays the release with the metrics of then. The clock of a play waits for nobody, so it is played again until all that
 * it asks has been read.
 */
export async function replay(setting: Setting, atMs: number, prometheus: PrometheusRange): Promise<Replayed> {
  const read = new Map<string, PastSeries[]>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const unknown = new Set<string>();
    const outcome = await playAt(setting, atMs, read, unknown);
    if (unknown.size === 0) return { atMs, outcome, queries: countsOf(read) };
    for (const query of unknown) {
      read.set(query, await prometheus.read(query, { fromMs: atMs, toMs: atMs + LENGTH_MS, stepMs: STEP_MS }));
    }
  }
  throw new Error(`the release asks ever new queries, ${read.size} so far: it cannot be replayed`);
}

function playAt(setting: Setting, releaseMs: number, read: Map<string, PastSeries[]>, unknown: Set<string>) {
  const past: Past = {
    releaseMs,
    values(query, unixMs) {
      const series = read.get(query);
      if (!series) unknown.add(query);
      return series?.flatMap(({ points }) => valueAt(points, unixMs) ?? []);
    },
  };
  const quiet: Setting = { ...setting, traffic: { perSecond: 0 } };
  return releaseOf(quiet, {}).inThePast(past).run();
}

/** The last value before that time, if it is fresh. */
function valueAt(points: PastSeries['points'], unixMs: number): number | undefined {
  const last = points.findLast(([timeMs]) => timeMs <= unixMs);
  return last && unixMs - last[0] < FRESH_MS ? last[1] : undefined;
}

const countsOf = (read: ReadonlyMap<string, PastSeries[]>): Replayed['queries'] =>
  [...read].map(([query, series]) => ({
    query,
    values: series.reduce((sum, { points }) => sum + points.length, 0),
  }));

/** Changes closer together than this are one release: a rolling update changes more than once. */
const ONE_RELEASE_MS = 600_000;

/** When a series of the query appeared, or its value changed. */
export function releasesIn(series: readonly PastSeries[], fromMs: number, stepMs: number): number[] {
  const times = series.flatMap(({ points }) => {
    const appeared = points.filter(([timeMs], index) => {
      const before = points[index - 1];
      if (!before) return timeMs > fromMs + stepMs;
      return timeMs - before[0] > 2 * stepMs;
    });
    const changed = points.filter(([, value], index) => index > 0 && value !== points[index - 1]![1]);
    return [...appeared, ...changed].map(([timeMs]) => timeMs);
  });
  const releases: number[] = [];
  for (const timeMs of times.sort((a, b) => a - b)) {
    if (timeMs - (releases.at(-1) ?? Number.NEGATIVE_INFINITY) > ONE_RELEASE_MS) releases.push(timeMs);
  }
  return releases;
}

/** Unix milliseconds of an RFC 3339 time or of Unix seconds. @throws UsageError */
export function timeOf(text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isFinite(ms) && /\d{4}-\d\d-\d\d|^\d/.test(text)) return ms;
  throw new UsageError(`"${text}" is not a time: write it like 2026-11-24T12:00:00Z, or as Unix seconds`);
}

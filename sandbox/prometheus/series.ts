import { type Labels, labelsKey, type Matcher, METRIC_NAME, matches } from './labels';

/** One sample; a stale one marks the end of its series at that time. */
export interface Sample {
  timeMs: number;
  value: number;
  stale?: true;
}

export interface Series {
  labels: Labels;
  /** By time, rising. */
  samples: readonly Sample[];
}

interface Stored {
  key: string;
  labels: Labels;
  samples: Sample[];
}

/** Series in memory, with a bounded memory of the past. */
export class SeriesStore {
  private readonly byKey = new Map<string, Stored>();
  private readonly byName = new Map<string, Set<Stored>>();

  /** @param retentionMs Samples older than this are forgotten. @default 2 h */
  constructor(private readonly retentionMs = 2 * 60 * 60 * 1000) {}

  /**
   * Adds a sample; one that is not newer than the last of its series is dropped, as Prometheus does.
   * @param key `labelsKey(labels)`, for callers that know it
   */
  append(labels: Labels, timeMs: number, value: number, key = labelsKey(labels)): void {
    this.add(key, labels, { timeMs, value });
  }

  /** Says that the series has no value from `timeMs` on, until its next sample. */
  markStale(labels: Labels, timeMs: number): void {
    this.add(labelsKey(labels), labels, { timeMs, value: Number.NaN, stale: true });
  }

  /** Every series that fits all matchers, sorted by labels, with all samples that are kept. */
  select(matchers: readonly Matcher[]): Series[] {
    const name = matchers.find((one) => one.label === METRIC_NAME && one.op === '=')?.value;
    const candidates = name === undefined ? this.byKey.values() : (this.byName.get(name) ?? []);
    const found: Stored[] = [];
    for (const series of candidates) if (matches(series.labels, matchers)) found.push(series);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Forgets samples older than the retention, and series that have none left. */
  prune(nowMs: number): void {
    const oldestMs = nowMs - this.retentionMs;
    for (const series of this.byKey.values()) {
      if (series.samples[0]!.timeMs >= oldestMs) continue;
      const keep = series.samples.findIndex((one) => one.timeMs >= oldestMs);
      series.samples = keep < 0 ? [] : series.samples.slice(keep);
      if (keep < 0) this.forget(series);
    }
  }

  get size(): number {
    return this.byKey.size;
  }

  private add(key: string, labels: Labels, sample: Sample): void {
    const series = this.byKey.get(key) ?? this.create(key, labels);
    const last = series.samples.at(-1);
    if (last === undefined || last.timeMs < sample.timeMs) series.samples.push(sample);
  }

  private create(key: string, labels: Labels): Stored {
    const kept = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
    const series: Stored = { key, labels: kept, samples: [] };
    this.byKey.set(key, series);
    const name = kept[METRIC_NAME] ?? '';
    const named = this.byName.get(name) ?? new Set<Stored>();
    this.byName.set(name, named.add(series));
    return series;
  }

  private forget(series: Stored): void {
    this.byKey.delete(series.key);
    this.byName.get(series.labels[METRIC_NAME] ?? '')?.delete(series);
  }
}

/** Index of the first sample later than `timeMs`. */
export function firstAfter(samples: readonly Sample[], timeMs: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.timeMs > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

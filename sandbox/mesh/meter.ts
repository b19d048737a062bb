import type { Labels } from '../prometheus/labels';
import type { Reading } from '../prometheus/scraper';

/** Envoy's bounds as Istio sets them, in milliseconds. */
export const ISTIO_BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** The Prometheus client's own default, in seconds: what podinfo uses. */
export const APP_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The observations of one label set. */
export class Tally {
  count = 0;
  sum = 0;
  /** Not cumulative; the last is for what is above every bound. */
  readonly buckets: number[];
  /** Of its readings in their order: the same objects every time, so that a scraper knows them again. */
  readingLabels?: Labels[];

  constructor(
    readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.buckets = Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket += 1;
    this.buckets[bucket]! += 1;
    this.count += 1;
    this.sum += value;
  }
}

/** A histogram by label set. A label set appears with its first observation, as Envoy's counters do. */
export class Meter {
  private readonly tallies = new Map<string, Tally>();

  constructor(private readonly bounds: readonly number[]) {}

  /** The tally of a label set, which appears with its first observation. */
  tally(key: string, labels: () => Labels): Tally {
    const known = this.tallies.get(key);
    if (known) return known;
    const made = new Tally(labels(), this.bounds);
    this.tallies.set(key, made);
    return made;
  }

  /** `<name>_bucket`, `_sum` and `_count`, and the count alone as `counter`; a meter is always read under one name. */
  *readings(name: string, counter?: string): Iterable<Reading> {
    for (const tally of this.tallies.values()) {
      tally.readingLabels ??= this.labelsOf(tally.labels, name, counter);
      const { readingLabels, count, sum, buckets } = tally;
      let next = 0;
      if (counter) yield { labels: readingLabels[next++]!, value: count };
      let cumulative = 0;
      for (const bucket of buckets) {
        cumulative += bucket;
        yield { labels: readingLabels[next++]!, value: cumulative };
      }
      yield { labels: readingLabels[next++]!, value: sum };
      yield { labels: readingLabels[next]!, value: count };
    }
  }

  private labelsOf(labels: Labels, name: string, counter: string | undefined): Labels[] {
    const bounds = [...this.bounds.map(String), '+Inf'];
    return [
      ...(counter ? [{ ...labels, __name__: counter }] : []),
      ...bounds.map((le) => ({ ...labels, __name__: `${name}_bucket`, le })),
      { ...labels, __name__: `${name}_sum` },
      { ...labels, __name__: `${name}_count` },
    ];
  }
}

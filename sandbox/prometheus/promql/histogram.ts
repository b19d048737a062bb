import { type Labels, labelsKey, METRIC_NAME, omit } from '../labels';
import type { Element } from './value';

interface Bucket {
  upperBound: number;
  /** Cumulative. */
  count: number;
}

/** `histogram_quantile` over classic buckets: series with a label `le`, counts cumulative. */
export function histogramQuantile(phi: number, elements: readonly Element[]): Element[] {
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of elements) {
    const upperBound = bound(labels.le);
    if (upperBound === undefined) continue;
    const rest = omit(labels, ['le', METRIC_NAME]);
    const key = labelsKey(rest);
    const histogram = histograms.get(key) ?? { labels: rest, buckets: [] };
    histogram.buckets.push({ upperBound, count: value });
    histograms.set(key, histogram);
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(phi, buckets) }));
}

/** The number that a label `le` spells; undefined when it is none. */
function bound(le: string | undefined): number | undefined {
  if (le === undefined || le.trim() === '') return undefined;
  if (/^\+?inf$/i.test(le)) return Number.POSITIVE_INFINITY;
  if (/^-inf$/i.test(le)) return Number.NEGATIVE_INFINITY;
  const number = Number(le);
  return Number.isNaN(number) ? undefined : number;
}

/**
 * The φ-quantile of cumulative buckets, linear inside the bucket it falls in. NaN without a +Inf bucket, with one bucket
 * only, or without observations; the highest finite bound when it falls into +Inf.
 */
export function bucketQuantile(phi: number, given: readonly Bucket[]): number {
  if (Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  const buckets = rising(merged(given));
  const last = buckets.at(-1);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  if (!(last.count > 0)) return Number.NaN;
  const rank = phi * last.count;
  const found = buckets.slice(0, -1).findIndex((bucket) => bucket.count >= rank);
  if (found < 0) return buckets.at(-2)!.upperBound;
  const bucket = buckets[found]!;
  if (found === 0 && bucket.upperBound <= 0) return bucket.upperBound;
  const below = found > 0 ? buckets[found - 1]! : { upperBound: 0, count: 0 };
  const share = (rank - below.count) / (bucket.count - below.count);
  return below.upperBound + (bucket.upperBound - below.upperBound) * share;
}

/** By bound; equal bounds (`5` and `5.0`) are one bucket. */
function merged(given: readonly Bucket[]): Bucket[] {
  const out: Bucket[] = [];
  for (const bucket of [...given].sort((a, b) => a.upperBound - b.upperBound)) {
    const last = out.at(-1);
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count;
    else out.push({ ...bucket });
  }
  return out;
}

/** Counts read at different moments may fall; a bucket holds at least what the one below holds. */
function rising(buckets: Bucket[]): Bucket[] {
  let most = Number.NEGATIVE_INFINITY;
  for (const bucket of buckets) {
    most = Math.max(most, bucket.count);
    bucket.count = most;
  }
  return buckets;
}

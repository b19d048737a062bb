/** What Prometheus makes of the samples of one counter or gauge in a range. */
import type { Sample } from '../series';

type Samples = readonly Sample[];

export interface Window {
  startMs: number;
  endMs: number;
}

/** Growth with resets taken out: a counter that falls has started again at zero. */
function growth(samples: Samples, counter: boolean): number {
  let total = samples.at(-1)!.value - samples[0]!.value;
  if (!counter) return total;
  for (let i = 1; i < samples.length; i++) {
    if (samples[i]!.value < samples[i - 1]!.value) total += samples[i - 1]!.value;
  }
  return total;
}

/**
 * `increase`, or `delta` for a gauge: the growth between the outer samples, extended to the edges of the window.
 * A gap of up to 1.1 mean sample distances is taken as covered; a wider one counts as half a distance, because the
 * series seems to begin or end there. A counter is never extended to where it would have been below zero.
 */
export function extrapolatedGrowth(samples: Samples, window: Window, counter: boolean): number | undefined {
  if (samples.length < 2) return undefined;
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const total = growth(samples, counter);
  const sampledMs = last.timeMs - first.timeMs;
  const meanMs = sampledMs / (samples.length - 1);
  const edge = (gapMs: number) => (gapMs >= meanMs * 1.1 ? meanMs / 2 : gapMs);
  let toStartMs = edge(first.timeMs - window.startMs);
  if (counter && total > 0 && first.value >= 0) {
    toStartMs = Math.min(toStartMs, sampledMs * (first.value / total));
  }
  return total * ((sampledMs + toStartMs + edge(window.endMs - last.timeMs)) / sampledMs);
}

/** Growth a second between the last two samples (`irate`), or the plain difference (`idelta`). */
export function lastStep(samples: Samples, perSecond: boolean): number | undefined {
  const last = samples.at(-1);
  const previous = samples.at(-2);
  if (!last || !previous) return undefined;
  if (!perSecond) return last.value - previous.value;
  const grown = last.value < previous.value ? last.value : last.value - previous.value;
  return grown / ((last.timeMs - previous.timeMs) / 1000);
}

/** Least squares through the samples: value at `atMs`, and slope a second. */
export function regression(samples: Samples, atMs: number): { slope: number; intercept: number } | undefined {
  if (samples.length < 2) return undefined;
  const xs = samples.map((one) => (one.timeMs - atMs) / 1000);
  const meanX = mean(xs);
  const meanY = mean(samples.map((one) => one.value));
  let covariance = 0;
  let variance = 0;
  samples.forEach((one, index) => {
    const dx = xs[index]! - meanX;
    covariance += dx * (one.value - meanY);
    variance += dx * dx;
  });
  const slope = covariance / variance;
  return { slope, intercept: meanY - slope * meanX };
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Compensated (Neumaier) sum: long windows of small numbers keep their digits. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    if (Number.isFinite(next)) lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
}

export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

/** The φ-quantile, linear between neighbours. NaN sorts first. */
export function quantile(phi: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN;
  if (phi < 0) return Number.NEGATIVE_INFINITY;
  if (phi > 1) return Number.POSITIVE_INFINITY;
  const sorted = [...values].sort(byValue);
  const rank = phi * (sorted.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - lower;
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight;
}

/** Rising; NaN before everything. */
export function byValue(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
  if (Number.isNaN(b)) return 1;
  return a - b;
}

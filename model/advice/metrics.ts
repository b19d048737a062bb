/** Ranges and windows that mean something else than they seem to. */
import type { CanaryMetric } from '../canary';
import { failureThreshold, formatDuration, metricInterval, parseDuration } from '../defaults';
import type { Problem } from '../problem';
import { type Subject, warning } from './subject';

export const metricAdvice = (subject: Subject): Problem[] =>
  (subject.analysis.metrics ?? []).flatMap((metric, index) => {
    const path = `spec.analysis.metrics[${index}]`;
    return [
      ...percentAsFraction(metric, path),
      ...secondsAsMilliseconds(metric, path),
      ...perfection(metric, path),
      ...unlookedAt(metric, path, subject),
      ...repeated(metric, path, subject),
    ];
  });

const RATES = new Set(['request-success-rate', 'grpc-success-rate']);

const minOf = (metric: CanaryMetric): number | undefined =>
  RATES.has(metric.name) ? (metric.thresholdRange?.min ?? metric.threshold) : undefined;

function percentAsFraction(metric: CanaryMetric, path: string): Problem[] {
  const min = minOf(metric);
  if (min === undefined || min > 1 || min <= 0) return [];
  const message = `is a percentage: ${min} % lets a version pass that fails nearly every request`;
  return [warning(`${path}.thresholdRange.min`, min, message, `write ${Number((min * 100).toPrecision(6))}`)];
}

function secondsAsMilliseconds(metric: CanaryMetric, path: string): Problem[] {
  const max = metric.name === 'request-duration' ? (metric.thresholdRange?.max ?? metric.threshold) : undefined;
  if (max === undefined || max >= 5 || max <= 0) return [];
  const message = `is in milliseconds: hardly a request is answered within ${max} ms`;
  return [warning(`${path}.thresholdRange.max`, max, message, `write ${max * 1000} for ${max} s`)];
}

function perfection(metric: CanaryMetric, path: string): Problem[] {
  if (minOf(metric) !== 100) return [];
  const message = 'allows no failed request at all: one of thousands, of whatever cause, fails the check';
  return [warning(`${path}.thresholdRange.min`, 100, message, 'write 99.9, or what your users would notice')];
}

const windowOf = (metric: CanaryMetric): number | undefined => parseDuration(metricInterval(metric));

/** Between two windows nobody looks. */
function unlookedAt(metric: CanaryMetric, path: string, { schedule }: Subject): Problem[] {
  const window = windowOf(metric);
  if (window === undefined || window * 2 >= schedule.intervalMs) return [];
  const share = Math.round(100 - (100 * window) / schedule.intervalMs);
  const message = `looks back ${formatDuration(window)} of an interval of ${formatDuration(schedule.intervalMs)}: ${share} % of the time is never looked at`;
  return [warning(`${path}.interval`, metric.interval, message, `write ${formatDuration(schedule.intervalMs)}`)];
}

/** One burst of errors stays in the window for several analyses. */
function repeated(metric: CanaryMetric, path: string, { schedule, analysis }: Subject): Problem[] {
  const window = windowOf(metric);
  const times = window === undefined ? 0 : Math.ceil(window / schedule.intervalMs);
  if (times < 2 || times < failureThreshold(analysis)) return [];
  const message = `looks back ${formatDuration(window!)}, ${times} intervals: one burst of errors fails ${times} checks, and that is the threshold`;
  return [warning(`${path}.interval`, metric.interval, message, 'shorten the window, or raise the threshold')];
}

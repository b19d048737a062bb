/** Compares what a metric said with its range. No data and errors are verdicts of their own, never a pass. */
import type { CanaryMetric, ThresholdRange } from '../../model/canary';
import { formatDuration, formatFixed2, formatFloat } from '../../model/go-format';
import type { Measurement, MetricQuestion } from './question';

export interface Check {
  name: string;
  /** `inconclusive`: no or too little data, and the metric says to wait then. */
  verdict: 'pass' | 'fail' | 'noData' | 'inconclusive' | 'error';
  /** The event text; there whenever it is not a pass. */
  message?: string;
  value?: number;
  range?: ThresholdRange;
  /** Window of the query, such as `1m`. */
  window?: string;
  query?: string;
}

export const SUCCESS_RATE = 'request-success-rate';
export const GRPC_SUCCESS_RATE = 'grpc-success-rate';
export const DURATION = 'request-duration';

/** Judges one measurement. `canaryKey` is the `<cd>.<ns>` of the text. */
export function judge(question: MetricQuestion, measured: Measurement, canaryKey: string): Check {
  const verdict = verdictOf(question, measured, canaryKey);
  const { metric, source, variables } = question;
  const { query } = measured;
  return { ...verdict, range: rangeOf(metric, source), window: variables.interval, ...(query && { query }) };
}

function verdictOf(question: MetricQuestion, measured: Measurement, canaryKey: string): Check {
  const { metric } = question;
  if (measured.outcome === 'error') return { name: metric.name, verdict: 'error', message: measured.message };
  if (measured.outcome === 'noData') return withoutData(metric, measured.message);
  if (measured.samples !== undefined && measured.samples < (metric.minSamples ?? 0)) {
    const text = `Halt advancement not enough samples for metric ${metric.name}: ${formatFloat(measured.samples)} of ${metric.minSamples}`;
    return withoutData(metric, text);
  }
  const { value } = measured;
  const fault = Number.isFinite(value) ? outOfRange(value, rangeOf(metric, question.source)) : undefined;
  if (!Number.isFinite(value)) {
    return withoutData(metric, `Halt advancement no values found for metric: ${metric.name}`);
  }
  if (fault === undefined) return { name: metric.name, verdict: 'pass', value };
  return { name: metric.name, verdict: 'fail', value, message: haltText(question, value, fault, canaryKey) };
}

/** What no data means is the metric's own choice; by default it fails, as in the reference. */
function withoutData(metric: CanaryMetric, message: string): Check {
  const verdict = ({ fail: 'noData', pause: 'inconclusive', ignore: 'pass' } as const)[metric.noData ?? 'fail'];
  return { name: metric.name, verdict, message };
}

/** Which bound a value breaks: `min` before `max`, both inclusive. */
type Fault = { bound: 'min' | 'max'; limit: number };

function outOfRange(value: number, range: ThresholdRange): Fault | undefined {
  if (range.min !== undefined && value < range.min) return { bound: 'min', limit: range.min };
  if (range.max !== undefined && value > range.max) return { bound: 'max', limit: range.max };
  return undefined;
}

/** The deprecated `threshold` is a minimum for the built-in success rate and a maximum for everything else. */
function rangeOf(metric: CanaryMetric, source: MetricQuestion['source']): ThresholdRange {
  if (metric.thresholdRange) return metric.thresholdRange;
  const threshold = metric.threshold ?? 0;
  const isRate = metric.name === SUCCESS_RATE || metric.name === GRPC_SUCCESS_RATE;
  return source === 'builtin' && isRate ? { min: threshold } : { max: threshold };
}

function haltText(question: MetricQuestion, value: number, fault: Fault, canaryKey: string): string {
  const { metric, source } = question;
  const sign = fault.bound === 'min' ? '<' : '>';
  const halt = `Halt ${canaryKey} advancement`;
  if (source === 'builtin' && metric.name === SUCCESS_RATE) {
    return `${halt} success rate ${formatFixed2(value)}% ${sign} ${formatFloat(fault.limit)}%`;
  }
  if (source === 'builtin' && metric.name === DURATION) {
    return `${halt} request duration ${milliseconds(value)} ${sign} ${milliseconds(fault.limit)}`;
  }
  return `${halt} ${metric.name} ${formatFixed2(value)} ${sign} ${formatFloat(fault.limit)}`;
}

/** As the reference prints it: whole milliseconds, finer only below one (M2 keeps the fraction in the comparison). */
const milliseconds = (ms: number): string => formatDuration(Math.abs(ms) >= 1 ? Math.trunc(ms) : ms);

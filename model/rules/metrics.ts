/** Rules of `spec.analysis.metrics[]` and `alerts[]`. */
import type { Reader } from './shape';

export const BUILT_IN_METRICS: readonly string[] = ['request-success-rate', 'request-duration', 'grpc-success-rate'];

/** What users write: hours are Serin's addition, Graphite's `1min` starts like a duration. */
export const LOOSE_DURATION = /^[0-9]+(m|s|h)/;

export function metricRules(metric: Reader): void {
  const name = metric.text('name', { required: true, max: 1024 });
  metric.text('interval', {
    max: 32,
    pattern: LOOSE_DURATION,
    patternMessage: 'must be a duration',
    remedy: 'write it like 1m or 30s',
  });
  rangeRules(metric);
  sourceRules(metric, name);
  metric.textMap('templateVariables');
  dataRules(metric);
  namedReference(metric, 'templateRef');
}

/** What no and too little data mean. */
function dataRules(metric: Reader): void {
  metric.choice('noData', ['fail', 'pause', 'ignore']);
  metric.number('minSamples', { min: 1 });
}

function rangeRules(metric: Reader): void {
  metric.number('threshold', { fraction: true });
  const range = metric.inner('thresholdRange');
  if (!metric.has('thresholdRange') && !metric.has('threshold')) {
    metric.error('thresholdRange', 'is missing', 'set min, max or both');
  }
  if (!range) return;
  if (!range.has('min') && !range.has('max')) metric.error('thresholdRange', 'is empty', 'set min, max or both');
  const min = range.number('min', { fraction: true });
  const max = range.number('max', { fraction: true });
  if (min !== undefined && max !== undefined && min > max) {
    metric.error('thresholdRange', 'has its min above its max', 'swap them');
  }
}

function sourceRules(metric: Reader, name: string | undefined): void {
  metric.text('query', { max: 8192 });
  const builtIn = name !== undefined && BUILT_IN_METRICS.includes(name);
  const sources = ['templateRef', 'query'].filter((field) => metric.has(field));
  if (!builtIn && sources.length === 0 && name !== undefined) {
    metric.error(
      'templateRef',
      'is missing',
      `a metric other than ${BUILT_IN_METRICS.join(' and ')} needs templateRef or query`,
    );
  }
  if (sources.length === 2) metric.error('query', 'is given beside templateRef', 'keep one of them');
}

export function alertRules(alert: Reader): void {
  alert.text('name', { required: true, max: 1024 });
  alert.choice('severity', ['', 'info', 'warn', 'error']);
  if (!alert.has('providerRef')) alert.error('providerRef', 'is missing', 'name an AlertProvider');
  namedReference(alert, 'providerRef');
}

/** A reference to another object; whether it may be in another namespace is a rule of rules/references.ts. */
export function namedReference(reader: Reader, field: string): void {
  const reference = reader.inner(field);
  reference?.text('name', { required: true, min: 1, max: 253 });
  reference?.text('namespace', { max: 63 });
}

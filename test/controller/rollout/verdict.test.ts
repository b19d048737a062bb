/** What a measurement means: bounds, texts, and everything that is no value. */
import type { Measurement, MetricQuestion } from '../../../controller/rollout/question';
import { judge } from '../../../controller/rollout/verdict';
import type { CanaryMetric } from '../../../model/canary';

const KEY = 'podinfo.test';

const question = (metric: Partial<CanaryMetric>, source: MetricQuestion['source'] = 'inline'): MetricQuestion => ({
  ask: 'metric',
  id: 'metric/0/inline',
  metric: { name: 'errors', ...metric },
  source,
  provider: 'istio',
  metricsServer: 'http://prometheus:9090',
  variables: {
    name: 'podinfo',
    namespace: 'test',
    target: 'podinfo',
    service: 'podinfo',
    ingress: 'podinfo',
    route: 'podinfo',
    interval: '1m',
    variables: {},
  },
});

const value = (number: number, samples?: number): Measurement => ({
  outcome: 'value',
  value: number,
  query: 'q',
  ...(samples !== undefined && { samples }),
});

test.each<[string, CanaryMetric['thresholdRange'], number, 'pass' | 'fail', string | undefined]>([
  ['on the minimum', { min: 99 }, 99, 'pass', undefined],
  ['below it', { min: 99 }, 98.999, 'fail', 'Halt podinfo.test advancement errors 99.00 < 99'],
  ['on the maximum', { max: 0.5 }, 0.5, 'pass', undefined],
  ['above it', { max: 0.5 }, 0.51, 'fail', 'Halt podinfo.test advancement errors 0.51 > 0.5'],
  ['between both', { min: 1, max: 2 }, 1.5, 'pass', undefined],
  [
    'the minimum is named before the maximum',
    { min: 3, max: 2 },
    2.5,
    'fail',
    'Halt podinfo.test advancement errors 2.50 < 3',
  ],
  ['zero is a value', { max: 0 }, 0, 'pass', undefined],
])('a range: %s', (_, thresholdRange, number, verdict, message) => {
  const check = judge(question({ ...(thresholdRange && { thresholdRange }) }), value(number), KEY);
  expect(check).toEqual({
    name: 'errors',
    verdict,
    value: number,
    range: thresholdRange,
    window: '1m',
    query: 'q',
    ...(message && { message }),
  });
});

test.each<[string, MetricQuestion['source'], number, 'pass' | 'fail']>([
  ['request-success-rate', 'builtin', 98, 'fail'],
  ['request-success-rate', 'builtin', 99, 'pass'],
  ['grpc-success-rate', 'builtin', 98, 'fail'],
  ['grpc-success-rate', 'inline', 98, 'pass'],
  ['request-duration', 'builtin', 98, 'pass'],
  ['request-duration', 'builtin', 100, 'fail'],
  ['request-success-rate', 'inline', 100, 'fail'],
])('threshold 99 of %s (%s) against %d: %s', (name, source, number, verdict) => {
  expect(judge(question({ name, threshold: 99 }, source), value(number), KEY).verdict).toBe(verdict);
});

test('without any bound the maximum is zero, as in the reference', () => {
  expect(judge(question({}), value(0.1), KEY)).toMatchObject({ verdict: 'fail', range: { max: 0 } });
});

test.each([
  ['request-success-rate', 97.5, 'Halt podinfo.test advancement success rate 97.50% < 99%', { min: 99 }],
  ['request-duration', 512.7, 'Halt podinfo.test advancement request duration 512ms > 500ms', { max: 500 }],
  ['request-duration', 0.5, 'Halt podinfo.test advancement request duration 500µs > 100µs', { max: 0.1 }],
  ['grpc-success-rate', 97.5, 'Halt podinfo.test advancement grpc-success-rate 97.50 < 99', { min: 99 }],
])('the text of %s at %d', (name, number, message, thresholdRange) => {
  expect(judge(question({ name, thresholdRange }, 'builtin'), value(number), KEY)).toMatchObject({
    verdict: 'fail',
    message,
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'A#180: %d is no data, never a pass',
  (number) => {
    const message = 'Halt advancement no values found for metric: errors';
    const wide = { min: -1e300, max: 1e300 };
    expect(judge(question({ thresholdRange: wide }), value(number), KEY)).toMatchObject({ verdict: 'noData', message });
    expect(judge(question({ thresholdRange: {} }), value(number), KEY)).toMatchObject({ verdict: 'noData', message });
  },
);

test.each([
  [undefined, 'noData'],
  ['fail', 'noData'],
  ['pause', 'inconclusive'],
  ['ignore', 'pass'],
] as const)('no data with noData: %s is %s', (noData, verdict) => {
  const metric = noData === undefined ? {} : { noData };
  const nothing: Measurement = { outcome: 'noData', message: 'nothing found', query: 'q' };
  expect(judge(question(metric), nothing, KEY)).toMatchObject({ verdict, message: 'nothing found' });
});

test('too few samples are no data; as many as wanted are enough', () => {
  const metric = { minSamples: 10, thresholdRange: { min: 0 } };
  expect(judge(question(metric), value(1, 9), KEY)).toMatchObject({
    verdict: 'noData',
    message: 'Halt advancement not enough samples for metric errors: 9 of 10',
  });
  expect(judge(question(metric), value(1, 10), KEY).verdict).toBe('pass');
  expect(judge(question({ thresholdRange: { min: 0 } }), value(1, 0), KEY).verdict).toBe('pass');
});

test('an outage is an error of its own, neither pass nor fail', () => {
  const outage: Measurement = { outcome: 'error', reason: 'QueryFailed', message: 'connection refused' };
  expect(judge(question({}), outage, KEY)).toEqual({
    name: 'errors',
    verdict: 'error',
    message: 'connection refused',
    range: { max: 0 },
    window: '1m',
  });
});

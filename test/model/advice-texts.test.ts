/** What `advise` tells people, at the edges of each piece of advice, as the golden file has it. */
import { join } from 'node:path';
import { advise } from '../../model/advise';
import type { AlertProvider, CanaryAnalysis, CanaryMetric, MetricTemplate } from '../../model/canary';
import { problemText } from '../../model/validate';
import { expectGolden } from '../golden';
import { all, type Change, set } from './mistakes';
import { aCanary } from './tutorial';

const rate = (more: Partial<CanaryMetric>): CanaryMetric => ({ name: 'request-success-rate', interval: '1m', ...more });
const duration = (more: Partial<CanaryMetric>): CanaryMetric => ({ name: 'request-duration', interval: '1m', ...more });
const OK = rate({ thresholdRange: { min: 99 } });

const BASE: CanaryAnalysis = { interval: '1m', threshold: 2, stepWeight: 10, maxWeight: 50, metrics: [OK] };
const steps = (...stepWeights: number[]) => ({ stepWeights, stepWeight: undefined, maxWeight: undefined });
const rounds = (iterations: number) => ({ iterations, stepWeight: undefined, maxWeight: undefined });
const hook = (type?: string) => ({ webhooks: [{ name: 'h', url: 'http://x.test/', ...(type && { type }) }] });
const MATCH = { match: [{ headers: { a: { exact: 'b' } } }] };

const analyses: object[] = [
  {},
  { metrics: undefined },
  { metrics: [], ...hook() },
  ...['rollout', 'rollback', 'confirm-rollout'].map((type) => ({ metrics: [], ...hook(type) })),
  ...[0, 1, 5, 6].map((threshold) => ({ threshold })),
  { threshold: 1, metrics: [] },
  { threshold: 6, thresholdCounts: 'consecutive' },
  { metrics: [rate({ noData: 'ignore' }), duration({ threshold: 500, noData: 'ignore' })] },
  { metrics: [rate({ noData: 'ignore', threshold: 99 }), duration({ threshold: 500, noData: 'pause' })] },
  ...['2h24m', '2h25m', '61s', '10m'].map((interval) => ({ interval })),
  ...[25, 34, 50, 51, 100].map((stepWeight) => ({ stepWeight })),
  ...[10, 19, 20, 100].map((maxWeight) => ({ maxWeight, stepWeight: 5 })),
  { stepWeight: 30, maxWeight: undefined },
  { stepWeight: 0 },
  ...[[50], [51, 100], [1, 19], [1, 20], [5, 10, 50]].map((weights) => steps(...weights)),
  ...[1, 2, 5].map(rounds),
  { ...rounds(1), ...MATCH },
  { ...rounds(1), mirror: true },
  { ...rounds(0), ...steps(50) },
  { mirror: true },
  { mirror: true, ...MATCH },
  { ...steps(50), mirror: true },
  ...[0, 0.5, 1, 1.5, 0.123456789, 99.99, 100].flatMap((bound) => [
    { metrics: [rate({ thresholdRange: { min: bound } })] },
    { metrics: [rate({ name: 'grpc-success-rate', threshold: bound })] },
    { metrics: [rate({ name: 'mine', query: 'up', thresholdRange: { min: bound } })] },
  ]),
  ...[0, 0.5, 4.9, 5].flatMap((bound) => [
    { metrics: [duration({ thresholdRange: { max: bound } })] },
    { metrics: [duration({ threshold: bound })] },
  ]),
  ...['29s', '30s', '1m', '61s', '2m', '121s', '5m', 'soon', undefined].flatMap((interval) => [
    { metrics: [rate({ thresholdRange: { min: 99 }, interval } as Partial<CanaryMetric>)] },
    { metrics: [rate({ thresholdRange: { min: 99 }, interval } as Partial<CanaryMetric>)], threshold: 3 },
  ]),
];

const specs: Record<string, Change> = {
  'analysis skipped': set('skipAnalysis', true),
  'a deadline of an interval': set('progressDeadlineSeconds', 60),
  'a deadline below an interval': set('progressDeadlineSeconds', 59),
  'without a mesh': all(set('provider', 'kubernetes'), set('analysis.stepWeight', undefined)),
};

const traffic = (requestsPerSecond: number, metric: CanaryMetric, more: object = {}) => ({
  requestsPerSecond,
  analysis: { ...BASE, metrics: [metric], ...more },
});

const volumes = [
  ...[16, 17, 100].map((requests) => traffic(requests, OK)),
  ...[1, 99.5, 99.95, 100].map((min) => traffic(16, rate({ thresholdRange: { min } }))),
  traffic(3, rate({ threshold: 99 })),
  traffic(3, rate({ name: 'grpc-success-rate', threshold: 98 })),
  traffic(3, rate({ name: 'mine', query: 'up', thresholdRange: { min: 99 } })),
  traffic(16, duration({ thresholdRange: { max: 500 } })),
  traffic(17, duration({ threshold: 500 })),
  traffic(0, duration({ threshold: 500, interval: '30s' })),
  traffic(16, duration({ threshold: 500, interval: 'soon' })),
  traffic(16, rate({})),
  traffic(1, OK, rounds(3)),
];

const of = (canary: Parameters<typeof advise>[0], options?: Parameters<typeof advise>[1]): string[] =>
  advise(canary, options).map((problem) => `  ${problemText(problem)}`);

const aTemplate = (query: string, type = 'prometheus') =>
  ({ kind: 'MetricTemplate', spec: { query, provider: { type } } }) as MetricTemplate;

const templates = [
  'up',
  'sum(rate(errors{ns="{{ namespace }}"}[{{ interval }}]))',
  'sum(rate(errors{ns="{{ namespace }}"}[1m]))',
  'sum(rate(errors{ns="{{- .namespace }}"}[90s]))',
  'sum(rate(errors{pod=~"{{ target }}.*"}[1m])) / sum(rate(errors[{{interval}}]))',
  'sum(rate(errors[1m]))',
  'errors{a="{{ variables.a }}"}[100ms]',
  'errors{a="{{ intervals }}", b="{{ route }}"}[5h]',
];

const addresses = [
  undefined,
  'https://hooks.slack.com/x',
  'https://chat.test/webhook/1',
  'https://a.test/services/x',
  'https://a.test/',
];

test('advice about analyses', () => {
  const change = (analysis: object) => set('analysis', JSON.parse(JSON.stringify({ ...BASE, ...analysis })));
  expectGolden(join(__dirname, 'advice-texts.txt'), [
    ...analyses.flatMap((analysis) => [JSON.stringify(analysis), ...of(aCanary(change(analysis)))]),
    ...Object.entries(specs).flatMap(([title, spec]) => [title, ...of(aCanary(all(change({}), spec)))]),
    ...volumes.flatMap(({ requestsPerSecond, analysis }) => [
      `${requestsPerSecond}/s ${JSON.stringify(analysis)}`,
      ...of(aCanary(change(analysis)), { requestsPerSecond }),
    ]),
    ...['prometheus', 'datadog'].flatMap((type) =>
      templates.flatMap((query) => [`${type} ${query}`, ...of(aTemplate(query, type))]),
    ),
    ...addresses.flatMap((address) => [
      `address ${address}`,
      ...of({ kind: 'AlertProvider', spec: { type: 'slack', address } } as AlertProvider),
    ]),
  ]);
});

test('there is none about other kinds', () => {
  expect(advise({ kind: 'Service', metadata: { name: 'a' } } as never)).toEqual([]);
});

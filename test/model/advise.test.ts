/** `advise`: one policy for each piece of advice, and the tutorial, about which there is none. */
import { type AdviseOptions, advise } from '../../model/advise';
import type { AlertProvider, MetricTemplate } from '../../model/canary';
import { all, type Change, iterations, metric, set } from './mistakes';
import { aCanary } from './tutorial';

const about = (change?: Change, options?: AdviseOptions) =>
  advise(aCanary(change), options).map(({ path, message, severity, remedy }) => {
    expect([severity, remedy === '']).toEqual(['warning', false]);
    return `${path} ${message}`;
  });

test('nothing is said about the tutorial', () => {
  expect(about()).toEqual([]);
  expect(about(undefined, { requestsPerSecond: 100 })).toEqual([]);
});

const rate = (min: number, more = {}) => metric({ name: 'request-success-rate', thresholdRange: { min }, ...more });

test.each<[string, Change, RegExp]>([
  ['skipped analysis', set('skipAnalysis', true), /^spec\.skipAnalysis promotes every version/],
  [
    'no judge',
    all(set('analysis.metrics', []), set('analysis.webhooks', [])),
    /^spec\.analysis\.metrics nothing judges/,
  ],
  ['threshold', set('analysis.threshold', 6), /^spec\.analysis\.threshold is more than the 5 analyses of a run/],
  ['hair trigger', set('analysis.threshold', 1), /^spec\.analysis\.threshold rolls back at the first failed check/],
  ['nobody looks', rate(99, { noData: 'ignore' }), /^spec\.analysis\.metrics\[0\]\.noData is ignore for every metric/],
  [
    'slow',
    all(set('analysis.interval', '3h'), set('progressDeadlineSeconds', 20_000), rate(99, { interval: '3h' })),
    /^spec\.analysis\.interval makes a release take at least 15h0m0s \(5 steps\)/,
  ],
  [
    'one step',
    all(set('analysis.stepWeight', 50), set('analysis.threshold', 1)),
    /^spec\.analysis\.stepWeight leaves one analysis/,
  ],
  [
    'big first step',
    all(set('analysis.stepWeight', undefined), set('analysis.stepWeights', [60, 100]), set('analysis.threshold', 2)),
    /^spec\.analysis\.stepWeights gives 60 % of the users/,
  ],
  [
    'small last step',
    all(set('analysis.maxWeight', 10), set('analysis.stepWeight', 2)),
    /^spec\.analysis\.maxWeight promotes a version that never had more than 10 %/,
  ],
  [
    'deadline',
    set('progressDeadlineSeconds', 30),
    /^spec\.progressDeadlineSeconds is shorter than one interval \(1m0s\)/,
  ],
  ['mirror', all(iterations, set('analysis.mirror', true)), /^spec\.analysis\.mirror sends each request twice/],
  ['fraction', rate(0.99), /^spec\.analysis\.metrics\[0\]\.thresholdRange\.min is a percentage: 0\.99 %/],
  [
    'seconds',
    metric({ name: 'request-duration', thresholdRange: { max: 0.5 } }),
    /^spec\.analysis\.metrics\[0\]\.thresholdRange\.max is in milliseconds/,
  ],
  ['perfection', rate(100), /^spec\.analysis\.metrics\[0\]\.thresholdRange\.min allows no failed request/],
  [
    'gaps',
    rate(99, { interval: '15s' }),
    /^spec\.analysis\.metrics\[0\]\.interval looks back 15s of an interval of 1m0s: 75 %/,
  ],
  [
    'bursts',
    rate(99, { interval: '5m' }),
    /^spec\.analysis\.metrics\[0\]\.interval looks back 5m0s, 5 intervals: one burst/,
  ],
])('%s', (_, change, text) => expect(about(change)).toContainEqual(expect.stringMatching(text)));

test('thresholds that count failures in a row are always in reach', () => {
  expect(about(all(set('analysis.threshold', 6), set('analysis.thresholdCounts', 'consecutive')))).toEqual([]);
});

test('too few requests to tell bad from unlucky', () => {
  const [problem] = advise(aCanary(rate(99)), { requestsPerSecond: 5 });
  expect(problem).toMatchObject({ path: 'spec.analysis.metrics[0]', value: 'request-success-rate' });
  expect(problem?.message).toBe(
    'sees about 30 requests at the first step (10 % of 5/s in 1m): 100 are needed, with fewer a single failed request fails the check',
  );
  expect(problem?.remedy).toContain('look back 200s');
  expect(about(rate(99.9), { requestsPerSecond: 100 })).toHaveLength(1);
  expect(about(rate(99), { requestsPerSecond: 20 })).toEqual([]);
});

const template = (query: string) =>
  ({
    kind: 'MetricTemplate',
    metadata: { name: 't' },
    spec: { provider: { type: 'prometheus' }, query },
  }) as MetricTemplate;

test.each([
  ['rate(errors{pod=~"{{ target }}-.*"}[{{ interval }}])', []],
  ['sum(rate(errors[{{ interval }}]))', [/names no Canary/]],
  ['rate(errors{app="{{ name }}"}[5m])', [/has a window of its own/]],
])('template %s', (query, texts) => {
  const found = advise(template(query)).map(({ message }) => message);
  expect(found).toEqual(texts.map((text) => expect.stringMatching(text)));
});

test('the address of a chat is a secret, and is not shown', () => {
  const provider = (address: string) =>
    ({ kind: 'AlertProvider', metadata: { name: 'a' }, spec: { type: 'slack', address } }) as AlertProvider;
  const [problem] = advise(provider('https://hooks.slack.test/services/T0/B0/key'));
  expect(problem?.message).toMatch(/is a secret/);
  expect(JSON.stringify(problem)).not.toContain('T0/B0');
  expect(advise(provider('http://chat.test/'))).toEqual([]);
});

test('other kinds are no business of ours', () => {
  expect(advise({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } })).toEqual([]);
});

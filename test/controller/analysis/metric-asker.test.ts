import { MetricAsker } from '../../../controller/analysis/metric-asker';
import type { MetricQuestion } from '../../../controller/rollout/question';
import { ManualClock } from '../gates/manual-clock';
import { inTurn, type Reply } from '../gates/scripted-http';
import { aQuestion, aTemplate, aTemplateQuestion, VARIABLES, vector } from './questions';

const RATE = { name: 'request-success-rate', thresholdRange: { min: 99 } };
const DURATION = { name: 'request-duration', thresholdRange: { max: 500 } };
const INLINE = { name: 'my metric', query: 'sum(x{a="{{ target }}"})', thresholdRange: { max: 1 } };

type Secrets = Record<string, Record<string, string>>;

function asked(reply: Reply, secrets: Secrets = {}) {
  const { http, requests } = inTurn(reply);
  const clock = new ManualClock();
  const secret = async (namespace: string, name: string) => secrets[`${namespace}/${name}`];
  const asker = new MetricAsker({ http, clock, secret });
  const queryOf = (index: number) => new URL(requests[index]?.url ?? '').searchParams.get('query');
  return {
    requests,
    queryOf,
    measure: (question: MetricQuestion) => clock.runUntil(asker.measure(question)),
    probe: (...questions: MetricQuestion[]) => clock.runUntil(asker.probe(questions)),
  };
}

const ok = (...values: string[]): Reply => ({ status: 200, body: vector(...values) });
const inline = (more: Partial<MetricQuestion> = {}) => aQuestion(INLINE, { source: 'inline', ...more });

describe('values', () => {
  test('a success rate is percent', async () => {
    const measured = await asked(ok('99.8765')).measure(aQuestion(RATE));
    expect(measured).toMatchObject({
      outcome: 'value',
      value: 99.8765,
      query: expect.stringContaining('istio_requests_total'),
    });
  });

  test('M2: a duration is milliseconds with its fraction', async () => {
    expect(await asked(ok('0.4375')).measure(aQuestion(DURATION))).toMatchObject({ value: 0.4375 });
    expect(await asked(ok('0.2505')).measure(aQuestion(DURATION, { provider: 'kubernetes' }))).toMatchObject({
      value: 250.5,
    });
  });

  test('F#739: inline and template queries are rendered, and may compare with the primary', async () => {
    const first = asked(ok('1'));
    expect(await first.measure(inline())).toEqual({ outcome: 'value', value: 1, query: 'sum(x{a="podinfo"})' });
    expect(first.requests[0]?.url).toMatch('http://prometheus:9090/api/v1/query?');
    const second = asked(ok('2'));
    const template = aTemplate('x{w="{{ primary }}"}[{{ interval }}]');
    expect(await second.measure(aTemplateQuestion(template))).toEqual({
      outcome: 'value',
      value: 2,
      query: 'x{w="podinfo-primary"}[1m]',
    });
    expect(second.requests[0]?.url).toMatch('http://thanos:9090/api/api/v1/query?');
  });

  test('M1: a metric without interval has a window of 1m', async () => {
    const variables = { ...VARIABLES, interval: '' };
    const first = asked(ok('1'));
    await first.measure(aTemplateQuestion(aTemplate('x[{{ interval }}]'), { variables }));
    await first.measure(aQuestion(RATE, { variables }));
    expect(first.queryOf(0)).toBe('x[1m]');
    expect(first.queryOf(1)).toContain('[1m]');
  });
});

const tail = ': running query failed: no values found';

test.each<[string, MetricQuestion, string]>([
  [
    'success rate',
    aQuestion(RATE),
    `Halt advancement no values found for istio metric request-success-rate probably podinfo.test is not receiving traffic${tail}`,
  ],
  [
    'duration',
    aQuestion(DURATION, { provider: 'kubernetes:service' }),
    'Halt advancement no values found for kubernetes:service metric request-duration probably podinfo.test is not receiving traffic',
  ],
  ['inline', inline(), 'Halt advancement no values found for metric: my metric'],
  [
    'template',
    aTemplateQuestion(aTemplate('x')),
    'Halt advancement no values found for custom metric: error rate: no values found',
  ],
])('no data: %s', async (_what, question, message) => {
  for (const reply of [ok(), ok('NaN'), ok('+Inf')]) {
    expect(await asked(reply).measure(question)).toMatchObject({ outcome: 'noData', message });
  }
});

describe('errors', () => {
  test.each<[string, MetricQuestion, string]>([
    ['built-in', aQuestion(RATE), 'Prometheus query failed: running query failed: error response 503: down'],
    ['inline', inline(), 'Prometheus query failed for my metric: error response 503: down'],
    ['template', aTemplateQuestion(aTemplate('x')), 'Metric query failed for error rate: error response 503: down'],
  ])('an outage is an error, never a value: %s', async (_what, question, message) => {
    const measured = await asked({ status: 503, body: 'down' }).measure(question);
    expect(measured).toEqual({ outcome: 'error', reason: 'QueryFailed', message });
  });

  test.each<[string, MetricQuestion, string, string]>([
    [
      'no template',
      aTemplateQuestion(undefined),
      'TemplateNotFound',
      'Metric template errors.monitoring error: metrictemplates.flagger.app "errors" not found',
    ],
    [
      'no secret',
      aTemplateQuestion(aTemplate('x', { secretRef: { name: 's' } })),
      'SecretNotFound',
      'Metric template errors.monitoring secret s error: secrets "s" not found',
    ],
    [
      'a provider without its secret',
      aTemplateQuestion(aTemplate('x', { type: 'datadog' })),
      'ProviderInvalid',
      'Metric template errors.monitoring provider datadog error: a secretRef is needed, with the keys datadog_api_key and datadog_application_key',
    ],
    [
      'keptn',
      aTemplateQuestion(aTemplate('x', { type: 'keptn' })),
      'ProviderInvalid',
      'Metric template errors.monitoring provider keptn error: Serin does not ask Keptn, which the CNCF has archived: ask the metric server behind it with its own provider type',
    ],
    [
      'a provider that the schema does not know',
      aTemplateQuestion(aTemplate('x', { type: 'wavefront' as 'keptn' })),
      'ProviderInvalid',
      'Metric template errors.monitoring provider wavefront error: there is no such provider, there are cloudwatch, datadog, dynatrace, externalmetrics, graphite, influxdb, keptn, newrelic, prometheus, splunk, stackdriver',
    ],
    [
      'no address',
      aTemplateQuestion(aTemplate('x', { address: '' })),
      'ProviderInvalid',
      "Metric template errors.monitoring provider prometheus error: the address '' is not a URL such as http://prometheus:9090",
    ],
    [
      'bad template',
      aTemplateQuestion(aTemplate('{{ variables.x }}')),
      'TemplateInvalid',
      'Metric template errors.monitoring query render error: line 1, column 13: map has no entry for key "x" (it has none)',
    ],
    [
      'bad inline query',
      aQuestion({ ...INLINE, query: '{{ nope }}' }, { source: 'inline' }),
      'TemplateInvalid',
      'Prometheus query failed for my metric: query render error: line 1, column 4: function "nope" not defined',
    ],
    [
      'bad server',
      aQuestion(RATE, { metricsServer: 'prometheus' }),
      'ProviderInvalid',
      "Error building Prometheus client for prometheus the address 'prometheus' is not a URL such as http://prometheus:9090",
    ],
    [
      'no source',
      aQuestion({ name: 'x' }),
      'NoSource',
      'Metric query failed for no usable metrics template and query were configured',
    ],
    [
      'no inline query',
      aQuestion({ name: 'x' }, { source: 'inline' }),
      'NoSource',
      'Metric query failed for no usable metrics template and query were configured',
    ],
    [
      'several series',
      aQuestion(RATE),
      'QueryFailed',
      'Prometheus query failed: running query failed: query returned 2 series with different values, expected one: aggregate them, for example with sum()',
    ],
  ])('%s', async (_what, question, reason, message) => {
    expect(await asked(ok('1', '2')).measure(question)).toMatchObject({ outcome: 'error', reason, message });
  });

  test('a secret that cannot be read, a secret without the keys', async () => {
    const template = aTemplateQuestion(aTemplate('x', { secretRef: { name: 's' } }));
    const half = asked(ok('1'), { 'monitoring/s': { username: 'u' } });
    expect(await half.measure(template)).toMatchObject({
      reason: 'ProviderInvalid',
      message: expect.stringContaining('the key token'),
    });
    const clock = new ManualClock();
    const secret = () => Promise.reject(new Error('forbidden'));
    const asker = new MetricAsker({ http: inTurn(ok('1')).http, clock, secret });
    expect(await asker.measure(template)).toMatchObject({
      reason: 'SecretNotFound',
      message: 'Metric template errors.monitoring secret s error: forbidden',
    });
  });
});

test('the secret is read in the namespace of the template', async () => {
  const template = aTemplateQuestion(aTemplate('x', { secretRef: { name: 's' }, insecureSkipVerify: true }));
  const { measure, requests } = asked(ok('1'), { 'monitoring/s': { token: 't\n' } });
  await measure(template);
  expect(requests[0]).toMatchObject({ headers: { authorization: 'Bearer t' }, insecureSkipVerify: true });
});

describe('probe', () => {
  test('every server answers', async () => {
    const { probe, queryOf } = asked(ok('1'));
    expect(await probe(aQuestion(RATE), aTemplateQuestion(aTemplate('x')))).toEqual({ ok: true });
    expect([queryOf(0), queryOf(1)]).toEqual(['vector(1)', 'vector(1)']);
  });

  test.each<[string, MetricQuestion, string]>([
    ['built-in', aQuestion(RATE), 'prometheus not avaiable: error response 503: down'],
    [
      'template',
      aTemplateQuestion(aTemplate('x')),
      'prometheus in metric template errors.monitoring not avaiable: error response 503: down',
    ],
    [
      'no template',
      aTemplateQuestion(undefined),
      'metric template errors.monitoring error: metrictemplates.flagger.app "errors" not found',
    ],
    [
      'no secret',
      aTemplateQuestion(aTemplate('x', { secretRef: { name: 's' } })),
      'metric template errors.monitoring secret s error: secrets "s" not found',
    ],
    [
      'another type',
      aTemplateQuestion(aTemplate('x', { type: 'graphite' })),
      'graphite in metric template errors.monitoring not avaiable: error response 503: down',
    ],
    [
      'a type that cannot be made',
      aTemplateQuestion(aTemplate('x', { type: 'keptn' })),
      'metric template errors.monitoring provider keptn error: Serin does not ask Keptn',
    ],
    ['bad server', aQuestion(RATE, { metricsServer: 'x' }), 'error building Prometheus client for x '],
  ])('%s', async (_what, question, message) => {
    const answer = await asked({ status: 503, body: 'down' }).probe(question);
    expect(answer).toEqual({ ok: false, message: expect.stringContaining(message) });
  });
});

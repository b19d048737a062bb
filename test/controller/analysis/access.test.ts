/** Who we are to a Prometheus, and whom we trust: from a template's secret, and for the server of built-in metrics (M12). */
import { type BuiltinServer, MetricAsker } from '../../../controller/analysis/metric-asker';
import type { MetricQuestion } from '../../../controller/rollout/question';
import type { CanaryMetric } from '../../../model/canary';
import { ManualClock } from '../gates/manual-clock';
import { type Reply, scriptedHttp } from '../gates/scripted-http';
import { aQuestion, aTemplate, aTemplateQuestion, vector } from './questions';

const PEM = { ca: 'CA PEM', cert: 'CERT PEM', key: 'KEY PEM' };
const RATE: CanaryMetric = { name: 'request-success-rate', thresholdRange: { min: 99 } };

function asked(secrets: Record<string, Record<string, string>>, builtinServer?: BuiltinServer, reply?: Reply) {
  const { http, requests } = scriptedHttp(({ url }) => {
    const query = new URL(url).searchParams.get('query') ?? '';
    return reply ?? { status: 200, body: vector(query.includes('increase') ? '123.4' : '99') };
  });
  const clock = new ManualClock();
  const secret = async (namespace: string, name: string) => secrets[`${namespace}/${name}`];
  const asker = new MetricAsker({ http, clock, secret, ...(builtinServer && { builtinServer }) });
  const measure = (question: MetricQuestion) => clock.runUntil(asker.measure(question));
  return { requests, clock, asker, measure };
}

describe('a template', () => {
  const question = aTemplateQuestion(aTemplate('x', { address: 'https://prometheus', secretRef: { name: 's' } }));

  test.each<[string, Record<string, string>, object]>([
    [
      'a token and a CA',
      { token: 't', caCert: PEM.ca },
      { tls: { ca: PEM.ca }, headers: { authorization: 'Bearer t' } },
    ],
    [
      'a client certificate alone',
      { clientCert: PEM.cert, clientKey: PEM.key },
      { tls: { cert: PEM.cert, key: PEM.key } },
    ],
    ['a kubernetes.io/tls secret', { 'ca.crt': PEM.ca, 'tls.crt': PEM.cert, 'tls.key': PEM.key }, { tls: PEM }],
    [
      'a password and a client certificate',
      { username: 'u', password: 'p', caCert: PEM.ca, clientCert: PEM.cert, clientKey: PEM.key },
      { tls: PEM, headers: { authorization: 'Basic dTpw' } },
    ],
  ])('with %s', async (_what, secret, request) => {
    const { measure, requests } = asked({ 'monitoring/s': secret });
    expect(await measure(question)).toMatchObject({ outcome: 'value', value: 99 });
    expect(requests).toMatchObject([request]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['half a certificate', { token: 't', clientKey: PEM.key }, 'the secret has only one of clientCert and clientKey'],
    ['half a password', { password: 'p', caCert: PEM.ca }, 'the secret must have the key token, or the keys username'],
    ['nothing', {}, 'the secret must have the key token, or the keys username and password'],
  ])('with %s is refused', async (_what, secret, why) => {
    const { measure, requests } = asked({ 'monitoring/s': secret });
    const message = expect.stringContaining(`Metric template errors.monitoring provider prometheus error: ${why}`);
    expect(await measure(question)).toMatchObject({ outcome: 'error', reason: 'ProviderInvalid', message });
    expect(requests).toEqual([]);
  });
});

describe('M12: the server of built-in metrics', () => {
  const address = 'https://prometheus:9090';
  const known: BuiltinServer = {
    address,
    secret: { namespace: 'serin', name: 'prometheus' },
    timeoutMs: 2000,
    insecureSkipVerify: true,
  };
  const secrets = { 'serin/prometheus': { token: 't', caCert: PEM.ca } };
  const builtin = aQuestion(RATE, { metricsServer: address });
  const inline = aQuestion({ name: 'x', query: 'up' }, { source: 'inline', metricsServer: address });

  test('gets its credentials, settings and time', async () => {
    const { asker, measure, requests, clock } = asked(secrets, known);
    for (const question of [builtin, inline]) expect(await measure(question)).toMatchObject({ value: 99 });
    await clock.runUntil(asker.probe([builtin]));
    const request = {
      headers: { authorization: 'Bearer t' },
      tls: { ca: PEM.ca },
      timeoutMs: 2000,
      insecureSkipVerify: true,
    };
    expect(requests).toMatchObject([request, request, request]);
    const slow = asked(secrets, known, 'hangs');
    expect(await slow.measure(builtin)).toMatchObject({
      outcome: 'error',
      message: `Prometheus query failed: running query failed: request to ${address} failed: no answer within 2s`,
    });
  });

  test('another server, named by a Canary, does not', async () => {
    const { measure, requests } = asked(secrets, known);
    await measure({ ...builtin, metricsServer: 'https://prometheus:9090/evil' });
    await measure({ ...builtin, metricsServer: 'https://evil:9090' });
    for (const request of requests) {
      expect(request).toMatchObject({ insecureSkipVerify: false, timeoutMs: 5000 });
      expect(request.headers).not.toHaveProperty('authorization');
      expect(request).not.toHaveProperty('tls');
    }
    expect(requests).toHaveLength(2);
  });

  test('a secret that is not there is an error, not an anonymous request', async () => {
    const { asker, measure, requests } = asked({}, known);
    const message = `Error building Prometheus client for ${address} secrets "prometheus" not found`;
    expect(await measure(builtin)).toEqual({ outcome: 'error', reason: 'ProviderInvalid', message });
    expect(await asker.probe([builtin])).toEqual({ ok: false, message: message.replace('Error', 'error') });
    expect(requests).toEqual([]);
  });
});

describe('how many requests a value is made from', () => {
  const wanting = (metric: CanaryMetric, provider = 'istio') => aQuestion({ ...metric, minSamples: 10 }, { provider });

  test('is asked when somebody wants to know', async () => {
    const { measure, requests } = asked({});
    expect(await measure(wanting(RATE))).toMatchObject({ outcome: 'value', value: 99, samples: 123.4 });
    expect(await measure(aQuestion(RATE))).not.toHaveProperty('samples');
    const queries = requests.map(({ url }) => new URL(url).searchParams.get('query') ?? '');
    expect(queries.filter((query) => query.includes('increase'))).toEqual([
      'sum(increase(istio_requests_total{reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"}[1m]))',
    ]);
  });

  test('is the count of requests for a duration too', async () => {
    const { measure, requests } = asked({});
    const measured = await measure(wanting({ name: 'request-duration', thresholdRange: { max: 1 } }, 'traefik'));
    expect(measured).toMatchObject({ samples: 123.4 });
    expect(decodeURIComponent(requests.map(({ url }) => url).join(' '))).toContain(
      'sum(increase(traefik_service_request_duration_seconds_bucket{',
    );
  });

  test('is none without series, and an error when the server does not say', async () => {
    for (const [answer, expected] of [
      [
        { status: 200, body: vector() },
        { outcome: 'value', samples: 0 },
      ],
      [
        { status: 503, body: 'down' },
        { outcome: 'error', message: expect.stringContaining('error response 503') },
      ],
    ] as const) {
      const { http } = scriptedHttp(({ url }) =>
        url.includes('increase') ? answer : { status: 200, body: vector('99') },
      );
      const clock = new ManualClock();
      const asker = new MetricAsker({ http, clock, secret: async () => undefined });
      expect(await clock.runUntil(asker.measure(wanting(RATE)))).toMatchObject(expected);
    }
  });
});

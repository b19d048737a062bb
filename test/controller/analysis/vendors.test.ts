/** Each vendor by the shape of its documented HTTP: what is asked, and what each answer means. */
import type { MetricProviderType } from '../../../model/metric-template';
import { type Answer, failed, json, NOW, nothing, refused, VendorServer, value } from './vendor-server';

const server = new VendorServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

interface Vendor {
  type: MetricProviderType;
  query: string;
  secret?: Record<string, string>;
  /** The keys that have to be there. */
  keys: string[];
  address?: string;
  good: Answer;
  /** What an answer means, beside `good`, which is 1.5. */
  answers: Array<[string, Answer, object]>;
  request: object;
  search: Record<string, string>;
  headers: Record<string, string>;
  probe: { path: string; search?: Record<string, string> };
}

const NOW_S = NOW / 1000;
const several = (count: number) => failed(`query returned ${count} series with different values, expected one`);

/** Buckets of 20 seconds that begin so many seconds ago. */
const datadogSeries = (...points: Array<[number, number | null]>) => ({
  metric: 'x',
  interval: 20,
  pointlist: points.map(([ago, number]) => [NOW - ago * 1000, number]),
});
const datadog = (...series: object[]) => json({ status: 'ok', res_type: 'time_series', series });
const graphite = (...targets: Array<Array<number | null>>) =>
  json(targets.map((values, n) => ({ target: `t${n}`, datapoints: values.map((number, at) => [number, at * 60]) })));
const dynatrace = (...series: unknown[][]) =>
  json({
    resolution: 'Inf',
    result: [{ metricId: 'm', data: series.map((values) => ({ timestamps: [NOW], values })) }],
  });
const external = (...values: unknown[]) =>
  json({ kind: 'ExternalMetricValueList', items: values.map((number) => ({ metricName: 'm', value: number })) });

const VENDORS: Vendor[] = [
  {
    type: 'datadog',
    query: 'avg:errors{service:{{ target }}}',
    secret: { datadog_api_key: 'api\n', datadog_application_key: 'app' },
    keys: ['datadog_api_key', 'datadog_application_key'],
    address: 'https://api.datadoghq.com',
    good: datadog(datadogSeries([580, 9], [60, 8], [40, 1.5], [10, 7])),
    answers: [
      ['M14: the newest bucket that is over', datadog(datadogSeries([40, 2], [20, 3], [19, 4])), value(3)],
      ['M14: in any order', datadog(datadogSeries([20, 3], [40, 2])), value(3)],
      ['M14: none in the last interval', datadog(datadogSeries([600, 9], [81, 8])), nothing],
      ['M14: buckets longer than the interval', datadog({ interval: 300, pointlist: [[NOW - 4e5, 5]] }), value(5)],
      [
        'the distance of points without a bucket length',
        datadog({
          pointlist: [
            [NOW - 6e4, 1],
            [NOW - 3e4, 2],
            [NOW, 3],
          ],
        }),
        value(2),
      ],
      ['M4: null is no data', datadog(datadogSeries([40, null], [20, null])), nothing],
      ['M4: null beside a value', datadog(datadogSeries([40, 6], [20, null])), value(6)],
      ['an empty series', datadog(datadogSeries()), nothing],
      ['no series', datadog(), nothing],
      ['equal series', datadog(datadogSeries([20, 3]), datadogSeries([20, 3])), value(3)],
      ['several series', datadog(datadogSeries([20, 3]), datadogSeries([20, 4])), several(2)],
      ['an error in a 200', json({ status: 'error', error: 'Rate limit' }), failed('Rate limit')],
      ['no list of series', json({}), failed('unexpected answer, expected the list series: {}')],
      ['text for a number', json({ series: [{ pointlist: [[NOW, 'x']] }] }), failed('unexpected answer: "x" is not')],
    ],
    request: { method: 'GET', path: '/api/v1/query', origin: 'https://api.datadoghq.com' },
    search: { query: 'avg:errors{service:podinfo}', from: String(NOW_S - 600), to: String(NOW_S) },
    headers: { 'dd-api-key': 'api', 'dd-application-key': 'app' },
    probe: { path: '/api/v1/validate' },
  },
  {
    type: 'newrelic',
    query: "SELECT average(x) AS result FROM Metric WHERE app = '{{ target }}'",
    secret: { newrelic_account_id: '42', newrelic_query_key: 'key' },
    keys: ['newrelic_account_id', 'newrelic_query_key'],
    address: 'https://insights-api.newrelic.com',
    good: json({ results: [{ result: 1.5 }] }),
    answers: [
      ['an integer', json({ results: [{ result: 0 }] }), value(0)],
      ['null', json({ results: [{ result: null }] }), nothing],
      ['no results', json({ results: [] }), nothing],
      [
        'several results',
        json({ results: [{ result: 1 }, { result: 2 }] }),
        failed('query returned 2 results, expected one'),
      ],
      ['another name', json({ results: [{ count: 7 }] }), failed('the answer has no number named result')],
      ['text', json({ results: [{ result: 'NaN' }] }), failed('unexpected answer: "NaN" is not a number')],
      ['no list', json({ error: 'x' }), failed('unexpected answer, expected the list results')],
    ],
    request: { method: 'GET', path: '/v1/accounts/42/query', origin: 'https://insights-api.newrelic.com' },
    search: { nrql: "SELECT average(x) AS result FROM Metric WHERE app = 'podinfo' SINCE 60 seconds ago" },
    headers: { 'x-query-key': 'key' },
    probe: { path: '/v1/accounts/42/query', search: { nrql: 'SELECT * FROM Metric SINCE 60 seconds ago' } },
  },
  {
    type: 'graphite',
    query: 'target=summarize(\n  a.{{ target }}.errors,  "1min")&from=-2min',
    secret: { username: 'u', password: 'p' },
    keys: ['username', 'password'],
    address: 'http://graphite.test/base/',
    good: graphite([1, 2, 1.5, null]),
    answers: [
      ['A#3503: nulls only', graphite([null, null]), nothing],
      ['no targets', graphite(), nothing],
      ['a target without values beside one', graphite([3], [null]), value(3)],
      ['several targets', graphite([3], [4]), several(2)],
      ['no list', json({ error: 'x' }), failed('unexpected answer, expected a list of targets')],
      ['text', json([{ datapoints: [['NaN', 1]] }]), failed('unexpected answer: "NaN" is not a number')],
    ],
    request: { method: 'GET', path: '/base/render', origin: 'http://graphite.test' },
    search: { target: 'summarize( a.podinfo.errors, "1min")', from: '-2min', format: 'json' },
    headers: { authorization: `Basic ${Buffer.from('u:p').toString('base64')}` },
    probe: { path: '/base/render', search: { target: 'test', format: 'json' } },
  },
  {
    type: 'dynatrace',
    query: 'service.errors:filter(eq(name,"{{ target }}"))',
    secret: { dynatrace_token: 'dt' },
    keys: ['dynatrace_token'],
    address: 'https://abc.live.dynatrace.com',
    good: dynatrace([1.5]),
    answers: [
      ['M4: null is no data', dynatrace([null]), nothing],
      ['no values', dynatrace([]), nothing],
      ['no series', dynatrace(), nothing],
      ['no result', json({ result: [] }), nothing],
      ['several series', dynatrace([1], [2], [3]), several(3)],
      ['several metrics', json({ result: [{}, {}] }), failed('query returned 2 metrics, expected one')],
      ['no list', json({}), failed('unexpected answer, expected the list result')],
    ],
    request: { method: 'GET', path: '/api/v2/metrics/query', origin: 'https://abc.live.dynatrace.com' },
    search: {
      metricSelector: 'service.errors:filter(eq(name,"podinfo"))',
      resolution: 'Inf',
      from: String(NOW - 600_000),
      to: String(NOW),
    },
    headers: { authorization: 'Api-Token dt' },
    probe: { path: '/api/v2/metrics', search: { pageSize: '1' } },
  },
  {
    type: 'externalmetrics',
    query: '{{ namespace }}/queue-depth?labelSelector=app%3D{{ target }}',
    secret: { token: 't\n' },
    keys: [],
    address: 'https://metrics.test:6443',
    good: external('1500m'),
    answers: [
      ['a whole number', external('3'), value(3)],
      ['thousands', external('2k'), value(2000)],
      ['powers of two', external('1.5Ki'), value(1536)],
      ['small', external('330m'), value(0.33)],
      ['an exponent', external('12e3'), value(12000)],
      ['a number', external(7), value(7)],
      ['negative', external('-5'), value(-5)],
      ['no items', external(), nothing],
      ['equal items', external('1', '1000m'), value(1)],
      ['several items', external('1', '2'), several(2)],
      ['garbage for a quantity', external('many'), failed("unexpected answer: 'many' is not a quantity")],
      ['an unknown suffix', external('1Q'), failed("unexpected answer: '1Q' is not a quantity")],
      ['no list', json({}), failed('unexpected answer, expected the list items')],
    ],
    request: {
      method: 'GET',
      path: '/apis/external.metrics.k8s.io/v1beta1/namespaces/test/queue-depth',
      origin: 'https://metrics.test:6443',
    },
    search: { labelSelector: 'app=podinfo' },
    headers: { authorization: 'Bearer t' },
    probe: { path: '/apis/external.metrics.k8s.io/v1beta1/namespaces/kube-system/dummy-metric' },
  },
];

describe.each(VENDORS)('$type', (vendor) => {
  const { type, address = '', secret } = vendor;
  const measure = (answer: Answer, more = {}) => {
    server.answer = () => answer;
    return server.measure(vendor.query, { type, address }, secret, more);
  };

  test('the request', async () => {
    expect(await measure(vendor.good)).toMatchObject(value(1.5));
    expect(server.asked).toMatchObject([{ ...vendor.request, headers: vendor.headers }]);
    expect(Object.fromEntries(server.asked[0]?.search ?? [])).toEqual(vendor.search);
    expect(server.clock.pending).toBe(0);
  });

  test.each(vendor.answers)('%s', async (_what, answer, expected) => {
    expect(await measure(answer)).toMatchObject(expected);
  });

  test.each<[string, Answer, string]>([
    ['401', { status: 401, body: 'Unauthorized' }, 'error response 401: Unauthorized'],
    ['403', { status: 403, body: 'no\n access' }, 'error response 403: no access'],
    ['500', { status: 500, body: 'x'.repeat(999) }, `error response 500: ${'x'.repeat(200)}…`],
    ['no content', { status: 204 }, 'the answer is not JSON'],
    ['garbage', { body: '<html>login</html>' }, "the answer is not JSON: '<html>login</html>'"],
    ['an empty body', { body: '' }, "the answer is not JSON: ''"],
    ['null', { body: 'null' }, 'the answer is not an object'],
    ['a redirect to another host', { status: 302, headers: { location: 'http://evil.test/' } }, 'redirected to'],
  ])('%s is an error, never a value', async (_what, answer, why) => {
    expect(await measure(answer)).toMatchObject(failed(why));
    expect(server.asked).toHaveLength(1);
  });

  test('slow and down are errors', async () => {
    expect(await measure('hangs')).toMatchObject(
      failed(`request to ${new URL(address).origin} failed: no answer within 5s`),
    );
    expect(await measure(vendor.good, { http: server.down })).toMatchObject(
      failed(`request to ${new URL(address).origin} failed: connection refused`),
    );
    expect(server.clock.pending).toBe(0);
  });

  test('a secret without one of its keys', async () => {
    server.answer = () => vendor.good;
    for (const key of vendor.keys) {
      const keys = vendor.keys.length === 1 ? `the key ${key}` : `the keys ${vendor.keys.join(' and ')}`;
      const why = `the secret has no key ${key}, it must have ${keys}`;
      const measured = await server.measure(vendor.query, { type, address }, { ...secret, [key]: ' ' });
      expect(measured).toMatchObject(refused(type, why));
      expect(server.asked).toEqual([]);
    }
  });

  test('the probe', async () => {
    server.answer = () => ({ body: '[]' });
    expect(await server.probe({ type, address }, secret)).toEqual({ ok: true });
    expect(server.asked).toMatchObject([{ path: vendor.probe.path, headers: vendor.headers }]);
    expect(Object.fromEntries(server.asked[0]?.search ?? [])).toEqual(vendor.probe.search ?? {});
    server.answer = () => ({ status: 403, body: 'no' });
    expect(await server.probe({ type, address }, secret)).toEqual({
      ok: false,
      message: `${type} in metric template errors.monitoring not avaiable: error response 403: no`,
    });
  });
});

test.each<MetricProviderType>(['datadog', 'newrelic', 'dynatrace'])('%s: an interval that is none', async (type) => {
  const vendor = VENDORS.find((one) => one.type === type);
  const measured = await server.measure('x', { type, address: 'http://x' }, vendor?.secret, { interval: '1min' });
  expect(measured).toMatchObject(refused(type, "the interval '1min' is not a duration such as 1m or 90s"));
});

test('graphite works with an interval as its users write them, and without a secret', async () => {
  server.answer = () => graphite([2]);
  const graphiteProvider = { type: 'graphite', address: 'https://graphite.test', insecureSkipVerify: true } as const;
  expect(await server.measure('target=a', graphiteProvider, undefined, { interval: '1min' })).toMatchObject(value(2));
  expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
});

describe('M6: the token of the controller', () => {
  const cluster = () => ({ server: server.address, headers: async () => ({ authorization: 'Bearer controller' }) });
  const measure = (address: string, secret?: Record<string, string>) => {
    server.answer = () => external('1');
    return server.measure('m', { type: 'externalmetrics', address }, secret, { cluster: cluster() });
  };

  test.each(['', 'https://kubernetes.default.svc', 'https://kubernetes.default.svc.cluster.local:443'])(
    'goes to its own cluster: "%s"',
    async (address) => {
      expect(await measure(address)).toMatchObject(value(1));
      expect(server.asked).toMatchObject([
        {
          path: '/apis/external.metrics.k8s.io/v1beta1/namespaces/default/m',
          origin: server.address,
          headers: { authorization: 'Bearer controller' },
        },
      ]);
    },
  );

  test('a refusal names the right that is missing', async () => {
    const message =
      'm.external.metrics.k8s.io is forbidden: User "serin" cannot list resource "m" in API group "external.metrics.k8s.io" in the namespace "default"';
    server.answer = () => ({ status: 403, body: JSON.stringify({ kind: 'Status', code: 403, message }) });
    const measured = await server.measure('m', { type: 'externalmetrics', address: '' }, undefined, {
      cluster: cluster(),
    });
    expect(JSON.stringify(measured)).toContain("allow list on m of external.metrics.k8s.io in the controller's role");
  });

  test('its probe needs rights in the namespace of the template only', async () => {
    server.answer = () => external();
    await server.probe({ type: 'externalmetrics', address: '' }, undefined, { cluster: cluster() });
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/apis/external.metrics.k8s.io/v1beta1/namespaces/monitoring/dummy-metric',
    ]);
  });

  test.each(['https://evil.test', 'https://kubernetes.default.svc.evil@evil.test', 'http://kubernetes.default.svc'])(
    'goes nowhere else: %s',
    async (address) => {
      expect(await measure(address)).toMatchObject(
        refused(
          'externalmetrics',
          'an address of its own needs a secretRef with the key token: the token of the controller is for its own cluster',
        ),
      );
      expect(server.asked).toEqual([]);
      expect(await measure(address, { token: 'mine' })).toMatchObject(value(1));
      expect(server.asked).toMatchObject([{ headers: { authorization: 'Bearer mine' } }]);
    },
  );

  test('is not used where the secret has one', async () => {
    await measure('', { token: 'mine' });
    expect(server.asked).toMatchObject([{ headers: { authorization: 'Bearer mine' } }]);
  });

  test('there is none outside a cluster', async () => {
    expect(await server.measure('m', { type: 'externalmetrics' })).toMatchObject(
      refused('externalmetrics', 'there is no cluster to ask: set an address'),
    );
  });
});

test.each(['', 'a/b/c', '?labelSelector=x'])('externalmetrics: "%s" is no query', async (query) => {
  const measured = await server.measure(query, { type: 'externalmetrics', address: 'https://x' }, { token: 't' });
  expect(measured).toMatchObject(failed(`the query '${query}' is not [<namespace>/]<metric>[?labelSelector=…]`));
});

import { parser } from '@prometheus-io/lezer-promql';
import { builtinQuery, requestCountQuery } from '../../../controller/analysis/queries';
import { DEFAULT_LOOKBACK_MS, DEFAULT_STEP_MS, evaluate } from '../../../sandbox/prometheus/promql/evaluate';
import { parse } from '../../../sandbox/prometheus/promql/parse';
import { SeriesStore } from '../../../sandbox/prometheus/series';
import { VARIABLES } from './questions';

const ISTIO = 'reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"';
const POD = 'kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"';

/** Provider, selector, counter, matcher of good requests, duration query, scale to milliseconds. */
const rows: Array<[provider: string, selector: string, counter: string, ok: string, p99: string, scale: number]> = [
  ['istio', ISTIO, 'istio_requests_total', 'response_code!~"5.*"', 'istio_request_duration_milliseconds_bucket', 1],
  [
    'kubernetes',
    POD,
    'http_request_duration_seconds_count',
    'status!~"5.*"',
    'http_request_duration_seconds_bucket',
    1000,
  ],
  [
    'gatewayapi:v1',
    POD,
    'http_request_duration_seconds_count',
    'status!~"5.*"',
    'http_request_duration_seconds_bucket',
    1000,
  ],
  [
    'kubernetes:service',
    POD,
    'http_request_duration_seconds_count',
    'status!~"5.*"',
    'http_request_duration_seconds_bucket',
    1000,
  ],
  ['anything', ISTIO, 'istio_requests_total', 'response_code!~"5.*"', 'istio_request_duration_milliseconds_bucket', 1],
  [
    'smi:v1alpha1',
    ISTIO,
    'istio_requests_total',
    'response_code!~"5.*"',
    'istio_request_duration_milliseconds_bucket',
    1,
  ],
  [
    'linkerd',
    'namespace="test",deployment=~"podinfo",direction="inbound"',
    'response_total',
    'classification!="failure"',
    'response_latency_ms_bucket',
    1,
  ],
  [
    'appmesh:v1beta2',
    POD,
    'envoy_cluster_upstream_rq',
    'envoy_response_code!~"5.*"',
    'envoy_cluster_upstream_rq_time_bucket',
    1,
  ],
  [
    'contour',
    'envoy_cluster_name=~"test_podinfo-svc-canary_[0-9a-zA-Z-]+"',
    'envoy_cluster_upstream_rq',
    'envoy_response_code!~"5.*"',
    'envoy_cluster_upstream_rq_time_bucket',
    1,
  ],
  [
    'osm',
    'destination_namespace="test",destination_kind="Deployment",destination_name="podinfo"',
    'osm_request_total',
    'response_code!~"5.*"',
    'osm_request_duration_ms_bucket',
    1,
  ],
];

describe.each(rows)('%s', (provider, selector, counter, ok, p99, scale) => {
  test('success rate', () => {
    const total = `sum(rate(${counter}{${selector}}[1m]))`;
    expect(builtinQuery('request-success-rate', provider, VARIABLES)).toMatchObject({
      query: `(sum(rate(${counter}{${selector},${ok}}[1m])) or ${total} * 0) / ${total} * 100`,
      scale: 1,
    });
  });

  test('duration', () => {
    expect(builtinQuery('request-duration', provider, VARIABLES)).toMatchObject({
      query: `histogram_quantile(0.99, sum(rate(${p99}{${selector}}[1m])) by (le))`,
      scale,
    });
  });
});

test('nginx and skipper have a mean instead of a quantile', () => {
  expect(builtinQuery('request-duration', 'nginx', VARIABLES)).toMatchObject({
    query:
      'sum(rate(nginx_ingress_controller_response_duration_seconds_sum{namespace="test",ingress="podinfo-ing",canary!=""}[1m])) / ' +
      'sum(rate(nginx_ingress_controller_response_duration_seconds_count{namespace="test",ingress="podinfo-ing",canary!=""}[1m]))',
    scale: 1000,
  });
  expect(builtinQuery('request-success-rate', 'skipper', VARIABLES)?.query).toContain(
    'route=~"kube(ew)?_test__podinfo_ing_canary__.*__podinfo_svc_canary(_[0-9]+)?",le="+Inf",code!~"5.."',
  );
});

const all =
  'istio kubernetes gatewayapi linkerd appmesh contour gloo knative kuma osm nginx skipper traefik apisix'.split(' ');

test.each(all)('%s gives PromQL that the Prometheus grammar accepts', (provider) => {
  for (const metric of ['request-success-rate', 'request-duration']) {
    const query = builtinQuery(metric, provider, VARIABLES)?.query ?? '';
    expect(parser.parse(query).toString()).not.toContain('⚠');
  }
  expect(parser.parse(requestCountQuery(provider, VARIABLES).query).toString()).not.toContain('⚠');
});

test('M11: gRPC calls by their own status, where proxies look at it', () => {
  const calls = `${ISTIO},request_protocol="grpc"`;
  const bad = 'response_code!~"5.*",grpc_response_status!~"2|4|12|13|14|15"';
  const total = `sum(rate(istio_requests_total{${calls}}[1m]))`;
  expect(builtinQuery('grpc-success-rate', 'istio', VARIABLES)).toMatchObject({
    query: `(sum(rate(istio_requests_total{${calls},${bad}}[1m])) or ${total} * 0) / ${total} * 100`,
    scale: 1,
  });
  expect(builtinQuery('grpc-success-rate', 'linkerd', VARIABLES)?.query).toContain('grpc_status!=""');
  for (const provider of ['istio', 'linkerd']) {
    const query = builtinQuery('grpc-success-rate', provider, VARIABLES)?.query ?? '';
    expect(parser.parse(query).toString()).not.toContain('⚠');
  }
  expect(() => builtinQuery('grpc-success-rate', 'nginx', VARIABLES)).toThrow('nginx has no metrics of gRPC calls');
});

test('requests are counted by the counter of the success rate', () => {
  expect(requestCountQuery('skipper', VARIABLES).query).toMatch(
    /^sum\(increase\(skipper_response_duration_seconds_bucket\{.*le="\+Inf"\}\[1m\]\)\)$/,
  );
});

test('the reporter can be chosen (M10), other names are not built in', () => {
  expect(builtinQuery('request-duration', 'istio', VARIABLES, 'source')?.query).toContain('reporter="source"');
  expect(builtinQuery('latency', 'istio', VARIABLES)).toBeUndefined();
  expect(builtinQuery('constructor', 'constructor', VARIABLES)).toBeUndefined();
});

describe('a success rate, computed', () => {
  const minute = { ...VARIABLES, interval: '1m' };
  const answer = (perSecond: Record<string, number>) => {
    const store = new SeriesStore();
    for (const [response_code, rate] of Object.entries(perSecond)) {
      const labels = {
        __name__: 'istio_requests_total',
        reporter: 'destination',
        destination_workload_namespace: 'test',
        destination_workload: 'podinfo',
        response_code,
      };
      for (let second = 0; second <= 60; second += 5) store.append(labels, second * 1000, second * rate);
    }
    const at = { store, timeMs: 60_000, startMs: 60_000, endMs: 60_000 };
    const settings = { lookbackMs: DEFAULT_LOOKBACK_MS, defaultStepMs: DEFAULT_STEP_MS };
    const query = builtinQuery('request-success-rate', 'istio', minute)?.query ?? '';
    const found = evaluate(parse(query), { ...at, ...settings });
    return found.type === 'vector' ? found.elements.map(({ value }) => Math.round(value * 100) / 100) : undefined;
  };

  test.each<[string, Record<string, number>, number[]]>([
    ['all good', { 200: 10 }, [100]],
    ['some bad', { 200: 3, 404: 1, 503: 1 }, [80]],
    ['all bad: no series of good ones is 0 %, which noData: ignore must not let pass', { 503: 10 }, [0]],
    ['no request now', { 200: 0, 503: 0 }, [Number.NaN]],
    ['no series', {}, []],
  ])('%s', (_what, perSecond, expected) => {
    expect(answer(perSecond)).toEqual(expected);
  });
});

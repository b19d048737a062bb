import type { QueryVariables } from '../rollout/question';
import { QueryError } from './metric-provider';

export const SUCCESS_RATE = 'request-success-rate';
export const DURATION = 'request-duration';
/** As the success rate, of gRPC calls by their own status: a failed call is HTTP 200 (M11). */
export const GRPC_SUCCESS_RATE = 'grpc-success-rate';

/** Which side of a request Istio's series are read from; ambient meshes have only `waypoint`. */
export type Reporter = 'destination' | 'source' | 'waypoint';

/** A query whose value times `scale` is percent (success rate) or milliseconds (duration). */
export interface BuiltinQuery {
  query: string;
  scale: number;
}

/** How one provider's proxies count requests; matchers are PromQL label matchers. */
interface RequestSeries {
  counter: string;
  ok: string;
  /** Of gRPC calls only, and those that the server answered well; absent where the proxies do not look at gRPC. */
  grpc?: { only: string; ok: string };
  /** Always there. */
  selector: string;
  /** Only in the counter's selector. */
  counterOnly?: string;
  /** P99 of a histogram, or the mean where there is none. */
  latency: { bucket: string; also?: string } | { sum: string; count: string };
  /** 1 when the latency is in milliseconds, 1000 when in seconds. */
  toMs: number;
}

type SeriesOf = (v: QueryVariables, reporter: Reporter) => RequestSeries;

const podOf = (v: QueryVariables) =>
  `kubernetes_namespace="${v.namespace}",kubernetes_pod_name=~"${v.target}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"`;

const envoy = (selector: string): RequestSeries => ({
  counter: 'envoy_cluster_upstream_rq',
  ok: 'envoy_response_code!~"5.*"',
  selector,
  latency: { bucket: 'envoy_cluster_upstream_rq_time_bucket' },
  toMs: 1,
});

const application: SeriesOf = (v) => ({
  counter: 'http_request_duration_seconds_count',
  ok: 'status!~"5.*"',
  selector: podOf(v),
  latency: { bucket: 'http_request_duration_seconds_bucket' },
  toMs: 1000,
});

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS: the others are the caller's. */
const GRPC_SERVER_ERRORS = '2|4|12|13|14|15';

const istio: SeriesOf = (v, reporter) => ({
  counter: 'istio_requests_total',
  ok: 'response_code!~"5.*"',
  grpc: {
    only: 'request_protocol="grpc"',
    ok: `response_code!~"5.*",grpc_response_status!~"${GRPC_SERVER_ERRORS}"`,
  },
  selector: `reporter="${reporter}",destination_workload_namespace="${v.namespace}",destination_workload=~"${v.target}"`,
  latency: { bucket: 'istio_request_duration_milliseconds_bucket' },
  toMs: 1,
});

const skipperName = (name: string) => name.replace(/\W/g, '_');

const PROVIDERS = new Map<string, SeriesOf>(
  Object.entries<SeriesOf>({
    istio,
    kubernetes: application,
    gatewayapi: application,
    linkerd: (v) => ({
      counter: 'response_total',
      ok: 'classification!="failure"',
      // Linkerd classifies gRPC calls by their status already.
      grpc: { only: 'grpc_status!=""', ok: 'classification!="failure"' },
      selector: `namespace="${v.namespace}",deployment=~"${v.target}",direction="inbound"`,
      latency: { bucket: 'response_latency_ms_bucket' },
      toMs: 1,
    }),
    appmesh: (v) => envoy(podOf(v)),
    contour: (v) => envoy(`envoy_cluster_name=~"${v.namespace}_${v.service}-canary_[0-9a-zA-Z-]+"`),
    gloo: (v) => envoy(`envoy_cluster_name=~"${v.namespace}-${v.target}-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"`),
    knative: (v) => envoy(`envoy_cluster_name=~"${v.namespace}/${v.route}"`),
    kuma: (v) => envoy(`service=~"${v.target}-canary_${v.namespace}_svc_[0-9a-zA-Z-]+"`),
    osm: (v) => ({
      counter: 'osm_request_total',
      ok: 'response_code!~"5.*"',
      selector: `destination_namespace="${v.namespace}",destination_kind="Deployment",destination_name="${v.target}"`,
      latency: { bucket: 'osm_request_duration_ms_bucket' },
      toMs: 1,
    }),
    nginx: (v) => ({
      counter: 'nginx_ingress_controller_requests',
      ok: 'status!~"5.*"',
      selector: `namespace="${v.namespace}",ingress="${v.ingress}",canary!=""`,
      latency: {
        sum: 'nginx_ingress_controller_response_duration_seconds_sum',
        count: 'nginx_ingress_controller_response_duration_seconds_count',
      },
      toMs: 1000,
    }),
    skipper: (v) => ({
      counter: 'skipper_response_duration_seconds_bucket',
      counterOnly: 'le="+Inf"',
      ok: 'code!~"5.."',
      selector: `route=~"kube(ew)?_${skipperName(v.namespace)}__${skipperName(v.ingress)}_canary__.*__${skipperName(v.service)}_canary(_[0-9]+)?"`,
      latency: { sum: 'skipper_serve_route_duration_seconds_sum', count: 'skipper_serve_route_duration_seconds_count' },
      toMs: 1000,
    }),
    traefik: (v) => ({
      counter: 'traefik_service_request_duration_seconds_bucket',
      counterOnly: 'le="+Inf"',
      ok: 'code!~"5.."',
      selector: `service=~"${v.namespace}-${v.target}-canary-[0-9a-zA-Z-]+@kubernetescrd"`,
      latency: { bucket: 'traefik_service_request_duration_seconds_bucket' },
      toMs: 1000,
    }),
    apisix: (v) => ({
      counter: 'apisix_http_status',
      ok: 'code!~"5.."',
      selector: `route=~"${v.namespace}_${v.route}-${v.target}-canary_.+"`,
      latency: { bucket: 'apisix_http_latency_bucket', also: 'type=~"request"' },
      toMs: 1,
    }),
  }),
);

/**
 * The query of a built-in metric, or undefined when the name is not a built-in one.
 * @throws QueryError with code `NotSupported` for gRPC where the provider's proxies do not look at it.
 */
export function builtinQuery(
  metric: string,
  provider: string,
  variables: QueryVariables,
  reporter: Reporter = 'destination',
): BuiltinQuery | undefined {
  const series = seriesOf(provider)(variables, reporter);
  if (metric === SUCCESS_RATE) return { query: successRate(series, variables.interval), scale: 1 };
  if (metric === DURATION) return { query: duration(series, variables.interval), scale: series.toMs };
  if (metric === GRPC_SUCCESS_RATE) return { query: grpcSuccessRate(series, provider, variables.interval), scale: 1 };
  return undefined;
}

/** How many requests the built-in metrics of a window are made from. */
export function requestCountQuery(
  provider: string,
  variables: QueryVariables,
  reporter: Reporter = 'destination',
): string {
  const { counter, selector, counterOnly } = seriesOf(provider)(variables, reporter);
  return `sum(${over('increase', counter, [selector, counterOnly], variables.interval)})`;
}

const seriesOf = (provider: string): SeriesOf => PROVIDERS.get(baseProvider(provider)) ?? istio;

/** `appmesh:v1beta2` -> `appmesh`, `kubernetes:service` -> `kubernetes`, `smi:v1alpha1:linkerd` -> `linkerd` (M10). */
function baseProvider(provider: string): string {
  const parts = provider.split(':');
  if (parts[0] === 'smi') return parts[2] ?? 'istio';
  return parts[0]?.startsWith('gloo') ? 'gloo' : (parts[0] ?? 'istio');
}

type Matchers = Array<string | undefined>;

function over(what: 'rate' | 'increase', series: string, matchers: Matchers, window: string): string {
  return `${what}(${series}{${matchers.filter((matcher) => matcher !== undefined).join(',')}}[${window}])`;
}

const rate = (series: string, matchers: Matchers, window: string): string => over('rate', series, matchers, window);

/** When every request fails there is no series of good ones: that is 0 %, and not a lack of data. */
function successRate({ counter, selector, counterOnly, ok }: RequestSeries, window: string): string {
  const good = `sum(${rate(counter, [selector, counterOnly, ok], window)})`;
  const all = `sum(${rate(counter, [selector, counterOnly], window)})`;
  return `(${good} or ${all} * 0) / ${all} * 100`;
}

function grpcSuccessRate(series: RequestSeries, provider: string, window: string): string {
  const { grpc, selector } = series;
  if (grpc === undefined) {
    throw new QueryError('NotSupported', `${provider} has no metrics of gRPC calls: use a MetricTemplate`);
  }
  return successRate({ ...series, selector: `${selector},${grpc.only}`, ok: grpc.ok }, window);
}

function duration({ latency, selector }: RequestSeries, window: string): string {
  if ('sum' in latency) {
    return `sum(${rate(latency.sum, [selector], window)}) / sum(${rate(latency.count, [selector], window)})`;
  }
  return `histogram_quantile(0.99, sum(${rate(latency.bucket, [selector, latency.also], window)}) by (le))`;
}

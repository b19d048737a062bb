/** How each provider's proxies count requests, and what their series are called. */
import type { QueryVariables } from '../rollout/question';

/** Which side of a request Istio's series are read from; ambient meshes have only `waypoint`. */
export type Reporter = 'destination' | 'source' | 'waypoint';

/** Labels of series that tell workloads apart. */
export interface WorkloadLabels {
  namespace: string;
  name: string;
}

/** How one provider's proxies count requests; matchers are PromQL label matchers. */
export interface RequestSeries {
  counter: string;
  ok: string;
  /** Of gRPC calls only, and those that the server answered well; absent where the proxies do not look at gRPC. */
  grpc?: { only: string; ok: string };
  /** Always there. */
  selector: string;
  /** Where labels name the workload: which, how it is called there, and the selector without it. */
  workload?: { labels: WorkloadLabels; name: string; others?: string };
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
  workload: {
    labels: { namespace: 'destination_workload_namespace', name: 'destination_workload' },
    name: v.target,
    others: `reporter="${reporter}"`,
  },
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
      workload: {
        labels: { namespace: 'namespace', name: 'deployment' },
        name: v.target,
        others: 'direction="inbound"',
      },
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
      workload: { labels: { namespace: 'namespace', name: 'ingress' }, name: v.ingress, others: 'canary!=""' },
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

/** The series of a provider; one that is not known has Istio's. */
export const seriesOf = (provider: string): SeriesOf => PROVIDERS.get(baseProvider(provider)) ?? istio;

/** `appmesh:v1beta2` -> `appmesh`, `kubernetes:service` -> `kubernetes`, `smi:v1alpha1:linkerd` -> `linkerd` (M10). */
export function baseProvider(provider: string): string {
  const parts = provider.split(':');
  if (parts[0] === 'smi') return parts[2] ?? 'istio';
  return parts[0]?.startsWith('gloo') ? 'gloo' : (parts[0] ?? 'istio');
}

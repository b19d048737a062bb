/** What proxies count of several workloads, as series with samples: for comparing shared queries with single ones. */
import fc from 'fast-check';

export const GROUPED_PROVIDERS = ['istio', 'linkerd', 'nginx'] as const;
export type GroupedProvider = (typeof GROUPED_PROVIDERS)[number];

/** Requests a second of one workload with one result. */
interface Flow {
  namespace: string;
  name: string;
  ok: boolean;
  grpc: boolean;
  perSecond: number;
  /** Seconds of the request, the same for all. */
  takes: number;
}

export type Mesh = Flow[];

/** Few names, so that workloads share a namespace, a name, or the start of a name. */
const NAMESPACES = ['test', 'prod'];
const NAMES = ['web', 'web-primary', 'api', 'silent'];

export const workloadsOf = (_mesh: Mesh) =>
  NAMESPACES.flatMap((namespace) => NAMES.map((name) => ({ namespace, name })));

export const aMesh = (_provider: string): fc.Arbitrary<Mesh> =>
  fc.array(
    fc.record({
      namespace: fc.constantFrom(...NAMESPACES),
      name: fc.constantFrom('web', 'web-primary', 'api'),
      ok: fc.boolean(),
      grpc: fc.boolean(),
      perSecond: fc.constantFrom(0, 0.5, 1, 3, 40),
      takes: fc.constantFrom(0.02, 0.2, 0.7, 3),
    }),
    { maxLength: 10 },
  );

type Labels = Record<string, string>;

/** The labels of a flow's counter. */
const COUNTERS: Record<GroupedProvider, (flow: Flow) => Labels> = {
  istio: (flow) => ({
    ...ISTIO_SIDE,
    __name__: 'istio_requests_total',
    destination_workload_namespace: flow.namespace,
    destination_workload: flow.name,
    response_code: flow.ok || flow.grpc ? '200' : '503',
    ...(flow.grpc && { request_protocol: 'grpc', grpc_response_status: flow.ok ? '0' : '13' }),
  }),
  linkerd: (flow) => ({
    __name__: 'response_total',
    namespace: flow.namespace,
    deployment: flow.name,
    direction: 'inbound',
    classification: flow.ok ? 'success' : 'failure',
    ...(flow.grpc && { grpc_status: flow.ok ? '0' : '13' }),
  }),
  nginx: (flow) => ({
    __name__: 'nginx_ingress_controller_requests',
    namespace: flow.namespace,
    ingress: flow.name,
    canary: 'yes',
    status: flow.ok ? '200' : '503',
  }),
};

const ISTIO_SIDE = { reporter: 'destination' };

/** Name and scale of the latency series. */
const LATENCIES: Record<GroupedProvider, { name: string; perSecond: number }> = {
  istio: { name: 'istio_request_duration_milliseconds', perSecond: 1000 },
  linkerd: { name: 'response_latency_ms', perSecond: 1000 },
  nginx: { name: 'nginx_ingress_controller_response_duration_seconds', perSecond: 1 },
};

const BUCKETS = [0.05, 0.1, 0.5, 1, Number.POSITIVE_INFINITY];

/** Samples, one each ten seconds, each series once. */
export function sampledSeries(provider: string, mesh: Mesh, lastSecond = 120) {
  const rates = new Map<string, { labels: Labels; perSecond: number }>();
  const add = (labels: Labels, perSecond: number) => {
    const key = JSON.stringify(Object.entries(labels).sort());
    const known = rates.get(key);
    if (known) known.perSecond += perSecond;
    else rates.set(key, { labels, perSecond });
  };
  for (const flow of mesh) {
    const labels = COUNTERS[provider as GroupedProvider](flow);
    const { name, perSecond } = LATENCIES[provider as GroupedProvider];
    add(labels, flow.perSecond);
    add({ ...labels, __name__: `${name}_sum` }, flow.perSecond * flow.takes * perSecond);
    add({ ...labels, __name__: `${name}_count` }, flow.perSecond);
    for (const bound of BUCKETS) {
      const le = Number.isFinite(bound) ? String(bound * perSecond) : '+Inf';
      add({ ...labels, __name__: `${name}_bucket`, le }, flow.takes <= bound ? flow.perSecond : 0);
    }
  }
  const seconds = Array.from({ length: lastSecond / 10 + 1 }, (_, index) => index * 10);
  return [...rates.values()].map(({ labels, perSecond }) => ({
    labels,
    samples: seconds.map((second): [number, number] => [second, second * perSecond]),
  }));
}

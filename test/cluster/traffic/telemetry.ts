import { Counter, Histogram, Registry } from 'prom-client';

/** Envoy's own bounds, as Istio sets them. */
const BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

const LABELS = [
  'reporter',
  'source_workload',
  'destination_workload',
  'destination_workload_namespace',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'request_protocol',
  'response_code',
  'response_flags',
  'connection_security_policy',
] as const;

export interface Answered {
  workload: string;
  namespace: string;
  host: string;
  status: number;
  latencyMs: number;
  /** `destination` for the server's sidecar; `source` where no pod took the request. */
  reporter: 'destination' | 'source';
}

/** Istio's standard series over the answers recorded so far. */
export class IstioTelemetry {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'istio_requests_total',
    help: 'requests',
    labelNames: LABELS,
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: 'istio_request_duration_milliseconds',
    help: 'request durations',
    labelNames: LABELS,
    buckets: BUCKETS_MS,
    registers: [this.#registry],
  });

  record({ workload, namespace, host, status, latencyMs, reporter }: Answered): void {
    const labels = {
      reporter,
      source_workload: 'loadtester',
      destination_workload: workload,
      destination_workload_namespace: namespace,
      destination_service: `${host}.${namespace}.svc.cluster.local`,
      destination_service_name: host,
      destination_service_namespace: namespace,
      request_protocol: 'http',
      response_code: String(status),
      response_flags: reporter === 'source' ? 'UH' : '-',
      connection_security_policy: 'none',
    };
    this.#requests.inc(labels);
    this.#durations.observe(labels, latencyMs);
  }

  /** Prometheus text format. */
  exposition(): Promise<string> {
    return this.#registry.metrics();
  }
}

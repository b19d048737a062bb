import type { ObjectStore } from '../api/store';
import type { Reading, Target } from '../prometheus/scraper';
import { POD, type Pod } from '../workloads/objects';
import { type Caller, type Exchange, istioLabels } from './identity';
import { APP_BUCKETS_SECONDS, ISTIO_BUCKETS_MS, Meter, type Tally } from './meter';

interface PodMeters {
  proxy: Meter;
  app: Meter;
  load: RequestRate;
}

/** What equal requests of one moment have in common. */
interface Lane extends Omit<Exchange, 'reporter' | 'status'> {
  path: string;
  method: string;
}

/** Where a request is counted. */
interface Tallies {
  client: Tally;
  proxy?: Tally;
  app?: Tally;
}

/** The load of a pod counts with this memory. */
const LOAD_MEMORY_MS = 15_000;

/** Requests a second, older ones counting less and less. */
class RequestRate {
  private level = 0;
  private atMs = 0;

  add(count: number, nowMs: number): void {
    this.level = this.at(nowMs) + (count * 1000) / LOAD_MEMORY_MS;
    this.atMs = nowMs;
  }

  at(nowMs: number): number {
    return this.level * Math.exp(-(nowMs - this.atMs) / LOAD_MEMORY_MS);
  }
}

/** What proxies and apps count of the traffic, and the targets where Prometheus reads it. */
export class Telemetry {
  private readonly pods = new Map<string, PodMeters>();
  private readonly callers = new Map<string, { caller: Caller; meter: Meter }>();

  constructor(private readonly store: ObjectStore) {}

  /** Counts equal requests of one moment as both ends do. A mirrored copy is counted by both, too. */
  counter(lane: Lane): { count(status: number, latencyMs: number): void } {
    const meters = lane.pod && this.podMeters(lane.pod.metadata.uid ?? '');
    const nowMs = this.store.clock.now();
    const tallies = new Map<number, Tallies>();
    return {
      count: (status, latencyMs) => {
        let found = tallies.get(status);
        if (found === undefined) {
          found = this.talliesOf(lane, status, meters);
          tallies.set(status, found);
        }
        found.client.add(latencyMs);
        found.proxy?.add(latencyMs);
        found.app?.add(latencyMs / 1000);
        meters?.load.add(1, nowMs);
      },
    };
  }

  private talliesOf({ path, method, ...exchange }: Lane, status: number, meters: PodMeters | undefined): Tallies {
    const { pod, service, flags, caller } = exchange;
    const key = `${service.namespace}/${service.name} ${status} ${flags} ${caller.namespace}/${caller.workload}`;
    const labels = (reporter: Exchange['reporter']) => () => istioLabels({ ...exchange, status, reporter });
    const client = this.callerMeter(caller).tally(`${key} ${pod?.metadata.uid ?? ''}`, labels('source'));
    if (meters === undefined) return { client };
    const appLabels = () => ({ method, path: pathLabel(path), status: String(status) });
    return {
      client,
      proxy: meters.proxy.tally(key, labels('destination')),
      app: meters.app.tally(`${method} ${pathLabel(path)} ${status}`, appLabels),
    };
  }

  /** Requests a second that a pod has taken lately. */
  loadOf(pod: Pod): number {
    return this.pods.get(pod.metadata.uid ?? '')?.load.at(this.store.clock.now()) ?? 0;
  }

  /** Every pod that runs, and every caller from outside the pods. */
  *targets(): Iterable<Target> {
    const seen = new Set<string>();
    for (const pod of this.store.list(POD) as Pod[]) {
      seen.add(pod.metadata.uid ?? '');
      if (pod.status?.phase === 'Running') yield this.podTarget(pod);
    }
    for (const uid of this.pods.keys()) if (!seen.has(uid)) this.pods.delete(uid);
    for (const [key, { caller, meter }] of this.callers) {
      const labels = { job: 'kubernetes-pods', namespace: caller.namespace, pod: caller.workload };
      yield { key, labels, collect: () => istioReadings(meter) };
    }
  }

  private podTarget(pod: Pod): Target {
    const { name, namespace = '', uid = '', labels } = pod.metadata;
    const discovered = {
      job: 'kubernetes-pods',
      instance: `${pod.status?.podIP}:15020`,
      namespace,
      pod: name,
      kubernetes_namespace: namespace,
      kubernetes_pod_name: name,
      app: labels?.['app'] ?? '',
    };
    const meters = this.podMeters(uid);
    return { key: uid, labels: discovered, collect: () => podReadings(meters) };
  }

  private podMeters(uid: string): PodMeters {
    const found = this.pods.get(uid);
    if (found) return found;
    const made = {
      proxy: new Meter(ISTIO_BUCKETS_MS),
      app: new Meter(APP_BUCKETS_SECONDS),
      load: new RequestRate(),
    };
    this.pods.set(uid, made);
    return made;
  }

  private callerMeter(caller: Caller): Meter {
    const key = `caller ${caller.namespace}/${caller.workload}`;
    const found = this.callers.get(key) ?? { caller, meter: new Meter(ISTIO_BUCKETS_MS) };
    this.callers.set(key, found);
    return found.meter;
  }
}

function istioReadings(meter: Meter): Iterable<Reading> {
  return meter.readings('istio_request_duration_milliseconds', 'istio_requests_total');
}

function* podReadings(meters: PodMeters): Iterable<Reading> {
  yield* istioReadings(meters.proxy);
  yield* meters.app.readings('http_request_duration_seconds');
}

/** podinfo names its routes without slashes; `/` is `root`. */
function pathLabel(path: string): string {
  return path.replace(/^\/+|\/+$/g, '').replace(/[^a-zA-Z0-9]+/g, '_') || 'root';
}

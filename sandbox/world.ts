/** The embedded cluster in one value: objects, API, workloads, mesh, metrics, and the network between them. */
import type { KubeObject } from '../model/kube';
import type { Clock, Http } from '../model/ports';
import { type ApiServer, createApiServer } from './api/server';
import { ObjectStore } from './api/store';
import { type Load, type LoadOptions, type LoadSummary, RunningLoad } from './mesh/load';
import { Mesh } from './mesh/mesh';
import { isServiceHost, requestService } from './mesh/service-http';
import { Users } from './mesh/users';
import { createPrometheus, type Prometheus } from './prometheus/prometheus';
import { seeded, uuids } from './random';
import { type Behaviour, type BehaviourPattern, Behaviours } from './workloads/behaviour';
import { POD, type Pod, type Selector } from './workloads/objects';
import { isReady } from './workloads/pods';
import { fitsSelector } from './workloads/selector';
import { startWorkloads } from './workloads/workloads';

/** Where `http` answers for the Kubernetes API. */
export const API_SERVER_URL = 'https://sandbox.local';
/** Where `http` answers for Prometheus. */
export const PROMETHEUS_URL = 'http://prometheus:9090';

const API_HOSTS = new Set(['sandbox.local', 'kubernetes.default', 'kubernetes.default.svc']);
const PROMETHEUS_HOST = /^prometheus(\.istio-system(\.svc(\.cluster\.local)?)?)?$/;

export interface SandboxOptions {
  clock: Clock;
  /** Runs with equal seeds and equal inputs are equal. @default 1 */
  seed?: number;
  /** CustomResourceDefinitions, and any other objects to begin with. */
  crds?: KubeObject[];
  /** Virtual nodes. @default 3 */
  nodes?: number;
  /** Of Prometheus, in clock time. @default 5 s */
  scrapeIntervalMs?: number;
}

export interface Sandbox {
  store: ObjectStore;
  /** The Kubernetes API in process. */
  api: Http;
  /** Faults, counts and listeners of the API server. */
  apiServer: ApiServer;
  /** The cluster's network: the API server, Prometheus, hosts of `host`, and Services by name. ENOTFOUND for the rest. */
  http: Http;
  /** Answers requests to a host name with a server of one's own, before anything else of that name. */
  host(name: string, handler: Http): void;
  /** Says how pods of an image (`*` stands for anything) act; later calls win and count at once. */
  behaviour(pattern: BehaviourPattern, change: Partial<Behaviour>): void;
  /** Starts sending requests. */
  load(options: LoadOptions): Load;
  /** `load` until it ends by itself or the signal stops it: what a load tester calls. */
  generateLoad(options: LoadOptions, signal: AbortSignal): Promise<LoadSummary>;
  /** Users from outside: steady requests through the gateway. */
  ingress(options: { host: string; perSecond: number; path?: string; headers?: Record<string, string> }): Load;
  /** What users saw: all loads through the gateway, and those marked `asUsers`. */
  users: Users;
  prometheus: Prometheus;
  /** Starts controllers, proxies and scraping. */
  start(): void;
  /** Stops everything that was started; no timer of the sandbox is left. */
  stop(): void;
}

interface Running {
  mesh: Mesh;
  workloads: { stop(): void };
}

/** Makes a cluster that stands still until `start`. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { clock } = options;
  const random = seeded(options.seed ?? 1);
  const store = new ObjectStore({ clock, uid: uuids(random) });
  for (const object of options.crds ?? []) store.create(object);
  const apiServer = createApiServer(store);
  const behaviours = new Behaviours();
  const users = new Users();
  const hosts = new Map<string, Http>();
  const loads = new Set<Load>();
  let running: Running | undefined;

  const prometheus = createPrometheus({
    clock,
    targets: () => running?.mesh.telemetry.targets() ?? [],
    ...(options.scrapeIntervalMs !== undefined && { scrapeIntervalMs: options.scrapeIntervalMs }),
  });

  const load = (wanted: LoadOptions): Load => {
    if (!running) throw new Error('the sandbox is not started: call start() before load()');
    const audience = (wanted.asUsers ?? wanted.via === 'gateway') ? users : undefined;
    const started: Load = new RunningLoad(clock, running.mesh, wanted, audience, () => loads.delete(started));
    loads.add(started);
    return started;
  };

  return {
    store,
    api: apiServer.handle,
    apiServer,
    users,
    prometheus,
    load,
    http: network({ clock, hosts, api: apiServer.handle, prometheus: prometheus.http, mesh: () => running?.mesh }),
    host: (name, handler) => void hosts.set(name, handler),
    behaviour: (pattern, change) => behaviours.set(pattern, change),
    ingress: ({ host, perSecond, path = '/', headers = {} }) =>
      load({ url: `http://${host}${path}`, via: 'gateway', qps: perSecond / WORKERS, concurrency: WORKERS, headers }),
    generateLoad(wanted, signal) {
      const started = load(wanted);
      if (signal.aborted) started.stop();
      signal.addEventListener('abort', () => started.stop(), { once: true });
      return started.done;
    },
    start() {
      if (running) return;
      const mesh = new Mesh(store, behaviours, random);
      const cpuOf = (workload: KubeObject) => cpuPercent(store, behaviours, mesh, workload);
      const nodes = options.nodes ?? 3;
      running = { mesh, workloads: startWorkloads({ store, behaviours, cpuOf, nodes }) };
      prometheus.start();
    },
    stop() {
      for (const one of [...loads]) one.stop();
      prometheus.stop();
      running?.workloads.stop();
      running?.mesh.stop();
      running = undefined;
    },
  };
}

/** Users do not wait for each other: enough workers that slow answers do not lower the rate. */
const WORKERS = 200;

interface Network {
  clock: Clock;
  hosts: Map<string, Http>;
  api: Http;
  prometheus: Http;
  mesh: () => Mesh | undefined;
}

function network({ clock, hosts, api, prometheus, mesh }: Network): Http {
  return async (request) => {
    const { hostname, host } = new URL(request.url);
    const own = hosts.get(host) ?? hosts.get(hostname);
    if (own) return own(request);
    if (API_HOSTS.has(hostname)) return api(request);
    if (PROMETHEUS_HOST.test(hostname)) return prometheus(request);
    const proxies = mesh();
    if (proxies && isServiceHost(proxies, hostname)) return requestService(proxies, clock, request);
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
  };
}

/** CPU of the ready pods of a workload, from the requests they took lately. */
function cpuPercent(store: ObjectStore, behaviours: Behaviours, mesh: Mesh, workload: KubeObject): number {
  const { selector } = workload['spec'] as { selector?: Selector };
  const pods = (store.list(POD, workload.metadata.namespace ?? '') as Pod[]).filter(
    (pod) => selector && isReady(pod) && fitsSelector(selector, pod.metadata.labels),
  );
  const shares = pods.map((pod) => mesh.telemetry.loadOf(pod) / behaviours.of(pod).capacityPerSecond);
  return pods.length === 0 ? 0 : (100 * shares.reduce((sum, one) => sum + one, 0)) / pods.length;
}

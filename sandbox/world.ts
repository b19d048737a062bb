/** The embedded cluster in one value: objects, API, workloads, mesh, metrics, and the network between them. */
import type { KubeObject } from '../model/kube';
import type { Clock, Http } from '../model/ports';
import { type ApiServer, createApiServer } from './api/server';
import { ObjectStore } from './api/store';
import { cpuPercent } from './mesh/cpu';
import type { Load, LoadOptions, LoadSummary } from './mesh/load';
import { type Ingress, ingressLoad, Loads } from './mesh/loads';
import { Mesh, type MeshOptions } from './mesh/mesh';
import { Users } from './mesh/users';
import { network } from './network';
import { createPrometheus, type Prometheus } from './prometheus/prometheus';
import { seeded, uuids } from './random';
import { type Behaviour, type BehaviourPattern, Behaviours } from './workloads/behaviour';
import { type Neighbour, Neighbours } from './workloads/neighbours';
import { startWorkloads } from './workloads/workloads';

/** Where `http` answers for the Kubernetes API. */
export const API_SERVER_URL = 'https://sandbox.local';
/** Where `http` answers for Prometheus. */
export const PROMETHEUS_URL = 'http://prometheus:9090';

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
  /**
   * `even`: requests are shared out, fail and take time exactly as said. `drawn`: all that is left to chance, so that
   * metrics are as noisy as real ones at this traffic.
   * @default even
   */
  chance?: 'even' | 'drawn';
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
  ingress(options: Ingress): Load;
  /** Others on the same nodes: from now on they make pods slow at times. Only of a started sandbox. */
  neighbour(neighbour: Neighbour): void;
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
  const { clock, scrapeIntervalMs, nodes = 3 } = options;
  const random = seeded(options.seed ?? 1);
  const store = new ObjectStore({ clock, uid: uuids(random) });
  for (const object of options.crds ?? []) store.create(object);
  const apiServer = createApiServer(store);
  const api = apiServer.handle;
  const behaviours = new Behaviours();
  const users = new Users();
  const drawn = options.chance === 'drawn';
  // Of its own: whatever is drawn, ids and pods are the same.
  const draw = seeded((options.seed ?? 1) + 0x5eed);
  const loads = new Loads(clock, users, drawn ? draw : undefined);
  const neighbours = new Neighbours(store);
  const hosts = new Map<string, Http>();
  let running: Running | undefined;
  const mesh = () => running?.mesh;
  const targets = () => mesh()?.telemetry.targets() ?? [];
  const prometheus = createPrometheus({ clock, targets, ...(scrapeIntervalMs !== undefined && { scrapeIntervalMs }) });
  const load = (wanted: LoadOptions): Load => {
    if (!running) throw new Error('the sandbox is not started: call start() before load()');
    return loads.start(running.mesh, wanted);
  };
  return {
    store,
    api,
    apiServer,
    users,
    prometheus,
    load,
    http: network({ clock, hosts, api, prometheus: prometheus.http, mesh }),
    host: (name, handler) => void hosts.set(name, handler),
    behaviour: (pattern, change) => behaviours.set(pattern, change),
    ingress: (wanted) => load(ingressLoad(wanted)),
    neighbour: (wanted) => neighbours.add(wanted),
    generateLoad: (wanted, signal) => untilAborted(load(wanted), signal),
    start() {
      running ??= startParts(store, { behaviours, neighbours, random: drawn ? draw : random, drawn }, nodes);
      prometheus.start();
    },
    stop() {
      loads.stop();
      prometheus.stop();
      running?.workloads.stop();
      running?.mesh.stop();
      running = undefined;
    },
  };
}

function startParts(store: ObjectStore, options: MeshOptions, nodes: number): Running {
  const { behaviours } = options;
  const mesh = new Mesh(store, options);
  const cpuOf = (workload: KubeObject) => cpuPercent(store, behaviours, mesh, workload);
  return { mesh, workloads: startWorkloads({ store, behaviours, cpuOf, nodes }) };
}

function untilAborted(load: Load, signal: AbortSignal): Promise<LoadSummary> {
  if (signal.aborted) load.stop();
  signal.addEventListener('abort', () => load.stop(), { once: true });
  return load.done;
}

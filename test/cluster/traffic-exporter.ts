import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from './control-plane/api';
import { type MeshView, type ReadyPod, readMesh } from './traffic/mesh-view';
import { type Load, sharesOf } from './traffic/routing';
import { IstioTelemetry } from './traffic/telemetry';

/** How a version answers. */
export interface Behaviour {
  /** Share of answers that are a 500, 0 to 1. */
  errorRate: number;
  latencyMs: number;
}

export interface TrafficOptions {
  api: Api;
  namespace: string;
  /** Name of the VirtualService and of the Service that users call. */
  apex: string;
  load: Load[];
  /** By image tag; other tags answer well in 20 ms. */
  behaviours?: Record<string, Partial<Behaviour>>;
}

const GOOD: Behaviour = { errorRate: 0, latencyMs: 20 };
/** A real gateway follows a new weight in about 0.35 s (mesh-facts 2). */
const POLL_MS = 300;
const STEP_MS = 100;

/**
 * Mesh traffic without a mesh: every 100 ms it sends the due requests of each load along the live routes to the ready
 * pods and serves what their sidecars would report on `/metrics`. Shares and errors are dealt out evenly, not drawn, so
 * that rates over a window are exact.
 */
export class TrafficExporter {
  readonly telemetry = new IstioTelemetry();
  /** Answers that users of the apex saw, by status. Mirrored answers are not among them. */
  readonly answers: Record<number, number> = {};
  readonly behaviours: Record<string, Partial<Behaviour>>;
  load: Load[];
  readonly #options: TrafficOptions;
  readonly #carried = new Map<string, number>();
  /** Known before the first request is sent. */
  #mesh!: MeshView;
  #timers: NodeJS.Timeout[] = [];
  #server: Server | undefined;
  #lastMs = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.load = options.load;
    this.behaviours = options.behaviours ?? {};
  }

  /** Starts traffic, once it knows where to, and the metrics server. @returns `127.0.0.1:PORT` to scrape. */
  async start(): Promise<string> {
    await this.#look();
    this.#lastMs = performance.now();
    // Like a mesh that keeps its last configuration, traffic goes on unchanged while the API server is away.
    const follow = () => void this.#look().catch(() => undefined);
    this.#timers = [setInterval(() => this.#send(), STEP_MS), setInterval(follow, POLL_MS)];
    const server = createServer((_request, response) => {
      void this.telemetry.exposition().then((text) => response.setHeader('content-type', 'text/plain').end(text));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #look(): Promise<void> {
    const { api, namespace, apex } = this.#options;
    this.#mesh = await readMesh(api, namespace, apex);
  }

  #send(): void {
    const now = performance.now();
    const elapsedS = (now - this.#lastMs) / 1000;
    this.#lastMs = now;
    this.load.forEach((load, index) => {
      for (const { host, share, mirrored } of sharesOf(load, this.#mesh, this.#options.apex)) {
        const key = `${index}/${host}/${mirrored}`;
        const due = this.#whole(key, load.perSecond * elapsedS * share);
        for (let count = 0; count < due; count++) this.#answer(load, host, mirrored);
      }
    });
  }

  #answer(load: Load, host: string, mirrored: boolean): void {
    const pods = this.#mesh.podsOf(host);
    const pod = pods[this.#turn(host) % Math.max(1, pods.length)];
    const { status, latencyMs } = pod === undefined ? { status: 503, latencyMs: 1 } : this.#behave(load, pod);
    if (!mirrored) this.answers[status] = (this.answers[status] ?? 0) + 1;
    this.telemetry.record({
      workload: pod?.workload ?? 'unknown',
      namespace: this.#options.namespace,
      host,
      status,
      latencyMs,
      reporter: pod === undefined ? 'source' : 'destination',
    });
  }

  #behave(load: Load, pod: ReadyPod): { status: number; latencyMs: number } {
    const { errorRate, latencyMs } = { ...GOOD, ...this.behaviours[pod.tag] };
    const fails = this.#whole(`errors/${pod.workload}/${pod.tag}`, errorRate) === 1;
    return { status: load.status ?? (fails ? 500 : 200), latencyMs: latencyMs + (load.delayMs ?? 0) };
  }

  /** Adds to what was left over under `key`, takes the whole part out and keeps the rest. */
  #whole(key: string, amount: number): number {
    const sum = (this.#carried.get(key) ?? 0) + amount;
    const whole = Math.floor(sum);
    this.#carried.set(key, sum - whole);
    return whole;
  }

  #turn(host: string): number {
    const turn = this.#carried.get(`turn/${host}`) ?? 0;
    this.#carried.set(`turn/${host}`, turn + 1);
    return turn;
  }
}

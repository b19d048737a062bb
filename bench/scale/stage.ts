/** One contestant on a cluster of its own: everything that a scenario works with. */
import type { Assets } from '../../test/cluster/control-plane/assets';
import { AuditRecord } from './audit-record';
import { type BenchPlane, startBenchPlane } from './bench-plane';
import { CANARIES, CanaryWatch } from './canary-watch';
import { ControllerProcess } from './contestant';
import { type Figures, figuresOf } from './figures';
import { keyOf, NODES } from './fleet';
import type { Contestant, Options } from './options';
import { populate } from './population';
import { CpuMeter } from './process-figures';
import { type PrometheusProcess, startPrometheusStandIn } from './prometheus-process';
import { isStanding, quantile } from './ticks';

export interface Files {
  assets: Assets;
  /** Folder of our CRDs. */
  crds: string;
  /** The bundled Prometheus stand-in. */
  prometheus: string;
}

/** For the requests of the last ticks of a window. */
const WHOLE_TICK_MS = 2_000;

/** What a run leaves to be done (drained pods, last words) comes with less of a pause. */
const QUIET_SECONDS = 4;
/** For a controller that never rests, and for the cluster, which has thousands of pods to take away. */
const MOST_QUIET_MS = 30_000;
const MOST_CLUSTER_QUIET_MS = 600_000;
/** CPU that the controller-manager and the contestant take in a second when they have nothing to do, and some more. */
const AT_REST_MS = 100;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Stage {
  size = 0;
  /** The version that was shipped last. */
  version = 1;
  /** CPU of the contestant with no Canaries, milliseconds a second. */
  emptyController = 0;
  /** CPU of the API server, milliseconds a second, with all objects there and no controller. */
  restingApiServer = 0;

  private constructor(
    readonly options: Options,
    readonly cluster: BenchPlane,
    readonly prometheus: PrometheusProcess,
    readonly watch: CanaryWatch,
    readonly audit: AuditRecord,
    /** Those that work now; a stand-by is not among them. */
    public processes: ControllerProcess[],
    readonly contestant: Contestant,
  ) {}

  static async set(options: Options, contestant: Contestant, files: Files): Promise<Stage> {
    const cluster = await startBenchPlane(files.assets, files.crds);
    const prometheus = await startPrometheusStandIn(files.prometheus, cluster.plane.folder);
    const watch = new CanaryWatch(cluster.plane);
    await watch.start();
    const audit = new AuditRecord(cluster.plane.auditLog);
    const stage = new Stage(options, cluster, prometheus, watch, audit, [], contestant);
    for (let index = 0; index < options.processes; index += 1) stage.processes.push(await stage.process(index));
    return stage;
  }

  /** Process number `index` of the contestant, not started. */
  process(index: number): Promise<ControllerProcess> {
    const { contestant, options, prometheus } = this;
    const name = `${contestant.name.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}-${index}`;
    const where = { prometheus: prometheus.url, core: options.core };
    return ControllerProcess.prepare(this.cluster.plane, name, contestant.command, where);
  }

  async clear(): Promise<void> {
    this.watch.close();
    await Promise.all(this.processes.map((one) => one.end()));
    await this.prometheus.stop();
    await this.cluster.stop();
  }

  get intervalMs(): number {
    return this.options.intervalSeconds * 1000;
  }

  get keys(): string[] {
    return Array.from({ length: this.size }, (_, index) => keyOf(index));
  }

  async grow(size: number): Promise<void> {
    await populate(this.cluster.api, this.size, size, { ...this.options, nodes: NODES });
    this.size = size;
  }

  /** @returns how long each took to be ready, milliseconds */
  start(): Promise<number[]> {
    return Promise.all(this.processes.map((one) => one.start()));
  }

  /** Waits until nobody asks or moves anything for some seconds; controllers that poll are not waited for long. */
  async quiet(): Promise<void> {
    const manager = new CpuMeter({ cpu: this.cluster.pids['kube-controller-manager'] ?? 0 });
    await this.still(MOST_CLUSTER_QUIET_MS, manager, () => this.onlyPrimaries());
    this.audit.skip();
    const noRequests = () => !this.audit.next().some((request) => !isStanding(request));
    await this.still(MOST_QUIET_MS, this.meter(), noRequests);
  }

  /** No canary has pods any more. A cluster that has much to do makes pauses, so that it is still does not tell. */
  private async onlyPrimaries(): Promise<boolean> {
    const [pods, canaries] = await Promise.all(['/api/v1/pods', CANARIES].map((path) => this.count(path)));
    return pods! <= canaries!;
  }

  private async count(path: string): Promise<number> {
    const { items, metadata } = await this.cluster.api.get(`${path}?limit=1`);
    return items.length + (metadata.remainingItemCount ?? 0);
  }

  /** Until some seconds have gone by in which these processes took next to no CPU, or it has lasted too long. */
  private async still(mostMs: number, meter: CpuMeter, isQuiet: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + mostMs;
    for (let still = 0; still < QUIET_SECONDS && performance.now() < end; ) {
      const before = meter.read();
      await sleep(1000);
      const after = meter.read();
      const works = Object.entries(after).some(([name, ms]) => ms - (before[name] ?? 0) > AT_REST_MS);
      still = (await isQuiet()) && !works ? still + 1 : 0;
    }
  }

  /** Looks for a while. `due`: Canaries that move. */
  async look(seconds: number, due: number): Promise<Figures> {
    const { prometheus, processes } = this;
    this.audit.skip();
    await prometheus.counts();
    const controllers = this.meter();
    const apiServer = this.apiServer();
    const startMs = Date.now();
    await sleep(seconds * 1000);
    const lasted = (Date.now() - startMs) / 1000;
    const controllerCpuMs = Object.values(controllers.read()).reduce((sum, ms) => sum + ms, 0);
    const apiServerCpuMs = Math.max(0, (apiServer.read()['api'] ?? 0) - this.restingApiServer * lasted);
    const queries = await prometheus.counts();
    const memory = processes.map((one) => one.memory());
    await sleep(WHOLE_TICK_MS);
    return figuresOf({
      seconds: lasted,
      startMs,
      intervalMs: this.intervalMs,
      due,
      requests: this.audit.next(),
      controllerCpuMs,
      emptyCpuMs: this.emptyController * lasted,
      apiServerCpuMs,
      memory,
      queries,
    });
  }

  /**
   * What the API server does by itself: with the controller held still for a moment, shorter than its Leases last. The
   * median of slices, since what was before may still echo.
   */
  async rest(seconds: number): Promise<void> {
    for (const { pid } of this.processes) process.kill(pid, 'SIGSTOP');
    const slices: number[] = [];
    for (let slice = 0; slice < 2 * seconds; slice += 1) {
      const meter = this.apiServer();
      await sleep(500);
      slices.push(2 * (meter.read()['api'] ?? 0));
    }
    this.restingApiServer = quantile(slices, 0.5) ?? 0;
    for (const { pid } of this.processes) process.kill(pid, 'SIGCONT');
  }

  /** CPU of the controller's processes from now on. */
  meter(): CpuMeter {
    return new CpuMeter(Object.fromEntries(this.processes.map(({ name, pid }) => [name, pid])));
  }

  private apiServer(): CpuMeter {
    return new CpuMeter({ api: this.cluster.pids['kube-apiserver'] ?? 0 });
  }
}

/** The controller, the embedded cluster and everything around them on one virtual clock, for one rollout test. */
import { Controller } from '../controller/controller';
import { DEFAULT_SETTINGS } from '../controller/rollout/settings';
import { createLogger } from '../controller/telemetry/log';
import { Telemetry } from '../controller/telemetry/metrics';
import { createLoadTester, type LoadTester } from '../loadtester/load-tester';
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import type { Http } from '../model/ports';
import { version } from '../package.json';
import type { RequestNote } from '../sandbox/api/server';
import { VirtualClock } from '../sandbox/clock';
import { seeded, uuids } from '../sandbox/random';
import { API_SERVER_URL, createSandbox, PROMETHEUS_URL, type Sandbox } from '../sandbox/world';
import { definitions } from './definitions';
import { holds, hostOutside } from './outside';
import { type Prepared, prepare } from './prepare';
import { msOf, timeOfDay } from './quantities';
import { Recorder } from './recorder';
import type { Scenario } from './scenario';

/** Objects are applied this long before the first release, so that it falls on its time of day. */
const LEAD_MS = 180_000;
const DAY = Date.UTC(2026, 0, 1);

export class Stage {
  readonly clock: VirtualClock;
  readonly sandbox: Sandbox;
  readonly recorder: Recorder;
  readonly prepared: Prepared;
  /** Unix time of the first release; until then the time at which it is planned. */
  releaseMs: number;
  private readonly loadTester: LoadTester;
  private readonly random: () => number;
  private controller: Controller;
  private readonly dead = new Set<Controller>();

  constructor(
    private readonly scenario: Scenario,
    canary: Canary,
    readonly provider: string,
  ) {
    const { seed = 1, chance = 'even', startAt = '12:00', scrapeEvery = '5s' } = scenario.options;
    this.releaseMs = scenario.past?.releaseMs ?? DAY + timeOfDay('startAt', startAt);
    const clock = new VirtualClock(this.releaseMs - LEAD_MS);
    this.clock = clock;
    this.random = seeded(seed + 1000);
    this.prepared = prepare(scenario, provider);
    const scrapeIntervalMs = msOf('scrapeEvery', scrapeEvery);
    this.sandbox = createSandbox({ clock, seed, crds: definitions(), scrapeIntervalMs, chance });
    this.loadTester = this.newLoadTester(canary);
    this.sandbox.start();
    const { name, namespace = 'default' } = canary.metadata;
    this.recorder = new Recorder(this.sandbox, { name, namespace }, provider, () => this.nowMs());
    hostOutside({
      scenario,
      canary,
      prepared: this.prepared,
      sandbox: this.sandbox,
      loadTester: this.loadTester,
      nowMs: () => this.nowMs(),
      weight: () => this.recorder.liveRoutes().canary,
      told: {
        hook: (hook, answer) => this.recorder.hook(hook, answer),
        alert: (to) => this.recorder.note({ kind: 'alert', provider: to }),
      },
    });
    this.sandbox.apiServer.setFaults((note) => this.fault(note));
    this.controller = this.newController();
  }

  /** Milliseconds since the first release; negative before. */
  nowMs(): number {
    return this.clock.now() - this.releaseMs;
  }

  async start(): Promise<void> {
    for (const object of this.prepared.objects) this.create(object);
    await this.finish(this.controller.start());
  }

  /** Ends the controller's process without a word; `revive` starts another. */
  kill(): void {
    this.dead.add(this.controller);
    void this.controller.stop();
  }

  revive(): void {
    this.controller = this.newController();
    void this.controller.start();
  }

  /** Leaves nothing behind. */
  async stop(): Promise<void> {
    this.recorder.close();
    this.sandbox.apiServer.setFaults(undefined);
    if (!this.dead.has(this.controller)) await this.finish(this.controller.stop());
    await this.finish(this.loadTester.stop());
    this.sandbox.stop();
  }

  /** Kinds that the sandbox does not serve are none of the release's business. */
  private create(object: KubeObject): void {
    const { store } = this.sandbox;
    if (!store.kinds.find(object)) return;
    const { metadata } = object;
    const there = store.get({ ...object, namespace: metadata.namespace, name: metadata.name });
    if (!there) store.create(object);
  }

  /** Moves the clock until the work is done. */
  private async finish<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    await this.clock.runUntil(() => done, { limitMs: 600_000 });
    return watched;
  }

  private fault({ verb }: RequestNote) {
    const outages = this.scenario.outages.filter(({ what }) => what === 'api');
    const nowMs = this.nowMs();
    if (outages.some((one) => holds(one, nowMs))) return { before: 'ECONNREFUSED' };
    const next = Math.min(...outages.map(({ fromMs }) => fromMs).filter((fromMs) => fromMs > nowMs));
    return verb === 'watch' && Number.isFinite(next) ? { dropAfterMs: next - nowMs } : undefined;
  }

  private newLoadTester(canary: Canary): LoadTester {
    const { namespace = 'default' } = canary.metadata;
    return createLoadTester({
      http: (request) => this.sandbox.http(request),
      clock: this.clock,
      generate: (load, signal) => this.sandbox.generateLoad({ ...load, namespace }, signal),
      onGate: (gate) => this.controller.gateMoved(gate.namespace, gate.name),
    });
  }

  private newController(): Controller {
    const { clock, random, sandbox, scenario } = this;
    let self: Controller | undefined;
    // A killed process sends nothing more; what it had in flight is lost.
    const http: Http = (request) =>
      self && this.dead.has(self) ? new Promise(() => undefined) : sandbox.http(request);
    const { meshProvider = DEFAULT_SETTINGS.meshProvider } = scenario.options;
    self = new Controller({
      http,
      clock,
      random,
      uuid: uuids(random),
      server: API_SERVER_URL,
      settings: { ...DEFAULT_SETTINGS, meshProvider, metricsServer: PROMETHEUS_URL },
      log: createLogger({ clock, level: 'error', encoding: 'json', stream: { write: () => true } }),
      telemetry: new Telemetry(),
      version,
    });
    return self;
  }
}

/** The whole controller and the embedded cluster on one virtual clock: what level-2 tests play on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Controller } from '../../../controller/controller';
import { DEFAULT_SETTINGS, type Settings } from '../../../controller/rollout/settings';
import { createLogger } from '../../../controller/telemetry/log';
import { Telemetry } from '../../../controller/telemetry/metrics';
import { createLoadTester, type LoadTester } from '../../../loadtester/load-tester';
import type { Canary } from '../../../model/canary';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import type { Http } from '../../../model/ports';
import { VirtualClock } from '../../../sandbox/clock';
import { seeded, uuids } from '../../../sandbox/random';
import { API_SERVER_URL, createSandbox, type Sandbox } from '../../../sandbox/world';
import { NAMESPACE } from '../../fixtures';

const CRD_FOLDER = join(__dirname, '../../../crds');

const CRDS = readdirSync(CRD_FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(CRD_FOLDER, file), 'utf8')))
  .map((document) => document.toJS() as KubeObject);

export interface ClusterOptions {
  seed?: number;
  settings?: Partial<Settings>;
  /** Stands between the controller and the network. */
  wire?: (http: Http) => Http;
  log?: (line: string) => void;
}

interface CoreEvent extends KubeObject {
  type: string;
  message: string;
  count?: number;
  involvedObject: { name: string };
}

export class Cluster {
  readonly clock = new VirtualClock();
  readonly sandbox: Sandbox;
  readonly loadTester: LoadTester;
  telemetry = new Telemetry();
  controller: Controller;
  /** API requests of the controller: `VERB /path`. */
  readonly requests: string[] = [];
  private readonly said: string[] = [];
  private halted = false;
  private readonly random: () => number;

  constructor(private readonly options: ClusterOptions = {}) {
    const seed = options.seed ?? 1;
    this.random = seeded(seed + 1000);
    this.sandbox = createSandbox({ clock: this.clock, seed, crds: CRDS });
    this.loadTester = createLoadTester({
      http: this.sandbox.http,
      clock: this.clock,
      generate: (load, signal) => this.sandbox.generateLoad(load, signal),
      onGate: ({ namespace, name }) => this.controller.gateMoved(namespace, name),
    });
    this.sandbox.host(`flagger-loadtester.${NAMESPACE}`, this.loadTester.handle);
    this.sandbox.start();
    this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    this.sandbox.store.watch(RESOURCES.event, undefined, ({ object, type }) => {
      const event = object as unknown as CoreEvent;
      if (type === 'DELETED' || event.involvedObject.name !== 'podinfo') return;
      this.said.push(`${event.type[0]} ${event.message}`);
    });
    this.controller = this.newController();
  }

  /** Starts the controller and lets everything settle. */
  async start(): Promise<this> {
    await this.run(this.controller.start());
    return this;
  }

  /** Ends the controller's process without a word, and starts another. */
  async kill(): Promise<void> {
    this.dead.add(this.controller);
    void this.controller.stop();
    this.controller = this.newController();
    await this.run(this.controller.start());
  }

  /** Ends the controller in good order; the cluster goes on. */
  async halt(): Promise<void> {
    await this.run(this.controller.stop());
    this.halted = true;
  }

  /** Starts a controller after `halt`. */
  async resume(): Promise<void> {
    this.controller = this.newController();
    this.halted = false;
    await this.run(this.controller.start());
  }

  async stop(): Promise<void> {
    if (!this.halted) await this.run(this.controller.stop());
    await this.run(this.loadTester.stop());
    this.sandbox.stop();
  }

  create(object: KubeObject): KubeObject {
    return this.sandbox.store.create(object);
  }

  get(kind: keyof typeof RESOURCES, name: string): KubeObject | undefined {
    return this.sandbox.store.get({ ...RESOURCES[kind], namespace: NAMESPACE, name });
  }

  edit(kind: keyof typeof RESOURCES, name: string, change: (object: never) => void): void {
    const copy = structuredClone(this.get(kind, name)!);
    change(copy as never);
    this.sandbox.store.update(copy);
  }

  setImage(image: string): void {
    this.edit(
      'deployment',
      'podinfo',
      (object: { spec: { template: { spec: { containers: { image: string }[] } } } }) => {
        object.spec.template.spec.containers[0]!.image = image;
      },
    );
  }

  get status(): NonNullable<Canary['status']> {
    return (this.get('canary', 'podinfo') as Canary | undefined)?.status ?? {};
  }

  async until(phase: string, limitSeconds = 1800): Promise<number> {
    try {
      const ms = await this.clock.runUntil(() => this.status.phase === phase, { limitMs: limitSeconds * 1000 });
      await this.clock.advance(500);
      return ms;
    } catch (error) {
      throw new Error(`no ${phase}, but ${JSON.stringify(this.status)}\n${this.events().join('\n')}`, { cause: error });
    }
  }

  /** Texts of the Canary's Events as they were recorded or counted up, `N text` or `W text`. */
  events(): string[] {
    return this.said;
  }

  /** The texts since the last call. */
  news(): string[] {
    return this.said.splice(0);
  }

  /** The live split, `primary/canary`, with `m` when mirrored. */
  routes(): string {
    const service = this.get('virtualService', 'podinfo') as never as VirtualService | undefined;
    const route = service?.spec.http.at(-1);
    if (!route) return '-';
    return route.route.map((one) => one.weight).join('/') + (route.mirror ? 'm' : '');
  }

  image(name: string): string {
    const deployment = this.get('deployment', name) as never as {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    return deployment.spec.template.spec.containers[0]!.image;
  }

  replicas(name: string): number {
    return (this.get('deployment', name) as never as { spec: { replicas: number } }).spec.replicas;
  }

  /** Runs virtual time until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const watched = work.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    await this.clock.runUntil(() => done, { limitMs: 600_000 });
    return watched;
  }

  private readonly dead = new Set<Controller>();

  private newController(): Controller {
    const wire = this.options.wire ?? ((http: Http) => http);
    const http = wire(this.sandbox.http);
    let self: Controller | undefined;
    const counting: Http = (request) => {
      // A killed process sends nothing more; what it had in flight is lost.
      if (self && this.dead.has(self)) return new Promise(() => undefined);
      const { hostname, pathname, search } = new URL(request.url);
      if (hostname === 'sandbox.local') this.requests.push(`${request.method} ${pathname}${search}`);
      return http(request);
    };
    self = new Controller({
      http: counting,
      clock: this.clock,
      random: this.random,
      uuid: uuids(this.random),
      server: API_SERVER_URL,
      settings: { ...DEFAULT_SETTINGS, ...this.options.settings },
      log: createLogger({
        clock: this.clock,
        level: 'debug',
        encoding: 'json',
        stream: { write: (line) => this.options.log?.(line) },
      }),
      telemetry: this.telemetry,
      version: 'test',
    });
    return self;
  }
}

interface VirtualService {
  spec: { http: { route: { weight: number }[]; mirror?: object }[] };
}

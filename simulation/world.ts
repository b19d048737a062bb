/** The cluster, the controller's processes, and the people around them, on one virtual clock. */
import type { Canary, Phase } from '../model/canary';
import { type KubeObject, RESOURCES, type ResourceType } from '../model/kube';
import type { HttpResponse } from '../model/ports';
import { isRouter, routerFor } from '../model/traffic/router';
import { isUnreadable, type Routes } from '../model/traffic/routes';
import { VirtualClock } from '../sandbox/clock';
import { createSandbox, type Sandbox } from '../sandbox/world';
import { Chance } from './chance';
import { canaryOf, HOOKS_HOST, METRICS_HOST, NAME, NAMESPACE, surroundings, targetOf } from './objects';
import { Process } from './process';
import { acceptRoutes, routingKinds } from './routing-kinds';
import type { Scenario } from './scenario';
import { Hooks, metricsServer } from './services';
import type { Sent, Trouble } from './wire';

export interface WorldOptions {
  seed: number;
  scenario: Scenario;
  /** Our CustomResourceDefinitions. */
  crds: KubeObject[];
  trouble(process: Process, sent: Sent): Trouble | undefined;
  /** Told of every answer of the API server or of another port, when it is given. */
  answered(process: Process, sent: Sent, response: HttpResponse, text: string): void;
}

type Kind = keyof typeof RESOURCES;

export class World {
  readonly clock = new VirtualClock();
  readonly sandbox: Sandbox;
  readonly hooks = new Hooks();
  readonly processes: Process[] = [];
  readonly story: string[] = [];
  readonly startMs: number;
  private readonly chance: Chance;
  private births = 0;

  constructor(readonly options: WorldOptions) {
    const { seed, scenario, crds } = options;
    this.startMs = this.clock.now();
    this.chance = new Chance(seed + 7);
    this.sandbox = createSandbox({
      clock: this.clock,
      seed,
      nodes: 1,
      crds: [...crds, ...routingKinds(scenario.provider)],
      scrapeIntervalMs: scenario.users ? 5_000 : 600_000,
    });
    this.sandbox.host(HOOKS_HOST, this.hooks.http);
    this.sandbox.host(
      METRICS_HOST,
      metricsServer(() => this.get('deployment', NAME)),
    );
    this.sandbox.behaviour('app:bad*', { errorRate: 0.5 });
    this.sandbox.behaviour('app:stuck*', { neverReady: true });
    this.sandbox.start();
    this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    if (routingKinds(scenario.provider)[0]?.metadata.name.startsWith('httproutes')) {
      acceptRoutes(this.sandbox.store, this.clock);
    }
  }

  get scenario(): Scenario {
    return this.options.scenario;
  }

  /** The objects that people apply first. */
  populate(): void {
    for (const object of [
      ...surroundings(this.scenario),
      targetOf(this.scenario, 'app:good-0'),
      canaryOf(this.scenario),
    ])
      this.create(object);
    if (this.scenario.users) this.sandbox.ingress({ host: 'app.example.com', perSecond: 5 });
  }

  /** Starts one more process of the controller. */
  begin(past?: Map<string, string>): Process {
    const process = new Process({
      identity: `p${++this.births}`,
      clock: this.clock,
      http: this.sandbox.http,
      random: this.chance.next,
      elects: this.scenario.replicas > 1,
      shards: this.scenario.shards,
      trouble: this.options.trouble,
      answered: this.options.answered,
      died: (dead) => {
        this.tell(`${dead.identity} is dead`);
        this.processes.splice(this.processes.indexOf(dead), 1);
      },
      log: (line) => this.tell(line),
    });
    if (past) {
      process.wire.past = past;
      this.clock.after(3_000, () => {
        process.wire.past = undefined;
      });
    }
    this.processes.push(process);
    this.tell(`${process.identity} starts`);
    process.start();
    return process;
  }

  tell(line: string): void {
    this.story.push(`${((this.clock.now() - this.startMs) / 1000).toFixed(3).padStart(9)} ${line}`);
  }

  create(object: KubeObject): KubeObject {
    return this.sandbox.store.create(object);
  }

  get(kind: Kind, name: string): KubeObject | undefined {
    return this.sandbox.store.get({ ...(RESOURCES[kind] as ResourceType), namespace: NAMESPACE, name });
  }

  /** Changes an object if it is there. */
  edit(kind: Kind, name: string, change: (draft: never) => void): boolean {
    if (!this.get(kind, name)) return false;
    const ref = { ...(RESOURCES[kind] as ResourceType), namespace: NAMESPACE, name };
    this.sandbox.store.modify(ref, change as (draft: KubeObject) => void);
    return true;
  }

  remove(kind: Kind, name: string): boolean {
    if (!this.get(kind, name)) return false;
    this.sandbox.store.delete({ ...(RESOURCES[kind] as ResourceType), namespace: NAMESPACE, name });
    return true;
  }

  get canary(): Canary | undefined {
    return this.get('canary', NAME) as Canary | undefined;
  }

  get phase(): Phase | 'none' {
    const canary = this.canary;
    return canary ? (canary.status?.phase ?? '') : 'none';
  }

  /** The live split; undefined while there is none. */
  routes(): Routes | undefined {
    const canary = this.canary;
    if (!canary) return undefined;
    const router = routerFor(canary.spec.provider ?? 'istio');
    if (!isRouter(router) || !router.splitsTraffic) return undefined;
    const live = router
      .objects(canary)
      .map(({ type, name }) => this.sandbox.store.get({ ...type, namespace: NAMESPACE, name }))
      .filter((object) => object !== undefined);
    try {
      const read = router.read(canary, live);
      return isUnreadable(read) ? read.asked : read;
    } catch {
      // What the routes are made from is gone: there is no split.
      return undefined;
    }
  }

  stop(): void {
    for (const process of [...this.processes]) process.kill();
    this.sandbox.stop();
  }
}

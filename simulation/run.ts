/** Plays one plan from an empty cluster to a healthy end, and says which promise was broken, if any. */
import type { KubeObject } from '../model/kube';
import type { StoreEvent } from '../sandbox/api/store';
import { Chance } from './chance';
import { ending } from './ending';
import { PER_FAULT, type Stage } from './faults';
import { Watchdog } from './invariants';
import { ACTIONS, type FAULTS, type Mishap, type MishapKind, type SeenPhase } from './mishap';
import { People } from './people';
import type { Plan } from './plan';
import { passes } from './services';
import { Troubles } from './troubles';
import { type Invariant, Violation } from './violation';
import { World } from './world';
import { ChangeLog } from './written';

export interface Outcome {
  plan: Plan;
  broken?: { invariant: Invariant; message: string };
  /** `<mishap> <phase>` for everything that happened. */
  met: Set<string>;
  /** What was done, said and written, a line each with seconds since the start. */
  story: string[];
}

export interface RunOptions {
  /** Our CustomResourceDefinitions. */
  crds: KubeObject[];
}

/** How long trouble goes on after the first push, milliseconds. */
const TROUBLE_MS = 75_000;
const STEP_MS = 1_000;

/** Never throws: what goes wrong in the simulation itself is a broken promise too. */
export async function run(plan: Plan, options: RunOptions): Promise<Outcome> {
  const play = new Play(plan, options);
  try {
    await play.whole();
    return play.outcome();
  } catch (error) {
    return play.outcome(error);
  } finally {
    play.world.stop();
  }
}

export class Play {
  readonly world: World;
  readonly people: People;
  readonly watchdog: Watchdog;
  private readonly troubles: Troubles;
  private readonly changes = new ChangeLog();
  private readonly met = new Set<string>();
  private readonly inForce = new Map<MishapKind, number>();
  private readonly scheduled = new Set<Mishap>();
  private violation: unknown;
  /** False when trouble is over. */
  private rough = true;
  private seen: SeenPhase | 'none' = 'none';

  constructor(
    readonly plan: Plan,
    options: RunOptions,
  ) {
    const { seed, scenario } = plan;
    this.troubles = new Troubles(
      () => this.world.clock.now(),
      (kind) => this.struck(kind),
    );
    this.world = new World({
      seed,
      scenario,
      crds: options.crds,
      trouble: this.troubles.meet,
      answered: (process, sent, response, text) =>
        this.guarded(() => {
          if (sent.port === 'metrics' && passes(sent.request, text)) this.watchdog.passed();
          if (!sent.write || response.status >= 300) return;
          const change = this.changes.changeOf(text);
          if (!change) return;
          this.tellWrite(process.identity, sent.request.method, change);
          this.watchdog.wrote({ by: process.identity, ...change });
        }),
    });
    this.watchdog = new Watchdog(this.world);
    this.people = new People(this.world, () => this.watchdog.pushed());
    this.world.sandbox.store.observe((event) => this.observed(event));
  }

  outcome(thrown?: unknown): Outcome {
    const error = this.violation ?? thrown;
    const { plan, met } = this;
    // What ends in the moments after is no part of the story.
    const story = [...this.world.story];
    if (error === undefined) return { plan, met, story };
    const invariant = error instanceof Violation ? error.invariant : 0;
    const message = error instanceof Violation ? error.message : String((error as Error)?.stack ?? error);
    return { plan, broken: { invariant, message }, met, story };
  }

  async whole(): Promise<void> {
    const { world, plan } = this;
    for (let i = 0; i < plan.scenario.replicas; i++) world.begin();
    await this.pass(1_000);
    world.populate();
    // In the very moment: the controller answers within it.
    for (const mishap of plan.mishaps) if (mishap.phase === '') this.happen(mishap);
    await this.until(() => world.phase === 'Initialized', 120_000);
    await this.pass(5_000);
    for (const mishap of plan.mishaps) if (mishap.phase === undefined) this.schedule(mishap);
    if (plan.closed) this.closeGate(plan.closed);
    this.people.push(plan.first);
    await this.pass(plan.deleted ? 25_000 : TROUBLE_MS);
    if (plan.deleted) await this.deletion();
    this.calm();
    await ending(this);
  }

  /** Lets time pass. @throws Violation */
  async pass(ms: number): Promise<void> {
    const endMs = this.world.clock.now() + ms;
    while (this.world.clock.now() < endMs) {
      await this.world.clock.advanceTo(Math.min(endMs, this.world.clock.now() + STEP_MS));
      this.guarded(() => this.watchdog.resting());
      if (this.violation) throw this.violation;
    }
  }

  /** Until it holds, or the time is over; says whether it held. */
  async until(holds: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.world.clock.now() + limitMs;
    while (!holds() && this.world.clock.now() < endMs) await this.pass(STEP_MS);
    return holds();
  }

  private closeGate(type: string): void {
    this.world.hooks.close(type);
    this.world.clock.after(35_000, () => this.world.hooks.open(type));
  }

  /** Somebody takes the Canary away for good, and later wants it again. */
  private async deletion(): Promise<void> {
    this.world.tell('people: canary deleted');
    this.troubles.slowMs = this.plan.slowMs ?? 0;
    this.world.remove('canary', 'app');
    await this.pass(TROUBLE_MS - 25_000);
  }

  /** Trouble ends, what was taken away comes back, somebody is there to work. */
  private calm(): void {
    const { world } = this;
    this.rough = false;
    world.tell('trouble is over');
    this.troubles.end();
    world.hooks.openAll();
    for (const process of world.processes) {
      process.skewMs = 0;
      process.wire.past = undefined;
    }
    while (world.processes.length < world.scenario.replicas) world.begin();
    world.remove('canary', 'neighbour');
  }

  private schedule(mishap: Mishap): void {
    this.world.clock.after(Math.max(0, mishap.afterMs), () => this.happen(mishap));
  }

  private happen({ kind, seed }: Mishap): void {
    if (!this.rough) return;
    this.guarded(() => {
      const chance = new Chance(seed);
      if ((ACTIONS as readonly string[]).includes(kind)) {
        const phase = this.world.phase;
        this.world.tell(`people: ${kind}`);
        if (this.people.act(kind as (typeof ACTIONS)[number], chance)) this.struck(kind, phase);
        this.watchdog.changedByPeople();
      } else {
        this.world.tell(`fault: ${kind}`);
        PER_FAULT[kind as (typeof FAULTS)[number]](this.stage(chance));
      }
    });
  }

  private stage(chance: Chance): Stage {
    return {
      world: this.world,
      troubles: this.troubles,
      chance,
      rough: () => this.rough,
      struck: (kind) => this.struck(kind),
      lasts: (kind, ms, end) => {
        this.struck(kind);
        this.inForce.set(kind, (this.inForce.get(kind) ?? 0) + 1);
        this.world.clock.after(ms, () => {
          this.inForce.set(kind, this.inForce.get(kind)! - 1);
          if (this.rough) end?.();
        });
      },
    };
  }

  private struck(kind: MishapKind, phase: SeenPhase | 'none' | string = this.world.phase): void {
    this.world.tell(`  ${kind} in phase ${phase || "''"}`);
    this.met.add(`${kind}/${phase}`);
    this.watchdog.disturbed();
  }

  /** Mishaps that wait for a phase come when it is entered. */
  private observed(event: StoreEvent): void {
    this.changes.add(event);
    this.guarded(() => this.watchdog.changed(event));
    const { object } = event;
    if (object.kind !== 'Canary' || object.metadata.name !== 'app') return;
    const phase = this.world.phase as SeenPhase | 'none';
    if (phase === this.seen) return;
    this.seen = phase;
    this.world.tell(`phase ${phase || "''"}`);
    for (const [kind, count] of this.inForce) if (count > 0) this.met.add(`${kind}/${phase}`);
    if (!this.rough) return;
    for (const mishap of this.plan.mishaps) {
      if (mishap.phase !== phase || phase === '' || this.scheduled.has(mishap)) continue;
      this.scheduled.add(mishap);
      this.schedule(mishap);
    }
  }

  private tellWrite(by: string, method: string, { object, previous }: StoreEvent): void {
    if (object.kind === 'Lease') return;
    const { name } = object.metadata;
    const routes = this.world.routes();
    const split = routes ? ` ${routes.primary}/${routes.canary}${routes.mirrored ? 'm' : ''}` : '';
    const said = object.kind === 'Event' ? ` ${(object as { message?: string }).message}` : split;
    this.world.tell(`${by} ${method} ${object.kind}/${name}${said}${previous ? '' : ' (new)'}`);
  }

  private guarded(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.violation ??= error;
    }
  }
}

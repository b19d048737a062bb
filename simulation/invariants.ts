/**
 * The invariants of ARCHITECTURE.md, looked at with every write of a process and every change of the cluster. What
 * people do to the cluster is theirs; what a process does is held against what it could know.
 */
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import type { Routes } from '../model/traffic/routes';
import type { StoreEvent } from '../sandbox/api/store';
import { leaderOf } from './faults';
import { NAME } from './objects';
import { availableOf, imageOf, isBad, isStuck } from './services';
import { type Invariant, Violation } from './violation';
import type { World } from './world';
import type { Written } from './written';

/** A view may be this old before its owner has to know better, milliseconds: the longest silence of a watch, and a relist. */
const STALENESS_MS = 95_000;
/** The shortest drain of the scenarios. */
const DRAIN_MS = 2_000;
const IDLE = new Set(['Initialized', 'Waiting', 'Succeeded', 'Failed']);
const RUNNING = new Set(['Progressing', 'WaitingPromotion', 'Promoting', 'Finalising']);

type Side = 'primary' | 'canary';

export class Watchdog {
  private routes: Routes | undefined;
  /** Whether the canary has traffic, when it last had some, and what the slowest clock of a process said then. */
  private exposed = { now: false, untilMs: Number.NEGATIVE_INFINITY, skewMs: 0 };
  private readonly lastAvailableMs: Record<Side, number> = { primary: -1e15, canary: -1e15 };
  private readonly lastEmptyMs: Record<Side, number> = { primary: -1e15, canary: -1e15 };
  /** Answers that pass, since the last step. */
  private passes = 0;
  /** Answers that pass, since the target's template last changed. */
  private passesOfRevision = 0;
  private skippedMs = Number.NEGATIVE_INFINITY;
  private leaseDeletedMs = Number.NEGATIVE_INFINITY;
  private readonly promoted = new Set<string>();
  private pushes = 1;
  private runs = 0;
  writes = 0;
  /** When people or faults last did something. */
  private disturbedMs = 0;
  private peopleRoutedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly world: World) {}

  pushed(): void {
    this.pushes++;
  }

  disturbed(): void {
    this.disturbedMs = this.now;
  }

  passed(): void {
    this.passes++;
    this.passesOfRevision++;
  }

  /** Every change of the cluster, whoever made it. */
  changed({ object, previous, type }: StoreEvent): void {
    if (object.kind === 'Lease' && type === 'DELETED') this.leaseDeletedMs = this.now;
    if (object.kind === 'Deployment') this.workloadChanged(object, previous);
    if (object.kind === 'Canary' && object.metadata.name === NAME) {
      if ((object as Canary).spec.skipAnalysis) this.skippedMs = this.now;
      if (type === 'DELETED') this.passes = 0;
    }
    this.exposure();
  }

  /** Traffic ends with the change that takes it away, not with the one before. */
  private exposure(): void {
    const now = (this.world.routes()?.canary ?? 0) > 0;
    if (!now && !this.exposed.now) return;
    const skews = this.world.processes.map(({ skewMs }) => skewMs);
    this.exposed = { now, untilMs: this.now, skewMs: skews.length > 0 ? Math.min(...skews) : 0 };
  }

  /** A change that no process made. */
  changedByPeople(): void {
    const routes = this.world.routes();
    if (sameSplit(routes, this.routes)) return;
    this.peopleRoutedMs = this.now;
    this.routes = routes;
  }

  /** A write of a process that took effect. */
  wrote(written: Written): void {
    const { object, previous, by } = written;
    if (object.kind === 'Lease' || object.kind === 'Event') return;
    this.writes++;
    this.fenced(by, object);
    if (object.kind === 'Deployment' && object.metadata.name === `${NAME}-primary`)
      this.primaryWritten(object, previous);
    if (object.kind === 'Deployment') this.scaled(by, object, previous);
    if (object.kind === 'Canary' && object.metadata.name === NAME)
      this.statusWritten(object as Canary, previous as Canary);
    this.routed();
  }

  /** Looked at between steps: a bad state may be passed through, never rested in. */
  resting(): void {
    if (this.now - Math.max(this.disturbedMs, this.peopleRoutedMs) < STALENESS_MS) return;
    const routes = this.world.routes();
    const canary = this.world.canary;
    if (!routes || !canary || canary.spec.suspend) return;
    const since = Math.max(this.lastAvailableMs.canary, this.lastEmptyMs.primary);
    if (
      routes.canary > 0 &&
      this.available('canary') === 0 &&
      this.available('primary') > 0 &&
      this.now - since > 20_000
    )
      this.fail(1, `${routes.canary} % of the traffic rests on a target without ready pods`);
  }

  private get now(): number {
    return this.world.clock.now();
  }

  private fail(invariant: Invariant, message: string): never {
    throw new Violation(invariant, message);
  }

  private skewOf(identity: string): number {
    return this.world.processes.find((process) => process.identity === identity)?.skewMs ?? 0;
  }

  private available(side: Side): number {
    return availableOf(this.world.get('deployment', side === 'primary' ? `${NAME}-primary` : NAME));
  }

  private workloadChanged(object: KubeObject, previous: KubeObject | undefined): void {
    const side =
      object.metadata.name === NAME ? 'canary' : object.metadata.name === `${NAME}-primary` ? 'primary' : undefined;
    if (!side) return;
    if (availableOf(previous) > 0) this.lastAvailableMs[side] = this.now;
    if (availableOf(object) > 0) this.lastAvailableMs[side] = this.now;
    else this.lastEmptyMs[side] = this.now;
    if (availableOf(previous) === 0) this.lastEmptyMs[side] = this.now;
    if (side === 'canary' && imageOf(object) !== imageOf(previous)) this.passesOfRevision = 0;
  }

  /** 8: whoever writes holds the lease, as the API server knows it. */
  private fenced(by: string, object: KubeObject): void {
    if (this.world.scenario.replicas === 1) return;
    const leader = leaderOf(this.world, object.metadata.name.startsWith('neighbour') ? 'neighbour' : NAME);
    // Somebody who never saw the Lease cannot know of its holder.
    const holder = this.world.processes.find(({ identity }) => identity === leader);
    if (holder && holder.bornMs > this.leaseDeletedMs - 15_000 && this.now - this.leaseDeletedMs < 45_000) return;
    if (leader !== undefined && leader !== by && leader !== 'somebody' && leader !== '')
      this.fail(8, `${by} wrote ${object.kind}/${object.metadata.name} while ${leader} holds the lease`);
  }

  /** 2: what the primary runs has passed. */
  private primaryWritten(object: KubeObject, previous: KubeObject | undefined): void {
    const image = imageOf(object);
    const known = this.promoted.has(image);
    this.promoted.add(image);
    if (!previous || image === imageOf(previous) || known) return;
    const phase = this.world.phase;
    // A first version that never got ready is replaced before anybody uses it.
    if (phase === 'Initializing' && availableOf(previous) === 0) return;
    if (!RUNNING.has(phase)) this.fail(2, `the primary gets ${image} in phase ${phase}`);
    if (this.now - this.skippedMs < STALENESS_MS) return;
    if (isBad(image) || isStuck(image)) this.fail(2, `the primary gets ${image}, which cannot have passed`);
    if (this.passesOfRevision === 0) this.fail(2, `the primary gets ${image} without one check that passed`);
  }

  /** 3: pods that have traffic keep running, and so does the primary. */
  private scaled(by: string, object: KubeObject, previous: KubeObject | undefined): void {
    const replicas = (one: KubeObject | undefined) =>
      (one?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
    if (!previous || replicas(previous) === 0 || replicas(object) > 0) return;
    if (object.metadata.name !== NAME) this.fail(3, `${object.metadata.name} is scaled to zero`);
    if (this.now - this.peopleRoutedMs < STALENESS_MS) return;
    // A drain is measured with the clocks of processes: one that jumped ahead since then cannot know better.
    const drainedMs = this.now - this.exposed.untilMs + Math.max(0, this.skewOf(by) - this.exposed.skewMs);
    const weight = this.world.routes()?.canary ?? 0;
    if (weight > 0) this.fail(3, `the target is scaled to zero with ${weight} % of the traffic`);
    if (drainedMs < DRAIN_MS - 1) this.fail(3, `the target is scaled to zero ${drainedMs} ms after its last traffic`);
  }

  /** 4 and 6: what starts a run is new, and what moves it on was measured. */
  private statusWritten(canary: Canary, previous: Canary | undefined): void {
    const [was, is] = [previous?.status?.phase ?? '', canary.status?.phase ?? ''];
    const record = canary.status?.serin as { runStartedAt?: string } | undefined;
    const before = previous?.status?.serin as { runStartedAt?: string } | undefined;
    if (is === 'Progressing' && IDLE.has(was)) this.started(canary, previous!);
    if (is === 'Progressing' && record?.runStartedAt !== before?.runStartedAt) this.passes = 0;
    // From Finalising it is a step back, with the copy made: the primary lost its pods again.
    if (is === 'Promoting' && was !== is && was !== 'Finalising') this.measured('it is promoted');
    if (is === 'Promoting') this.passes = 0;
  }

  private started(canary: Canary, previous: Canary): void {
    this.runs++;
    const revision = ({ status }: Canary) => JSON.stringify([status?.lastAppliedSpec, status?.trackedConfigs]);
    if (previous.status?.phase !== 'Waiting' && revision(canary) === revision(previous))
      this.fail(4, 'a run starts for the revision that was decided on last');
    if (this.runs > this.pushes) this.fail(4, `run ${this.runs} starts after ${this.pushes - 1} pushes`);
  }

  private measured(what: string): void {
    if (this.now - this.skippedMs < STALENESS_MS) return;
    if (this.passes === 0) this.fail(6, `${what} without one check that passed since the step before`);
  }

  /** 1 and 6: the split is whole, goes to pods, and grows by what was measured. */
  private routed(): void {
    const routes = this.world.routes();
    const before = this.routes;
    this.routes = routes;
    if (!routes || sameSplit(routes, before)) return;
    const { primary, canary } = routes;
    if (primary + canary !== 100) this.fail(1, `the weights are ${primary} and ${canary}`);
    if (before && canary > before.canary) this.sent('canary', 'primary');
    if (before && primary > before.primary) this.sent('primary', 'canary');
    if (!before || canary <= before.canary || before.canary === 0) return;
    if (this.available('primary') === 0 || this.now - this.lastEmptyMs.primary < STALENESS_MS) return;
    if (this.world.phase === 'Progressing')
      this.measured(`the canary's weight grows from ${before.canary} to ${canary}`);
    this.passes = 0;
  }

  /** Traffic was sent to a side: it has pods, or had some as far as anybody could know. */
  private sent(to: Side, from: Side): void {
    const others = this.available(from) > 0 && this.now - this.lastEmptyMs[from] > STALENESS_MS;
    if (this.available(to) > 0 || !others) return;
    const goneMs = this.now - this.lastAvailableMs[to];
    if (goneMs > STALENESS_MS)
      this.fail(1, `traffic goes to the ${to}, without ready pods for ${Math.round(goneMs / 1000)} s`);
  }
}

const sameSplit = (a: Routes | undefined, b: Routes | undefined): boolean =>
  a?.primary === b?.primary && a?.canary === b?.canary && a?.mirrored === b?.mirrored;

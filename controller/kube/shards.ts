/**
 * Several replicas share the Canaries: each Canary belongs to a shard by its name, each shard to one replica by a Lease.
 *
 * A replica renews one Lease, its own; the Lease of a shard only says who holds it. So the cost at rest is one write and
 * one list a round for each replica, however many shards there are. Safe for the same reason as the leader election: a
 * replica stops believing in itself `renewDeadlineMs` after it asked for its last renewal, its last write is over
 * `writeTimeoutMs` later, and others wait `durationMs` from when they saw that renewal. A replica that was late claims its
 * shards again, by a write that fails when another did so before.
 */
import type { KubeObject } from '../../model/kube';
import { RESOURCES } from '../../model/kube';
import type { Clock, Timer } from '../../model/ports';
import { sleep } from './backoff';
import type { OnProblem } from './cache';
import type { KubeClient } from './client';
import { isKubeError } from './error';
import { type Lease, renewal } from './lease-record';
import { COUNT_ANNOTATION, MEMBER, SHARD_LABEL, shardOf, shardPlan } from './shard-plan';
import { Stillness } from './stillness';

export interface ShardsOptions {
  /** One of its own, so that renewals never queue behind other requests. */
  client: KubeClient;
  clock: Clock;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  namespace: string;
  /** `<hostname>_<uuid>`, new for each process. */
  identity: string;
  count: number;
  /** Told when shards come; ticks of their Canaries may begin. */
  gained(shards: ReadonlySet<number>): void;
  /** Told when shards go; resolves when nothing of theirs is under way any more. */
  lost(shards: ReadonlySet<number>): Promise<void>;
  /** How long others wait after the last sign of life. @default 10000 */
  durationMs?: number;
  /** How long a replica believes in its renewal. @default 4000 */
  renewDeadlineMs?: number;
  /** Between rounds. @default 1500 */
  roundMs?: number;
  onProblem?: OnProblem;
}

/** Longest time that one write may take: with the renewal deadline it is below the duration. */
export const SHARD_WRITE_TIMEOUT_MS = 4_000;
/** Leases of replicas that are gone are deleted after so many durations. */
const FORGET_AFTER = 30;

export class Shards {
  private readonly held = new Set<number>();
  /** Shards that we gave up, and whether all their work has ended. */
  private readonly leaving = new Map<number, 'busy' | 'quiet'>();
  private readonly signs = new Map<string, Stillness>();
  private readonly stopping = new AbortController();
  private readonly durationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly roundMs: number;
  private readonly memberName: string;
  private member: Lease | undefined;
  /** The renewal that we believe in. */
  private renewed: { askedMs: number; expiry: Timer } | undefined;
  private running: Promise<void> | undefined;
  /** Until another replica, should it stay silent, counts as gone: it is looked for then, and not a round later. */
  private silentForMs = Number.POSITIVE_INFINITY;

  constructor(private readonly options: ShardsOptions) {
    this.durationMs = options.durationMs ?? 10_000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 4_000;
    this.roundMs = options.roundMs ?? 1_500;
    if (this.renewDeadlineMs + SHARD_WRITE_TIMEOUT_MS >= this.durationMs) {
      throw new Error('shards need renew deadline + write timeout < duration');
    }
    this.memberName = `serin-member-${dnsLabel(options.identity)}`;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Whether this replica, right now, is the one that works on the Canary `namespace/name`. */
  owns(key: string): boolean {
    return this.believes() && this.held.has(shardOf(key, this.options.count));
  }

  /** Numbers of the shards that are ours. */
  holding(): number[] {
    return this.believes() ? [...this.held].sort((a, b) => a - b) : [];
  }

  /** Gives the shards back, so that others take them at once. Finish every write before you call it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    const mine = this.believes() ? [...this.held] : [];
    this.held.clear();
    this.renewed?.expiry.cancel();
    this.renewed = undefined;
    try {
      const { leases } = await this.look({});
      for (const shard of mine) await this.hand(leases.get(shard), '');
      if (this.member) await this.options.client.delete(RESOURCES.lease, this.options.namespace, this.memberName);
    } catch (error) {
      this.report('cannot give the shards back', error);
    }
  }

  private async run(): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.round().catch((error) => {
        if (!signal.aborted) this.report('cannot share the Canaries with other replicas', error);
      });
      await sleep(clock, Math.min(this.roundMs * (0.8 + random() / 5), this.silentForMs), signal);
    }
  }

  private async round(): Promise<void> {
    await this.renew();
    const { leases, members } = await this.look(this.call());
    const alive = this.alive(leases, members);
    if (!this.believes()) return;
    const { count, identity } = this.options;
    // Somebody took a Lease away by hand: what nobody confirms is not ours.
    this.giveUp([...this.held].filter((shard) => leases.get(shard)?.spec?.holderIdentity !== this.options.identity));
    const leaving = new Set(this.leaving.keys());
    const strangers = this.strangers(members, alive);
    const { claim, release } = shardPlan({ count, identity, leases, alive, strangers, held: this.held, leaving });
    this.giveUp(release);
    await this.handOn(leases);
    await this.claim(claim, leases);
    await this.forget(members);
  }

  /** A sign of life. Coming late, it proves nothing about what we held before. */
  private async renew(): Promise<void> {
    const { client, clock, namespace, identity } = this.options;
    const askedMs = clock.now();
    if (!this.believes()) this.lapse();
    const spec = renewal(this.member?.spec, {
      identity,
      nowMs: askedMs,
      durationMs: this.durationMs,
      transitions: undefined,
    });
    try {
      const next = this.member ? { ...this.member, spec } : this.newLease(this.memberName, MEMBER, spec);
      this.member = await (this.member
        ? client.replace<Lease>(RESOURCES.lease, next, this.call())
        : client.create<Lease>(RESOURCES.lease, next, this.call()));
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound', 'AlreadyExists')) {
        this.member = await client.get<Lease>(RESOURCES.lease, namespace, this.memberName, this.call());
      }
      throw error;
    }
    this.believe(askedMs);
  }

  private believe(askedMs: number): void {
    this.renewed?.expiry.cancel();
    const leftMs = askedMs + this.renewDeadlineMs - this.options.clock.now();
    if (leftMs <= 0) {
      this.lapse();
      return;
    }
    // A timer as well as the comparison in believes: timers do not follow jumps of the wall clock.
    this.renewed = { askedMs, expiry: this.options.clock.after(leftMs, () => this.lapse()) };
  }

  private believes(): boolean {
    if (this.renewed === undefined) return false;
    const ageMs = this.options.clock.now() - this.renewed.askedMs;
    return ageMs >= 0 && ageMs < this.renewDeadlineMs;
  }

  private lapse(): void {
    this.renewed?.expiry.cancel();
    this.renewed = undefined;
    this.giveUp([...this.held]);
  }

  /** All Leases of ours, in one list and so of one moment. */
  private async look(call: object) {
    const { client, namespace } = this.options;
    const { items } = await client.list<Lease>(RESOURCES.lease, { namespace, labelSelector: SHARD_LABEL, ...call });
    const labelOf = ({ metadata }: KubeObject) => metadata.labels?.[SHARD_LABEL] ?? '';
    const members = items.filter((lease) => labelOf(lease) === MEMBER);
    const leases = new Map(
      items.filter((lease) => labelOf(lease) !== MEMBER).map((one) => [Number(labelOf(one)), one]),
    );
    return { leases, members };
  }

  /** Ourselves, and everybody of whom a sign of life was seen within the duration; at first sight everybody. */
  private alive(leases: ReadonlyMap<number, Lease>, members: readonly Lease[]): Set<string> {
    const renewals = new Map(members.map(({ spec }) => [spec?.holderIdentity ?? '', spec?.renewTime ?? '']));
    const holders = [...leases.values()].map(({ spec }) => spec?.holderIdentity ?? '');
    const known = new Set([...renewals.keys(), ...holders].filter((identity) => identity !== ''));
    for (const identity of this.signs.keys()) if (!known.has(identity)) this.signs.delete(identity);
    const leftMs = new Map(
      [...known].map((identity) => [identity, this.durationMs - this.stillMs(identity, renewals.get(identity))]),
    );
    const alive = [...known].filter((identity) => (leftMs.get(identity) ?? 0) > 0);
    const others = alive.filter((identity) => identity !== this.options.identity);
    this.silentForMs = Math.min(...others.map((identity) => leftMs.get(identity) ?? 0));
    return new Set([...alive, this.options.identity]);
  }

  /** Replicas that live and were started with another number of shards. */
  private strangers(members: readonly Lease[], alive: ReadonlySet<string>): Set<string> {
    const count = String(this.options.count);
    const other = members.filter(({ metadata }) => (metadata.annotations?.[COUNT_ANNOTATION] ?? count) !== count);
    return new Set(other.map(({ spec }) => spec?.holderIdentity ?? '').filter((identity) => alive.has(identity)));
  }

  private stillMs(identity: string, renewTime = 'gone'): number {
    const sign = this.signs.get(identity) ?? new Stillness(this.options.clock, 1.2 * this.roundMs);
    this.signs.set(identity, sign);
    return sign.observe(renewTime);
  }

  /** No new work on these; the Lease is handed on in the first round after the last has ended. */
  private giveUp(shards: readonly number[]): void {
    if (shards.length === 0) return;
    for (const shard of shards) {
      this.held.delete(shard);
      this.leaving.set(shard, 'busy');
    }
    void this.options.lost(new Set(shards)).then(() => {
      for (const shard of shards) this.leaving.set(shard, 'quiet');
    });
  }

  private async handOn(leases: ReadonlyMap<number, Lease>): Promise<void> {
    for (const [shard, work] of this.leaving) {
      if (work === 'busy') continue;
      const lease = leases.get(shard);
      if (lease?.spec?.holderIdentity === this.options.identity) await this.hand(lease, '', this.call());
      this.leaving.delete(shard);
    }
  }

  private async claim(shards: readonly number[], leases: ReadonlyMap<number, Lease>): Promise<void> {
    const taken = new Set<number>();
    for (const shard of shards) {
      const lease = leases.get(shard) ?? this.newLease(`serin-shard-${shard}`, String(shard), {});
      if (await this.hand(lease, this.options.identity, this.call())) taken.add(shard);
    }
    // Writing took time: what is ours by the Lease is worked on only while we believe in our renewal.
    if (taken.size === 0 || !this.believes()) return;
    for (const shard of taken) this.held.add(shard);
    this.options.gained(taken);
  }

  /** False when somebody else wrote the Lease since it was seen. */
  private async hand(lease: Lease | undefined, to: string, call: object = {}): Promise<boolean> {
    if (lease === undefined) return false;
    const { client, clock } = this.options;
    const { leaseTransitions } = lease.spec ?? {};
    const before = { leaseTransitions: leaseTransitions ?? null };
    const written = renewal(before, {
      identity: to,
      nowMs: clock.now(),
      durationMs: this.durationMs,
      transitions: undefined,
    });
    const next = { ...lease, spec: written };
    try {
      if (lease.metadata.resourceVersion === undefined) await client.create(RESOURCES.lease, next, call);
      else await client.replace(RESOURCES.lease, next, call);
      return true;
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound', 'AlreadyExists')) return false;
      throw error;
    }
  }

  private async forget(members: readonly Lease[]): Promise<void> {
    const { client, namespace } = this.options;
    for (const { metadata, spec } of members) {
      const stillMs = this.signs.get(spec?.holderIdentity ?? '')?.stillMs ?? 0;
      if (stillMs < FORGET_AFTER * this.durationMs) continue;
      const { name, uid, resourceVersion } = metadata;
      await client
        .delete(RESOURCES.lease, namespace, name, { uid, resourceVersion, ...this.call() })
        .catch((error) => this.report(`cannot delete the lease of a replica that is gone`, error));
    }
  }

  private newLease(name: string, label: string, spec: NonNullable<Lease['spec']>): Lease {
    const { apiVersion, kind } = RESOURCES.lease;
    const { namespace } = this.options;
    const annotations = label === MEMBER ? { [COUNT_ANNOTATION]: String(this.options.count) } : {};
    return { apiVersion, kind, metadata: { name, namespace, labels: { [SHARD_LABEL]: label }, annotations }, spec };
  }

  private call() {
    return { attempts: 1, timeoutMs: this.roundMs, signal: this.stopping.signal };
  }

  private report(message: string, error: unknown): void {
    this.options.onProblem?.(message, error);
  }
}

const dnsLabel = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');

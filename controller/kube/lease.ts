/**
 * Leader election over one Lease. Safe while clocks run at about the same speed: a leader stops believing
 * `renewDeadlineMs` after it asked for its last renewal, and others wait `durationMs` from when they saw that renewal.
 * A write that leaves while we lead is over (the client's 30 s) before anybody else may begin: 15 + 30 < 60.
 */
import { RESOURCES } from '../../model/kube';
import type { Clock, Timer } from '../../model/ports';
import { sleep } from './backoff';
import { Broadcast } from './broadcast';
import type { OnProblem } from './cache';
import type { KubeClient } from './client';
import { isKubeError } from './error';
import { type Lease, type LeaseSpec, renewal } from './lease-record';
import { Stillness } from './stillness';

export interface LeaderElectionOptions {
  /** One of its own, so that renewals never queue behind other requests. */
  client: KubeClient;
  clock: Clock;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  namespace: string;
  /** @default flagger-leader-election */
  name?: string;
  /** `<hostname>_<uuid>`, new for each process. */
  identity: string;
  /** How long others wait after the last sign of life. @default 60000 */
  durationMs?: number;
  /** How long a leader believes in a renewal. Must be well below `durationMs`. @default 15000 */
  renewDeadlineMs?: number;
  /** @default 5000 */
  retryMs?: number;
  onProblem?: OnProblem;
}

/** A renewal that succeeded: good until `askedMs + renewDeadlineMs`. */
interface Leadership {
  fence: number;
  /** When the request was sent, not when its answer came. */
  askedMs: number;
  expiry: Timer;
}

export class LeaderElection {
  private readonly name: string;
  private readonly durationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly retryMs: number;
  private readonly others: Stillness;
  private readonly stopping = new AbortController();
  private readonly changes: Broadcast<[leading: boolean]>;
  private leadership: Leadership | undefined;
  private lease: Lease | undefined;
  /** The highest count of transitions seen: a Lease that is made anew goes on from there. */
  private transitions: number | undefined;
  /** The last sign of life of another holder. */
  private holder: string | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: LeaderElectionOptions) {
    this.name = options.name ?? 'flagger-leader-election';
    this.durationMs = options.durationMs ?? 60_000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 15_000;
    this.retryMs = options.retryMs ?? 5_000;
    if (!(this.retryMs < this.renewDeadlineMs && this.renewDeadlineMs < this.durationMs)) {
      throw new Error('leader election needs retry < renew deadline < duration');
    }
    this.changes = new Broadcast((error) => this.report('a listener of the leader election failed', error));
    this.others = new Stillness(options.clock, 2 * this.retryMs);
  }

  start(): void {
    this.running ??= this.run();
  }

  /**
   * Steps down without telling listeners and gives the Lease back, so that another may follow at once.
   * Finish every write before you call it.
   */
  async stop(): Promise<void> {
    this.changes.clear();
    this.stopping.abort();
    await this.running;
    if (!this.isLeader()) return;
    this.stepDown();
    await this.release().catch((error: unknown) => this.report('cannot give the lease back', error));
  }

  /**
   * Whether we lead right now. Turns false by the clock alone, well before anybody else may lead. A clock that jumped
   * in either direction is not trusted: then we lead again only after the next renewal.
   */
  isLeader(): boolean {
    const held = this.leadership;
    if (!held) return false;
    const ageMs = this.options.clock.now() - held.askedMs;
    if (ageMs >= 0 && ageMs < this.renewDeadlineMs) return true;
    this.stepDown();
    return false;
  }

  /** Grows with every change of leader; undefined when we do not lead. */
  fence(): number | undefined {
    return this.isLeader() ? this.leadership?.fence : undefined;
  }

  /** For write paths: whether we still lead, and have done so without a break since `fence` was read. */
  stillLeader(fence: number): boolean {
    return this.fence() === fence;
  }

  /** Told when we begin or cease to lead; returns how to stop listening. */
  onChange(listener: (leading: boolean) => void): () => void {
    return this.changes.listen(listener);
  }

  private async run(): Promise<void> {
    const { clock, random } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const failed = await this.round();
      await sleep(clock, this.waitMs(failed) * (0.8 + random() / 5), signal);
    }
  }

  private waitMs(failed: boolean): number {
    // A leader whose renewal failed has little time: it tries again soon.
    if (this.isLeader()) return failed ? this.retryMs / 5 : this.retryMs;
    if (this.holder === undefined) return this.retryMs;
    // Who stands by sees each renewal, and the end of the last one, soon: a look is one small read.
    const leftMs = this.durationMs - this.others.stillMs;
    return Math.min(this.retryMs / 5, Math.max(leftMs, this.retryMs / 20));
  }

  /** One look at the Lease, and one try for it if it is ours to take. True when it failed. */
  private async round(): Promise<boolean> {
    try {
      if (this.isLeader() && this.lease && (await this.write(this.lease))) return false;
      this.lease = await this.read();
      if (!this.lease) {
        if (this.mayCreate()) await this.create();
      } else if (this.mayTake(this.lease)) await this.write(this.lease);
      else this.stepDown();
      return false;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.report('cannot renew or read the leader election lease', error);
      return true;
    }
  }

  private mayTake(lease: Lease): boolean {
    const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = lease.spec ?? {};
    const sign = JSON.stringify([holderIdentity, renewTime, leaseTransitions, lease.metadata.uid]);
    const stillMs = this.others.observe(sign);
    const mine = !holderIdentity || holderIdentity === this.options.identity;
    this.holder = mine ? undefined : sign;
    if (mine) return true;
    // Whoever promised to be slower is given that time.
    return stillMs >= Math.max(this.durationMs, (leaseDurationSeconds ?? 0) * 1000);
  }

  /** A Lease that vanished says nothing of its holder, who may still believe in it: that one is given its time. */
  private mayCreate(): boolean {
    return this.holder === undefined || this.others.observe(this.holder) >= this.durationMs;
  }

  private async read(): Promise<Lease | undefined> {
    const lease = await this.options.client.get<Lease>(RESOURCES.lease, this.options.namespace, this.name, this.call());
    this.transitions = lease?.spec?.leaseTransitions ?? this.transitions;
    return lease;
  }

  private async create(): Promise<void> {
    const { client, clock, namespace } = this.options;
    const { apiVersion, kind } = RESOURCES.lease;
    const askedMs = clock.now();
    const lease = { apiVersion, kind, metadata: { name: this.name, namespace }, spec: this.specAfter(undefined) };
    try {
      this.lease = await client.create<Lease>(RESOURCES.lease, lease, this.call());
      this.renewed(this.lease, askedMs);
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists', 'Conflict')) throw error;
      this.stepDown();
    }
  }

  /** Renews or takes the Lease as it was last seen. False when somebody else wrote it since. */
  private async write(seen: Lease): Promise<boolean> {
    const askedMs = this.options.clock.now();
    const next: Lease = { ...seen, spec: { ...seen.spec, ...this.specAfter(seen.spec) } };
    try {
      this.lease = await this.options.client.replace<Lease>(RESOURCES.lease, next, this.call());
      this.renewed(this.lease, askedMs);
      return true;
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  private specAfter(before: LeaseSpec | undefined): LeaseSpec {
    const { clock, identity } = this.options;
    return renewal(before, {
      identity,
      nowMs: clock.now(),
      durationMs: this.durationMs,
      transitions: this.transitions,
    });
  }

  private async release(): Promise<void> {
    const { client, namespace } = this.options;
    const call = { attempts: 1, timeoutMs: this.retryMs };
    const lease = await client.get<Lease>(RESOURCES.lease, namespace, this.name, call);
    if (lease?.spec?.holderIdentity !== this.options.identity) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await client.replace<Lease>(RESOURCES.lease, { ...lease, spec }, call);
  }

  private renewed(lease: Lease, askedMs: number): void {
    const { clock } = this.options;
    this.transitions = lease.spec?.leaseTransitions ?? this.transitions;
    const leftMs = askedMs + this.renewDeadlineMs - clock.now();
    const began = this.leadership === undefined;
    this.leadership?.expiry.cancel();
    this.leadership = undefined;
    // An answer that came too late proves nothing about now.
    if (leftMs <= 0) {
      if (!began) this.changes.send([[false]]);
      return;
    }
    // A timer as well as the comparison in isLeader: timers do not follow jumps of the wall clock.
    const expiry = clock.after(leftMs, () => this.stepDown());
    this.leadership = { fence: lease.spec?.leaseTransitions ?? 0, askedMs, expiry };
    if (began) this.changes.send([[true]]);
  }

  private stepDown(): void {
    if (!this.leadership) return;
    this.leadership.expiry.cancel();
    this.leadership = undefined;
    this.changes.send([[false]]);
  }

  private call() {
    return { attempts: 1, timeoutMs: this.retryMs, signal: this.stopping.signal };
  }

  private report(message: string, error: unknown): void {
    this.options.onProblem?.(message, error);
  }
}

/** The controller as one object: caches, loop and ports put together. main.ts, the demo and tests each start one. */
import type { AlertProvider, Canary } from '../model/canary';
import type { KubeObject, ResourceType } from '../model/kube';
import { RESOURCES } from '../model/kube';
import type { Clock, Http, OpenSocket } from '../model/ports';
import type { Destination } from './alerts/destination';
import { MetricAsker } from './analysis/metric-asker';
import type { BuiltinServer } from './analysis/provider-source';
import type { Reporter } from './analysis/queries';
import { apply, EffectError } from './apply';
import { Askers } from './askers';
import { metricTarget, recordTelemetry } from './facts';
import { targetKey } from './indexes';
import { alwaysWatched, ESSENTIAL, kindsOf, neededBy, routingObjects, watchOptions } from './kinds';
import { CacheSet } from './kube/cache-set';
import { KubeClient } from './kube/client';
import { EventRecorder } from './kube/events';
import { LeaderElection } from './kube/lease';
import { shardOf } from './kube/shard-plan';
import { SHARD_WRITE_TIMEOUT_MS, Shards } from './kube/shards';
import type { Change } from './kube/store';
import { type Again, Loop, type Outside } from './loop';
import { observe } from './observe';
import { readSecret } from './readings';
import { ReferenceIndex, referencesMayDiffer, referencesOf, referenceTo } from './references';
import type { Settings } from './rollout/settings';
import { workloadType } from './rollout/writing';
import type { Logger } from './telemetry/log';
import type { Telemetry } from './telemetry/metrics';
import type { Health } from './telemetry/server';
import { tick } from './tick';
import { Voice } from './voice';

export interface ControllerOptions {
  http: Http;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  /** A random UUID. */
  uuid: () => string;
  /** Base URL of the API server. */
  server: string;
  /** Credentials of one request. */
  headers?: () => Promise<Record<string, string>>;
  settings: Settings;
  /** Watch one namespace only. */
  namespace?: string;
  /** Absent: this process is the only one. */
  leaderElection?: { identity: string; namespace: string };
  /** Several processes share the Canaries; in place of `leaderElection`. */
  shards?: { identity: string; namespace: string; count: number };
  /** How the server of built-in metrics is asked: credentials, limits. */
  builtinServer?: BuiltinServer;
  /** Whose requests Istio's built-in metrics count. */
  reporter?: Reporter;
  /** Share Prometheus queries between Canaries. @default true */
  metricsBatching?: boolean;
  /** For metric providers that talk over WebSockets. */
  openSocket?: OpenSocket;
  /** Where alerts of Canaries go that name no provider. */
  notifier?: Destination;
  /** Named in alerts. */
  clusterName?: string;
  /** Signs webhooks (Standard Webhooks). */
  webhookSigningKey?: string;
  /** Global event hook, for Canaries without hooks of type event. */
  eventWebhook?: string;
  /** Canaries worked on at the same time. @default 32 */
  concurrency?: number;
  log: Logger;
  telemetry: Telemetry;
  version: string;
}

/** Silence of the API server after which the process is not healthy any more. */
const STALE_AFTER_MS = 180_000;
const STUCK_AFTER_MS = 60_000;

export class Controller {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  private readonly caches: CacheSet;
  /** Ends the calls of hooks that nobody waits for any more. */
  private readonly stopping = new AbortController();
  private readonly loop: Loop;
  private readonly voice: Voice;
  private readonly metrics: MetricAsker;
  private readonly lease: LeaderElection | undefined;
  private readonly shards: Shards | undefined;
  private readonly index = new ReferenceIndex();
  private readonly askers: Askers;
  private synced = false;

  constructor(private readonly options: ControllerOptions) {
    const { http, clock, random, server, headers, version, namespace, log, telemetry } = options;
    const onProblem = (message: string, error: unknown) => log.warn(message, { error: String(error) });
    const client = (mayWrite?: () => boolean) =>
      new KubeClient({
        http,
        clock,
        random,
        server,
        version,
        ...(headers && { headers }),
        ...(mayWrite && { mayWrite }),
        ...(options.shards && { timeoutMs: SHARD_WRITE_TIMEOUT_MS }),
        onRequest: ({ method, status }) => telemetry.apiRequest(method, status),
      });
    // The lease has a client of its own: its renewals never queue behind ticks.
    this.lease = options.leaderElection && this.election(client(), options.leaderElection);
    this.shards = options.shards && this.sharding(client(), options.shards);
    this.client = client(() => this.mayWrite());
    this.caches = new CacheSet({ client: this.client, clock, random, onProblem, ...(namespace && { namespace }) });
    this.events = new EventRecorder({ client: this.client, clock, random, onProblem });
    const secret = (of: string, name: string) => readSecret(this.client, of, name);
    const { openSocket, builtinServer, reporter, metricsBatching } = options;
    this.metrics = new MetricAsker({
      http,
      clock,
      secret,
      cluster: { server, headers: headers ?? (async () => ({})) },
      ...(openSocket && { openSocket }),
      ...(builtinServer && { builtinServer }),
      ...(reporter && { reporter }),
      ...(metricsBatching !== undefined && { batching: metricsBatching }),
    });
    const { webhookSigningKey } = options;
    this.askers = new Askers({
      clock,
      http,
      client: this.client,
      metrics: this.metrics,
      signal: this.stopping.signal,
      ...(webhookSigningKey && { webhookSigningKey }),
    });
    this.voice = new Voice({
      http,
      clock,
      log,
      telemetry,
      events: this.events,
      minIntervalMs: options.settings.minIntervalMs,
      alertProvider: (of, name) => this.caches.get<AlertProvider>(RESOURCES.alertProvider, of, name),
      secret,
      notifier: options.notifier,
      clusterName: options.clusterName,
      signingKey: options.webhookSigningKey,
      eventWebhook: options.eventWebhook,
    });
    this.loop = new Loop({
      clock,
      tick: (key, outside) => this.tick(key, outside),
      onError: (key, error) => this.failed(key, error),
      onLateness: (ms) => telemetry.tickLateness(ms / 1000),
      ...(options.concurrency && { concurrency: options.concurrency }),
    });
  }

  /** Resolves when the caches are filled and, without other replicas, the first ticks have begun. */
  async start(): Promise<void> {
    const { log, telemetry, settings, version } = this.options;
    telemetry.info(version, settings.meshProvider);
    this.caches.onChange((change, type) => this.changed(type, change));
    for (const type of alwaysWatched(settings)) this.caches.open(type, watchOptions(type));
    await this.caches.settled();
    for (const canary of this.caches.list<Canary>(RESOURCES.canary)) this.openKinds(canary);
    await this.caches.settled();
    this.synced = true;
    for (const type of this.caches.unavailable())
      log.warn(`${type.kind} (${type.apiVersion}) is not served or not allowed`);
    this.shards?.start();
    if (this.lease === undefined) {
      this.loop.start();
      return;
    }
    this.lease.onChange((leading) => {
      log.info(leading ? 'leading' : 'not leading');
      if (leading) this.lead();
    });
    this.lease.start();
  }

  /** Lets running ticks end, says what is still to be said, and leaves nothing behind. */
  async stop(): Promise<void> {
    await this.loop.stop();
    this.stopping.abort();
    await this.lease?.stop();
    await this.shards?.stop();
    await this.voice.stop();
    await this.caches.stop();
  }

  /** Is the process alive (C44)? Not when it stopped hearing from the API server or its loop hangs. */
  health(): Health {
    const ageMs = this.caches.ageMs();
    if (ageMs > STALE_AFTER_MS)
      return { ok: false, reason: `API server not heard from for ${Math.round(ageMs / 1000)} s` };
    const stuckMs = this.loop.stuckMs();
    if (stuckMs > STUCK_AFTER_MS) return { ok: false, reason: `no tick for ${Math.round(stuckMs / 1000)} s` };
    return { ok: true };
  }

  ready(): Health {
    return this.synced ? { ok: true } : { ok: false, reason: 'caches are not filled yet' };
  }

  /** For how long no Canary has needed anything, and what can be put away then. */
  readonly rest = { quietMs: () => this.loop.quietMs(), putAway: () => this.caches.putAway() };

  /** A gate of a Canary was opened or closed by a verb of ours: it is asked again at once (behaviour.md 2). */
  gateMoved(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    this.askers.forget(key);
    if (this.caches.get(RESOURCES.canary, namespace, name)) this.loop.enqueue(key);
  }

  /** Told when the lease is lost: the reference ends its process then. */
  onLeadershipLost(listener: () => void): void {
    this.lease?.onChange((leading) => {
      if (!leading) listener();
    });
  }

  private election(client: KubeClient, { identity, namespace }: { identity: string; namespace: string }) {
    const { clock, random, log } = this.options;
    const onProblem = (message: string, error: unknown) => log.warn(message, { error: String(error) });
    return new LeaderElection({ client, clock, random, identity, namespace, onProblem });
  }

  private sharding(client: KubeClient, { identity, namespace, count }: NonNullable<ControllerOptions['shards']>) {
    const { clock, random, log } = this.options;
    const onProblem = (message: string, error: unknown) => log.warn(message, { error: String(error) });
    const isIn = (shards: ReadonlySet<number>) => (key: string) => shards.has(shardOf(key, count));
    return new Shards({
      client,
      clock,
      random,
      identity,
      namespace,
      count,
      onProblem,
      gained: (shards) => {
        log.info(`working on shards ${[...shards].join(', ')} of ${count}`);
        this.loop.enqueueAll(this.canaryKeys().filter(isIn(shards)));
      },
      lost: async (shards) => {
        log.info(`no longer working on shards ${[...shards].join(', ')} of ${count}`);
        await this.loop.quiet(isIn(shards));
        for (const canary of this.caches.list<Canary>(RESOURCES.canary)) {
          // Another replica works on it now: what we remember of it grows old.
          if (isIn(shards)(keyOf(canary))) this.forget(canary, false);
        }
      },
    });
  }

  private canaryKeys = (): string[] => this.caches.list(RESOURCES.canary).map(keyOf);

  private lead(): void {
    this.loop.enqueueAll(this.canaryKeys());
    this.loop.start();
  }

  /** The kinds that a Canary needs are watched from when it is first seen. */
  private openKinds(canary: Canary): Promise<void>[] {
    return kindsOf(canary, this.options.settings).map((type) => this.caches.open(type, watchOptions(type)).settled);
  }

  private async tick(key: string, outside: Outside): Promise<Again | undefined> {
    if (!this.mayWork(key)) return undefined;
    const [namespace = '', name = ''] = key.split('/');
    const canary = this.caches.get<Canary>(RESOURCES.canary, namespace, name);
    if (canary) await Promise.all(this.openKinds(canary));
    const refusal = canary && this.caches.refusal(neededBy(canary, this.options.settings));
    if (refusal) throw refusal;
    const blind = this.caches.unavailable().find((type) => ESSENTIAL.has(type.kind));
    if (blind) throw new Error(`${blind.plural} cannot be listed: ${blind.apiVersion} is not served`);
    const { clock, settings, uuid } = this.options;
    return tick(key, {
      observe: (wanted) => observe(this.caches, wanted, { now: clock.now(), settings, freshId: uuid() }),
      ask: (wanted, questions, answers) => outside(() => this.askers.of(wanted).ask(questions, answers)),
      apply: (seen, decision, answers) => {
        this.options.log.debug(decision.reason, { canary: `${name}.${namespace}` });
        return apply(this.applyPorts(key, decision.settles), seen, decision, answers);
      },
      now: () => clock.now(),
    }).finally(() => {
      // What a tick said and counted after its Canary was gone is forgotten as well.
      if (canary && !this.caches.get(RESOURCES.canary, namespace, name)) this.forget(canary);
    });
  }

  private applyPorts(key: string, settles = false): Parameters<typeof apply>[0] {
    const { client, caches } = this;
    const mayWrite = () => this.mayWork(key);
    return {
      get: (type, namespace, name) => client.get(type, namespace, name),
      create: (type, object) => client.create(type, object, { mayWrite }),
      replace: (type, object) => client.replace(type, object, { mayWrite }),
      patch: (type, namespace, name, patch, subresource) =>
        client.patch(type, namespace, name, patch, { mayWrite, ...(subresource && { subresource }) }),
      delete: async (type, namespace, name, uid) => {
        await client.delete(type, namespace, name, { uid, mayWrite });
      },
      observed: (type, object) => {
        if (settles) this.loop.wrote(key, object.metadata.resourceVersion ?? '');
        caches.observe(type, object);
      },
      mayWrite,
      now: () => this.options.clock.now(),
      event: this.voice.event,
      alert: this.voice.alert,
      facts: (seen, decision, answers, strategy) =>
        recordTelemetry(this.options.telemetry, { seen, decision, answers, strategy, clock: this.options.clock }),
    };
  }

  private mayWrite(): boolean {
    return this.lease === undefined || this.lease.isLeader();
  }

  /** Is this replica, right now, the one that works on the Canary? */
  private mayWork(key: string): boolean {
    return this.mayWrite() && (this.shards === undefined || this.shards.owns(key));
  }

  /** Where a failed tick ends: a lost race is no news, everything else is an event and a log line. */
  private failed(key: string, error: unknown): void {
    const { log } = this.options;
    const code = (error as { code?: string }).code;
    if (code === 'Conflict' || code === 'NotLeader' || code === 'AlreadyExists') {
      log.debug(`tick repeats: ${String(error)}`, { canary: key, code });
      return;
    }
    log.error(`tick failed: ${String(error)}`, { canary: key, code });
    const [namespace = '', name = ''] = key.split('/');
    const canary = this.caches.get(RESOURCES.canary, namespace, name);
    const telling = error instanceof EffectError || code === 'Forbidden';
    if (telling && canary !== undefined) this.voice.warn(canary, (error as Error).message, 'failures');
  }

  private changed({ kind }: ResourceType, change: Change): void {
    const { telemetry } = this.options;
    const { name, namespace = 'default' } = change.object.metadata;
    if (kind === 'Canary') {
      this.canaryChanged(change);
      if (change.type !== 'modified') telemetry.total(namespace, this.caches.count(RESOURCES.canary, namespace));
    }
    const keys = this.index.keysFor(referenceTo(kind, namespace, name));
    for (const key of keys) {
      if ((kind === 'Deployment' || kind === 'DaemonSet') && referencesMayDiffer(change.object, change.previous))
        this.reindex(key);
      this.loop.enqueue(key, change.object.metadata.resourceVersion);
    }
    telemetry.queueDepth(this.loop.depth());
  }

  private canaryChanged(change: Change): void {
    const canary = change.object as Canary;
    const key = keyOf(canary);
    const { namespace = 'default' } = canary.metadata;
    // A rival of the same target may have to step in or aside.
    const target = canary.spec?.targetRef;
    for (const other of target ? this.index.keysFor(referenceTo(target.kind, namespace, target.name)) : []) {
      if (other !== key) this.loop.enqueue(other);
    }
    if (change.type !== 'deleted') {
      if (referencesMayDiffer(change.object, change.previous)) this.reindex(key);
      this.loop.enqueue(key, canary.metadata.resourceVersion);
      return;
    }
    this.index.remove(key);
    this.loop.forget(key);
    this.forget(canary);
  }

  /** All that we remember of it; the series of a target stay while another Canary has it. */
  private forget(canary: Canary, isShared = this.heirsOf(canary).length > 0): void {
    this.askers.forget(keyOf(canary));
    this.voice.forget(keyOf(canary));
    if (!isShared) this.options.telemetry.forget(metricTarget(canary));
  }

  private heirsOf(canary: Canary): KubeObject[] {
    return this.caches.find(RESOURCES.canary, canary.metadata.namespace ?? 'default', targetKey(canary));
  }

  private reindex(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const canary = this.caches.get<Canary>(RESOURCES.canary, namespace, name);
    if (canary?.spec?.targetRef === undefined) return;
    const target = this.caches.get(workloadType({ canary }), namespace, canary.spec.targetRef.name);
    this.index.set(key, referencesOf(canary, target, routingObjects(canary, this.options.settings)));
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

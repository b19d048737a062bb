/** The controller as one object: caches, loop and ports put together. main.ts, the demo and tests each start one. */
import type { AlertProvider, Canary } from '../model/canary';
import { intervalMs } from '../model/defaults';
import type { KubeObject, ResourceType } from '../model/kube';
import { RESOURCES } from '../model/kube';
import type { Clock, Http } from '../model/ports';
import { configChecksum, isTracked, webhookChecksum } from '../model/revision';
import { AlertQueue } from './alerts/alert-queue';
import type { Destination } from './alerts/destination';
import { MetricAsker } from './analysis/metric-asker';
import { apply, EffectError } from './apply';
import { Asker } from './asking';
import { metricTarget, recordTelemetry } from './facts';
import { callWebhook } from './gates/call-webhook';
import { eventPayload } from './gates/event-payload';
import { HookQueue } from './gates/hook-queue';
import { CacheSet } from './kube/cache-set';
import { KubeClient } from './kube/client';
import { EventRecorder } from './kube/events';
import { LeaderElection } from './kube/lease';
import { Loop } from './loop';
import { observe } from './observe';
import { ReferenceIndex, referencesOf, referenceTo } from './references';
import type { Saying } from './rollout/decision';
import { CANARY_LABEL } from './rollout/effects';
import type { ConfigAnswer, ConfigQuestion } from './rollout/question';
import type { Settings } from './rollout/settings';
import type { Logger } from './telemetry/log';
import type { Telemetry } from './telemetry/metrics';
import type { Health } from './telemetry/server';
import { Telling } from './telling';
import { tick } from './tick';

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

/** Kinds that are watched from the start: a tick must never take an empty cache for an empty cluster. */
const WATCHED: readonly ResourceType[] = [
  RESOURCES.canary,
  RESOURCES.metricTemplate,
  RESOURCES.alertProvider,
  RESOURCES.deployment,
  RESOURCES.service,
  RESOURCES.configMap,
  RESOURCES.secret,
  RESOURCES.horizontalPodAutoscaler,
  RESOURCES.virtualService,
  RESOURCES.destinationRule,
  RESOURCES.controllerRevision,
  RESOURCES.gateway,
];

/** Without these a tick would take an empty view for an empty cluster. */
const ESSENTIAL = new Set(['Canary', 'Deployment', 'Service']);

/** Silence of the API server after which the process is not healthy any more. */
const STALE_AFTER_MS = 180_000;
const STUCK_AFTER_MS = 60_000;
/** What event hooks get at the end to take what is queued. */
const HOOK_DRAIN_MS = 3_000;

export class Controller {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  private readonly caches: CacheSet;
  private readonly loop: Loop;
  private readonly hooks: HookQueue;
  private readonly alerts: AlertQueue;
  private readonly metrics: MetricAsker;
  private readonly lease: LeaderElection | undefined;
  private readonly index = new ReferenceIndex();
  private readonly askers = new Map<string, Asker>();
  private readonly telling = new Telling();
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
        onRequest: ({ method, status }) => telemetry.apiRequest(method, status),
      });
    // The lease has a client of its own: its renewals never queue behind ticks.
    this.lease = options.leaderElection && this.election(client(), options.leaderElection);
    this.client = client(() => this.mayWrite());
    this.caches = new CacheSet({ client: this.client, clock, random, onProblem, ...(namespace && { namespace }) });
    this.events = new EventRecorder({ client: this.client, clock, random, onProblem });
    this.alerts = this.alertQueue();
    const signing = options.webhookSigningKey && { signingKey: options.webhookSigningKey };
    this.hooks = new HookQueue({ http, clock, ...signing, onLost: ({ canary }, why) => this.hookLost(canary, why) });
    this.metrics = new MetricAsker({ http, clock, secret: (ns, name) => this.secret(ns, name) });
    this.loop = new Loop({
      clock,
      tick: (key) => this.tick(key),
      onError: (key, error) => this.failed(key, error),
      onLateness: (ms) => telemetry.tickLateness(ms / 1000),
      ...(options.concurrency && { concurrency: options.concurrency }),
    });
  }

  /** Resolves when the caches are filled and, without other replicas, the first ticks have begun. */
  async start(): Promise<void> {
    const { log, telemetry, settings, version } = this.options;
    telemetry.info(version, settings.meshProvider);
    this.caches.onChange((change, type) => this.changed(type, change.object, change.type === 'deleted'));
    for (const type of WATCHED) {
      const ours =
        type.kind === 'ControllerRevision' ? { labelSelector: CANARY_LABEL } : { metadataOnly: isNamed(type) };
      this.caches.open(type, ours);
    }
    await this.caches.settled();
    this.synced = true;
    for (const type of this.caches.unavailable())
      log.warn(`${type.kind} (${type.apiVersion}) is not served or not allowed`);
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
    await this.lease?.stop();
    // Before the events: an alert that is given up now still becomes one.
    await this.alerts.stop(HOOK_DRAIN_MS);
    await this.events.stop();
    await this.hooks.stop(HOOK_DRAIN_MS);
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

  /** A gate of a Canary was opened or closed by a verb of ours: it is asked again at once (behaviour.md 2). */
  gateMoved(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    this.askers.delete(key);
    if (this.caches.get(RESOURCES.canary, namespace, name)) this.loop.enqueue(key);
  }

  /** Told when the lease is lost: the reference ends its process then. */
  onLeadershipLost(listener: () => void): void {
    this.lease?.onChange((leading) => {
      if (!leading) listener();
    });
  }

  private alertQueue(): AlertQueue {
    const { http, clock, telemetry, notifier, clusterName } = this.options;
    return new AlertQueue({
      http,
      clock,
      ...(notifier && { notifier }),
      ...(clusterName && { clusterName }),
      provider: (namespace, name) => this.caches.get<AlertProvider>(RESOURCES.alertProvider, namespace, name),
      secret: (namespace, name) => this.secret(namespace, name),
      onFailure: (canary, message) =>
        this.tell({ canary, saying: { type: 'Warning', message, once: true }, run: 'alerts', phase: '' }),
      onOutcome: (type, outcome) => telemetry.alertOutcome(type, outcome),
    });
  }

  private election(client: KubeClient, { identity, namespace }: { identity: string; namespace: string }) {
    const { clock, random, log } = this.options;
    const onProblem = (message: string, error: unknown) => log.warn(message, { error: String(error) });
    return new LeaderElection({ client, clock, random, identity, namespace, onProblem });
  }

  private lead(): void {
    for (const canary of this.caches.list(RESOURCES.canary)) this.loop.enqueue(keyOf(canary));
    this.loop.start();
  }

  private tick(key: string): Promise<number | undefined> {
    if (!this.mayWrite()) return Promise.resolve(undefined);
    const blind = this.caches.unavailable().find((type) => ESSENTIAL.has(type.kind));
    if (blind) return Promise.reject(new Error(`${blind.plural} cannot be listed: check the controller's permissions`));
    const { clock, settings, uuid } = this.options;
    return tick(key, {
      observe: (wanted) => observe(this.caches, wanted, { now: clock.now(), settings, freshId: uuid() }),
      ask: (wanted, questions, answers) => this.askerOf(wanted).ask(questions, answers),
      apply: (seen, decision, answers) => {
        this.options.log.debug(decision.reason, {
          canary: `${seen.canary.metadata.name}.${seen.canary.metadata.namespace}`,
        });
        return apply(this.applyPorts(), seen, decision, answers);
      },
    });
  }

  private applyPorts(): Parameters<typeof apply>[0] {
    const { client, caches } = this;
    return {
      get: (type, namespace, name) => client.get(type, namespace, name),
      create: (type, object) => client.create(type, object),
      replace: (type, object) => client.replace(type, object),
      patch: (type, namespace, name, patch, subresource) =>
        client.patch(type, namespace, name, patch, subresource ? { subresource } : {}),
      delete: async (type, namespace, name, uid) => {
        await client.delete(type, namespace, name, { uid });
      },
      observed: (type, object) => caches.observe(type, object),
      mayWrite: () => this.mayWrite(),
      event: (told) => this.tell(told),
      alert: (canary, alert, run) => {
        this.options.log.info(`alert: ${alert.message}`, { canary: keyOf(canary), severity: alert.severity });
        this.alerts.enqueue(canary as Canary, alert, run);
      },
      facts: (seen, decision, answers, strategy) =>
        recordTelemetry(this.options.telemetry, { seen, decision, answers, strategy, clock: this.options.clock }),
    };
  }

  private mayWrite(): boolean {
    return this.lease === undefined || this.lease.isLeader();
  }

  /** An event for people, the log and the event hooks. */
  private tell(told: { canary: KubeObject; saying: Saying; run: string; phase: string }): void {
    const { clock, settings, log } = this.options;
    const canary = told.canary as Canary;
    const interval = intervalMs(canary.spec?.analysis ?? { interval: '' }, settings.minIntervalMs);
    if (!this.telling.isNews(keyOf(canary), told.run, told.saying, clock.now(), interval)) return;
    const { type, message } = told.saying;
    const { name, namespace = 'default' } = canary.metadata;
    log.info(message, { canary: `${name}.${namespace}` });
    this.events.record({ involved: canary, type, message, run: told.run });
    const source = {
      name,
      namespace,
      phase: told.phase,
      checksum: webhookChecksum(canary.status?.trackedConfigs, canary.status?.lastAppliedSpec),
    };
    for (const webhook of this.eventHooks(canary)) {
      const payload = eventPayload(source, { message, type, timestampMs: clock.now() }, webhook.metadata ?? {});
      this.hooks.enqueue({ canary: `${name}.${namespace}`, webhook, payload });
    }
  }

  private eventHooks(canary: Canary) {
    const own = (canary.spec?.analysis?.webhooks ?? []).filter((webhook) => webhook.type === 'event');
    const { eventWebhook } = this.options;
    return own.length > 0 || !eventWebhook ? own : [{ name: 'event-webhook', url: eventWebhook }];
  }

  private hookLost(canary: string, why: string): void {
    this.options.telemetry.hookLost();
    this.options.log.error(`event hook given up: ${why}`, { canary });
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
    if (!(error instanceof EffectError) || canary === undefined) return;
    const run = 'failures';
    this.tell({ canary, saying: { type: 'Warning', message: error.message, once: true }, run, phase: '' });
  }

  private askerOf(key: string): Asker {
    const known = this.askers.get(key);
    if (known) return known;
    const { clock, http, webhookSigningKey } = this.options;
    const signing = webhookSigningKey ? { signingKey: webhookSigningKey } : {};
    const asker = new Asker({
      clock,
      measure: (question) => this.metrics.measure(question),
      probe: (metrics) => this.metrics.probe(metrics),
      gate: ({ webhook, payload }) => callWebhook(http, clock, webhook, payload, signing),
      config: (question) => this.config(question),
    });
    this.askers.set(key, asker);
    return asker;
  }

  /** Reads a config for its checksum; the content is not held. */
  private async config({ kind, namespace, name }: ConfigQuestion): Promise<ConfigAnswer> {
    const noun = kind.toLowerCase();
    const query = `${noun} ${name}.${namespace} get query error:`;
    try {
      const object = await this.client.get(kind === 'Secret' ? RESOURCES.secret : RESOURCES.configMap, namespace, name);
      if (object === undefined)
        return { outcome: 'missing', message: `${query} ${query} ${noun}s "${name}" not found` };
      return isTracked(object) ? { outcome: 'tracked', checksum: configChecksum(object) } : { outcome: 'ignored' };
    } catch (error) {
      return { outcome: 'error', message: `${query} ${query} ${(error as Error).message}` };
    }
  }

  private async secret(namespace: string, name: string): Promise<Record<string, string> | undefined> {
    const object = await this.client.get(RESOURCES.secret, namespace, name);
    if (object === undefined) return undefined;
    const data = (object['data'] ?? {}) as Record<string, string>;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  }

  private changed(type: ResourceType, object: KubeObject, deleted: boolean): void {
    const { name, namespace = 'default' } = object.metadata;
    if (type.kind === 'Canary') this.canaryChanged(object as Canary, deleted);
    const keys = this.index.keysFor(referenceTo(type.kind, namespace, name));
    for (const key of keys) {
      if (type.kind === 'Deployment') this.reindex(key);
      this.loop.enqueue(key);
    }
    this.options.telemetry.queueDepth(this.loop.depth());
  }

  private canaryChanged(canary: Canary, deleted: boolean): void {
    const key = keyOf(canary);
    const { namespace = 'default' } = canary.metadata;
    // A rival of the same target may have to step in or aside.
    const target = canary.spec?.targetRef;
    for (const other of target ? this.index.keysFor(referenceTo(target.kind, namespace, target.name)) : []) {
      if (other !== key) this.loop.enqueue(other);
    }
    this.options.telemetry.total(namespace, this.caches.list(RESOURCES.canary, namespace).length);
    if (!deleted) {
      this.reindex(key);
      this.loop.enqueue(key);
      return;
    }
    this.index.remove(key);
    this.askers.delete(key);
    this.telling.forget(key);
    this.loop.forget(key);
    const heirs = this.caches.list<Canary>(RESOURCES.canary, namespace);
    const shared = heirs.some((other) => other.spec?.targetRef?.name === target?.name);
    if (!shared) this.options.telemetry.forget(metricTarget(canary));
  }

  private reindex(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const canary = this.caches.get<Canary>(RESOURCES.canary, namespace, name);
    if (canary?.spec?.targetRef === undefined) return;
    const target = this.caches.get(RESOURCES.deployment, namespace, canary.spec.targetRef.name);
    this.index.set(key, referencesOf(canary, target));
  }
}

/** Kinds of which only the metadata matters: that they are there, and that they moved. */
const isNamed = ({ kind }: ResourceType): boolean => ['ConfigMap', 'Secret', 'Gateway'].includes(kind);

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

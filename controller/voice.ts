/** Everything that is said: Events, event hooks, alerts and log lines, all off the tick. */
import type { AlertProvider, Canary } from '../model/canary';
import { intervalMs } from '../model/defaults';
import type { KubeObject } from '../model/kube';
import type { Clock, Http } from '../model/ports';
import { webhookChecksum } from '../model/revision';
import { shortText } from '../model/short-text';
import { AlertQueue } from './alerts/alert-queue';
import type { Destination } from './alerts/destination';
import type { TellPorts } from './apply';
import { eventPayload } from './gates/event-payload';
import { HookQueue } from './gates/hook-queue';
import type { EventRecorder } from './kube/events';
import type { Alert, Saying } from './rollout/decision';
import type { Logger } from './telemetry/log';
import type { Telemetry } from './telemetry/metrics';
import { Telling } from './telling';

export interface VoiceOptions {
  http: Http;
  clock: Clock;
  log: Logger;
  telemetry: Telemetry;
  events: EventRecorder;
  /** Floor of analysis intervals, milliseconds. */
  minIntervalMs: number;
  alertProvider(namespace: string, name: string): AlertProvider | undefined;
  secret(namespace: string, name: string): Promise<Record<string, string> | undefined>;
  notifier?: Destination | undefined;
  clusterName?: string | undefined;
  signingKey?: string | undefined;
  /** Of Canaries without hooks of type event. */
  eventWebhook?: string | undefined;
}

/** What deliveries get at the end to take what is queued. */
const DRAIN_MS = 3_000;

export class Voice {
  private readonly alerts: AlertQueue;
  private readonly hooks: HookQueue;
  private readonly telling = new Telling();

  constructor(private readonly options: VoiceOptions) {
    const { http, clock, telemetry, notifier, clusterName, signingKey } = options;
    this.hooks = new HookQueue({
      http,
      clock,
      ...(signingKey && { signingKey }),
      onLost: ({ canary }, why) => {
        telemetry.hookLost();
        options.log.error(`event hook given up: ${why}`, { canary });
      },
    });
    this.alerts = new AlertQueue({
      http,
      clock,
      ...(notifier && { notifier }),
      ...(clusterName && { clusterName }),
      provider: options.alertProvider,
      secret: options.secret,
      onFailure: (canary, text) => this.warn(canary, text, 'alerts'),
      onOutcome: (type, outcome) => telemetry.alertOutcome(type, outcome),
    });
  }

  /** A text of a tick. */
  readonly event: TellPorts['event'] = ({ canary, saying: whole, run, phase }) => {
    const saying = { ...whole, message: shortText(whole.message) };
    const { clock, minIntervalMs, log, events } = this.options;
    const { analysis } = (canary as Canary).spec ?? {};
    const interval = intervalMs(analysis ?? { interval: '' }, minIntervalMs);
    if (!this.telling.isNews(keyOf(canary), run, saying, clock.now(), interval)) return;
    const { type, message } = saying;
    const line = { canary: nameOf(canary) };
    if (type === 'Warning') log.warn(message, line);
    else log.info(message, line);
    events.record({ involved: canary, type, message, run });
    this.callHooks(canary as Canary, saying, phase);
  };

  readonly alert: TellPorts['alert'] = (canary: KubeObject, alert: Alert, run: string) => {
    this.options.log.info(`alert: ${alert.message}`, { canary: nameOf(canary), severity: alert.severity });
    this.alerts.enqueue(canary as Canary, alert, run);
  };

  /** A Warning that no tick decided on, said once for each `occasion`. */
  warn(canary: KubeObject, message: string, occasion: string): void {
    this.event({ canary, saying: { type: 'Warning', message, once: true }, run: occasion, phase: '' });
  }

  forget(key: string): void {
    this.telling.forget(key);
  }

  /** Alerts before Events: one that is given up now still becomes an Event. */
  async stop(): Promise<void> {
    await this.alerts.stop(DRAIN_MS);
    await this.options.events.stop();
    await this.hooks.stop(DRAIN_MS);
  }

  private callHooks(canary: Canary, { type, message }: Saying, phase: string): void {
    const hooks = this.eventHooks(canary);
    if (hooks.length === 0) return;
    const { name, namespace = 'default' } = canary.metadata;
    const checksum = webhookChecksum(canary.status?.trackedConfigs, canary.status?.lastAppliedSpec);
    const event = { message, type, timestampMs: this.options.clock.now() };
    for (const webhook of hooks) {
      const payload = eventPayload({ name, namespace, phase, checksum }, event, webhook.metadata ?? {});
      this.hooks.enqueue({ canary: `${name}.${namespace}`, webhook, payload });
    }
  }

  private eventHooks(canary: Canary) {
    const own = (canary.spec?.analysis?.webhooks ?? []).filter((webhook) => webhook.type === 'event');
    const { eventWebhook } = this.options;
    return own.length > 0 || !eventWebhook ? own : [{ name: 'event-webhook', url: eventWebhook }];
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;
const nameOf = ({ metadata }: KubeObject): string => `${metadata.name}.${metadata.namespace ?? 'default'}`;

/** The asker of each Canary: it remembers what was asked, so a Canary keeps its own for as long as it lives. */
import type { Clock, Http } from '../model/ports';
import type { MetricAsker } from './analysis/metric-asker';
import { Asker } from './asking';
import { callWebhook } from './gates/call-webhook';
import type { KubeClient } from './kube/client';
import { readConfig } from './readings';

export interface AskersOptions {
  clock: Clock;
  http: Http;
  client: KubeClient;
  metrics: MetricAsker;
  webhookSigningKey?: string;
  /** Ends the calls of hooks that nobody waits for any more. */
  signal: AbortSignal;
}

export class Askers {
  private readonly byKey = new Map<string, Asker>();

  constructor(private readonly options: AskersOptions) {}

  of(key: string): Asker {
    const known = this.byKey.get(key);
    if (known) return known;
    const { clock, http, client, metrics, webhookSigningKey, signal } = this.options;
    const call = { signal, ...(webhookSigningKey && { signingKey: webhookSigningKey }) };
    const asker = new Asker({
      clock,
      measure: (question) => metrics.measure(question),
      probe: (question) => metrics.probe(question),
      gate: ({ webhook, payload }) => callWebhook(http, clock, webhook, payload, call),
      config: (question) => readConfig(client, question),
    });
    this.byKey.set(key, asker);
    return asker;
  }

  forget(key: string): void {
    this.byKey.delete(key);
  }
}

import { createHash } from 'node:crypto';
import type { CanaryWebhook } from '../../model/canary';
import type { Clock, Http } from '../../model/ports';
import type { GateAnswer, WebhookPayload } from '../rollout/question';
import { callWebhook } from './call-webhook';
import { pause } from './deadline';

export interface Delivery {
  /** `<name>.<namespace>`: deliveries of one Canary stay in order. */
  canary: string;
  webhook: CanaryWebhook;
  payload: WebhookPayload;
  /**
   * The same for every attempt, also after a restart: receivers may drop what they have seen.
   * @defaultValue a digest of URL and payload
   */
  id?: string;
}

export interface HookQueueOptions {
  http: Http;
  clock: Clock;
  /** Waiting deliveries of one Canary; beyond it the oldest waiting one is dropped. @defaultValue 100 */
  capacity?: number;
  /** Extra attempts when the hook itself asks for fewer. @defaultValue 3 */
  retries?: number;
  /** Signs every delivery (A9). */
  signingKey?: string;
  /** Called for each delivery that was given up, with the reason, and for each that was dropped. */
  onLost?(delivery: Delivery, why: string): void;
}

/** Carries event hooks to their receivers off the tick: in order for each Canary, at least once, bounded. */
export class HookQueue {
  private readonly lines = new Map<string, Line>();
  private readonly ending = new AbortController();
  private dropped = 0;
  private failed = 0;

  constructor(private readonly options: HookQueueOptions) {}

  /** Never waits and never throws. After `stop` everything is dropped. */
  enqueue(delivery: Delivery): void {
    if (this.ending.signal.aborted) {
      this.drop(delivery, 'the queue is stopped');
      return;
    }
    const line = this.lines.get(delivery.canary) ?? this.startLine(delivery.canary);
    const { waiting } = line;
    if (waiting.length >= (this.options.capacity ?? 100)) {
      const oldest = waiting.shift();
      if (oldest !== undefined) this.drop(oldest, 'too many deliveries are waiting');
    }
    waiting.push(delivery);
    line.wake();
  }

  /** Waiting, dropped and given-up deliveries. */
  counts(): { waiting: number; dropped: number; failed: number } {
    let waiting = 0;
    for (const line of this.lines.values()) waiting += line.waiting.length + (line.busy ? 1 : 0);
    return { waiting, dropped: this.dropped, failed: this.failed };
  }

  /** Resolves when everything that was queued is delivered or lost. */
  async flush(): Promise<void> {
    while (this.lines.size > 0) await Promise.all([...this.lines.values()].map((line) => line.drained));
  }

  /**
   * Leaves no timer behind. What is not delivered by then is dropped.
   * @param drainMs how long deliveries may still take. @defaultValue 0
   */
  async stop(drainMs = 0): Promise<void> {
    if (drainMs > 0) {
      const inTime = new AbortController();
      const limit = pause(this.options.clock, drainMs, inTime.signal);
      await Promise.race([this.flush(), limit]);
      inTime.abort();
    }
    this.ending.abort();
    await this.flush();
  }

  private startLine(canary: string): Line {
    const line = new Line(
      (delivery) => this.deliver(delivery),
      () => this.lines.delete(canary),
    );
    this.lines.set(canary, line);
    return line;
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { signal } = this.ending;
    if (signal.aborted) return this.drop(delivery, 'the queue is stopped');
    const { http, clock, retries = 3, signingKey } = this.options;
    const webhook = { ...delivery.webhook, retries: Math.max(delivery.webhook.retries ?? 0, retries) };
    const headers = { 'x-serin-delivery': delivery.id ?? digest(delivery) };
    const options = { headers, signal, ...(signingKey && { signingKey }) };
    const answer: GateAnswer = await callWebhook(http, clock, webhook, delivery.payload, options);
    if (answer.passed) return;
    if (signal.aborted) return this.drop(delivery, 'the queue is stopped');
    this.failed++;
    this.options.onLost?.(delivery, answer.error);
  }

  private drop(delivery: Delivery, why: string): void {
    this.dropped++;
    this.options.onLost?.(delivery, why);
  }
}

/** The deliveries of one Canary, one at a time. It ends when it is empty. */
class Line {
  readonly waiting: Delivery[] = [];
  readonly drained: Promise<void>;
  busy = false;
  private drainedNow: () => void = () => {};

  constructor(
    private readonly deliver: (delivery: Delivery) => Promise<void>,
    private readonly onEmpty: () => void,
  ) {
    this.drained = new Promise((resolve) => {
      this.drainedNow = resolve;
    });
  }

  wake(): void {
    if (!this.busy) void this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      // callWebhook answers instead of throwing; a listener that throws must not stop the line
      await this.deliver(next).catch(() => undefined);
    }
    this.busy = false;
    this.onEmpty();
    this.drainedNow();
  }
}

function digest({ webhook, payload }: Delivery): string {
  const text = JSON.stringify([webhook.url, payload]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

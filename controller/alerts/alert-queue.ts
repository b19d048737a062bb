import { createHash } from 'node:crypto';
import type { AlertProvider, Canary } from '../../model/canary';
import type { Clock, Http } from '../../model/ports';
import { keyOfDigest, Recent } from '../../model/recent';
import type { Alert } from '../rollout/decision';
import { type AlertMessage, alertMessage } from './alert-message';
import { type Attempt, postToChat } from './chat-post';
import { type Destination, destinationOf, NoDestination, type ProviderType, type ReadSecret } from './destination';
import { type Target, targetsOf } from './routing';
import { wait, withLimit } from './time-limit';

export interface AlertQueueOptions {
  http: Http;
  clock: Clock;
  provider(namespace: string, name: string): AlertProvider | undefined | Promise<AlertProvider | undefined>;
  secret: ReadSecret;
  /** Gets the alerts of Canaries that list no providers. */
  notifier?: Destination;
  clusterName?: string;
  /** Alerts that wait for one provider; beyond it the oldest is dropped. @default 500 */
  capacity?: number;
  /** Of one alert, the first included. @default 4 */
  attempts?: number;
  /** For a Warning event: an alert that nobody will see, and why. Has no secrets in it. */
  onFailure?(canary: Canary, text: string): void;
  /** For metrics. `type` is `unknown` when not even that could be found out. */
  onOutcome?(type: ProviderType | 'unknown', outcome: AlertOutcome): void;
}

export type AlertOutcome = 'delivered' | 'failed' | 'dropped';

interface Delivery {
  id: string;
  canary: Canary;
  message: AlertMessage;
  target: Target;
}

/** Of what is under way or delivered; at most twice as many are known, older ones are forgotten. */
const KNOWN = 2_000;
const READ_LIMIT_MS = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Carries alerts to chats off the tick (A3). Each provider has a line of its own, so alerts of a Canary stay in order
 * there, and a chat that hangs or throttles holds up nobody else's.
 */
export class AlertQueue {
  private readonly lines = new Map<string, { waiting: Delivery[]; done: Promise<void> }>();
  private readonly known = new Recent<number, true>(KNOWN);
  private readonly ending = new AbortController();
  private readonly outcomes = { delivered: 0, failed: 0, dropped: 0 };
  private busy = 0;

  constructor(private readonly options: AlertQueueOptions) {}

  /**
   * Never waits and never throws. The same alert of the same run goes to each provider once, however often it is told.
   * @param run identifies the occasion: the revision's run, with the step where an alert may come once a step.
   */
  enqueue(canary: Canary, alert: Alert, run: string): void {
    const message = alertMessage(canary, alert, this.options.clusterName);
    const id = digest([canary.metadata.uid ?? message.canary, run, alert.severity, alert.message]);
    for (const target of targetsOf(canary, alert.severity, this.options.notifier)) {
      const delivery = { id, canary, message, target };
      if (this.known.has(knownAs(delivery))) continue;
      if (this.ending.signal.aborted) this.end(delivery, 'unknown', 'dropped', 'the controller stops');
      else this.line(delivery);
    }
  }

  /** Deliveries so far; an alert for two providers counts twice. */
  counts(): Record<AlertOutcome | 'waiting', number> {
    let waiting = this.busy;
    for (const line of this.lines.values()) waiting += line.waiting.length;
    return { ...this.outcomes, waiting };
  }

  /** Resolves when everything that was queued is delivered or lost. */
  async flush(): Promise<void> {
    while (this.lines.size > 0) await Promise.all([...this.lines.values()].map(({ done }) => done));
  }

  /** Leaves no timer behind; what is not delivered within `drainMs` is dropped. */
  async stop(drainMs = 0): Promise<void> {
    if (drainMs > 0) {
      const inTime = new AbortController();
      await Promise.race([this.flush(), wait(this.options.clock, drainMs, inTime.signal)]);
      inTime.abort();
    }
    this.ending.abort();
    await this.flush();
  }

  private line(delivery: Delivery): void {
    this.known.set(knownAs(delivery), true);
    const key = delivery.target.key;
    const line = this.lines.get(key);
    if (line === undefined) {
      const waiting = [delivery];
      this.lines.set(key, { waiting, done: this.work(key, waiting) });
      return;
    }
    line.waiting.push(delivery);
    const { capacity = 500 } = this.options;
    const oldest = line.waiting.length > capacity ? line.waiting.shift() : undefined;
    if (oldest) this.end(oldest, 'unknown', 'dropped', 'too many alerts are waiting');
  }

  private async work(key: string, waiting: Delivery[]): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      this.busy++;
      // a listener that throws must not stop the line
      await this.deliver(next).catch(() => undefined);
      this.busy--;
    }
    this.lines.delete(key);
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { clock, attempts = 4 } = this.options;
    const { signal } = this.ending;
    let type: ProviderType | 'unknown' = 'unknown';
    for (let number = 1; !signal.aborted; number++) {
      const attempt: Attempt = await this.attempt(delivery, (found) => {
        type = found;
      });
      if (attempt.outcome === 'delivered') return this.end(delivery, type, 'delivered');
      if (signal.aborted) break;
      if (!attempt.again) return this.end(delivery, type, 'failed', attempt.why);
      if (number >= attempts) return this.end(delivery, type, 'failed', `${attempt.why} (${number} attempts)`);
      const backOffMs = Math.min(FIRST_WAIT_MS * 2 ** (number - 1), LONGEST_WAIT_MS);
      await wait(clock, attempt.waitMs ?? backOffMs, signal);
    }
    this.end(delivery, type, 'dropped', 'the controller stops');
  }

  private async attempt(delivery: Delivery, onType: (type: ProviderType) => void): Promise<Attempt> {
    const { signal } = this.ending;
    let destination: Destination;
    try {
      destination = await withLimit(this.options.clock, READ_LIMIT_MS, signal, () => this.resolve(delivery.target));
    } catch (error) {
      return { outcome: 'failed', why: (error as Error).message, again: !(error instanceof NoDestination) };
    }
    onType(destination.type);
    return postToChat(this.options, destination, delivery.message, delivery.id, signal);
  }

  private async resolve(target: Target): Promise<Destination> {
    if ('notifier' in target) return target.notifier;
    const provider = await this.options.provider(target.namespace, target.name);
    if (provider === undefined) throw new NoDestination('it does not exist');
    return destinationOf(provider, this.options.secret);
  }

  private end(delivery: Delivery, type: ProviderType | 'unknown', outcome: AlertOutcome, why?: string): void {
    this.outcomes[outcome]++;
    // what was lost may come again and get another chance
    if (outcome !== 'delivered') this.known.delete(knownAs(delivery));
    this.options.onOutcome?.(type, outcome);
    if (why === undefined) return;
    const { canary, message, target } = delivery;
    this.options.onFailure?.(canary, `Alert "${message.text}" was not delivered to ${target.title}: ${why}`);
  }
}

const knownAs = ({ id, target }: Delivery): number => keyOfDigest(digest([id, target.key]));

const digest = (parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

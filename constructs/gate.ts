/** Questions that people or other programs answer with a yes or no. */
import type { Duration } from 'cdk8s';
import { type GateOptions, Webhook, type WebhookOptions } from './webhook';

/** Options of a gate whose address is known. */
export interface LoadTesterGateOptions {
  /**
   * Of one attempt.
   * @default - ten seconds
   */
  readonly timeout?: Duration;
  /**
   * Extra attempts.
   * @default 0
   */
  readonly retries?: number;
  /**
   * Do not alert while the gate waits for approval.
   * @default false
   */
  readonly muteAlert?: boolean;
  /**
   * Sent in the payload.
   * @default - none
   */
  readonly metadata?: { [name: string]: string };
}

/** A webhook that holds a run, or ends it, until somebody says so. */
export class Gate {
  /** Asked until it says yes, before the run starts. */
  public static confirmRollout(name: string, options: GateOptions): Webhook {
    return Webhook.confirmRollout(name, options);
  }

  /** Asked until it says yes, before each step that gives the canary more traffic. */
  public static confirmTrafficIncrease(name: string, options: GateOptions): Webhook {
    return Webhook.confirmTrafficIncrease(name, options);
  }

  /** Asked until it says yes, after the analysis and before the promotion. */
  public static confirmPromotion(name: string, options: GateOptions): Webhook {
    return Webhook.confirmPromotion(name, options);
  }

  /** Asked at every step; a yes ends the run with a rollback. */
  public static rollback(name: string, options: WebhookOptions): Webhook {
    return Webhook.rollback(name, options);
  }

  /** Gates that a load tester keeps and that are opened and closed there. `url` is its absolute URL. */
  public static onLoadTester(url: string): LoadTesterGates {
    return new LoadTesterGates(url);
  }

  private constructor() {}
}

/** The gates of a load tester. It keeps one gate and one rollback switch a Canary; both start closed. */
export class LoadTesterGates {
  /** Use `Gate.onLoadTester`. */
  public constructor(private readonly url: string) {}

  /** Asked until the gate is open, before the run starts. */
  public confirmRollout(name: string, options: LoadTesterGateOptions = {}): Webhook {
    return Webhook.confirmRollout(name, this.at('gate', options));
  }

  /** Asked until the gate is open, before each step that gives the canary more traffic. */
  public confirmTrafficIncrease(name: string, options: LoadTesterGateOptions = {}): Webhook {
    return Webhook.confirmTrafficIncrease(name, this.at('gate', options));
  }

  /** Asked until the gate is open, after the analysis and before the promotion. */
  public confirmPromotion(name: string, options: LoadTesterGateOptions = {}): Webhook {
    return Webhook.confirmPromotion(name, this.at('gate', options));
  }

  /** Asked at every step; an open rollback switch ends the run with a rollback. */
  public rollback(name: string, options: LoadTesterGateOptions = {}): Webhook {
    return Webhook.rollback(name, this.at('rollback', options));
  }

  private at(kind: string, options: LoadTesterGateOptions): GateOptions {
    return { url: `${this.url.replace(/\/+$/, '')}/${kind}/check`, ...options };
  }
}

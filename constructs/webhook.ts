import type { Duration } from 'cdk8s';

/** Where a webhook goes and how patient the call is. */
export interface WebhookOptions {
  /** Absolute http or https URL. */
  readonly url: string;
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
   * Do not check the certificate.
   * @default false
   */
  readonly disableTLS?: boolean;
  /**
   * Sent in the payload.
   * @default - none
   */
  readonly metadata?: { [name: string]: string };
}

/** Options of a webhook that waits for approval. */
export interface GateOptions extends WebhookOptions {
  /**
   * Do not alert while the gate waits for approval.
   * @default false
   */
  readonly muteAlert?: boolean;
}

/** Where the load tester is and what it runs. */
export interface LoadTestOptions {
  /** Absolute URL of the load tester. */
  readonly url: string;
  /** What it runs, such as `hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/`. */
  readonly cmd: string;
  /**
   * Of one attempt.
   * @default - ten seconds
   */
  readonly timeout?: Duration;
  /**
   * More for the load tester, such as `type`.
   * @default - none
   */
  readonly metadata?: { [name: string]: string };
}

/** A call to the outside that can hold, pass or fail a step. */
export class Webhook {
  /** Asked until it says yes, before the run starts. */
  public static confirmRollout(name: string, options: GateOptions): Webhook {
    return new Webhook(name, 'confirm-rollout', options);
  }

  /** Run once before the canary gets traffic; a failure counts as a failed check. */
  public static preRollout(name: string, options: WebhookOptions): Webhook {
    return new Webhook(name, 'pre-rollout', options);
  }

  /** Run at every step, before the metrics; a failure counts as a failed check. */
  public static rollout(name: string, options: WebhookOptions): Webhook {
    return new Webhook(name, undefined, options);
  }

  /** Starts the load that the analysis measures, at every step. */
  public static loadTest(name: string, options: LoadTestOptions): Webhook {
    const { cmd, metadata, ...call } = options;
    return new Webhook(name, undefined, { ...call, metadata: { ...metadata, cmd } });
  }

  /** Asked until it says yes, before each step that gives the canary more traffic. */
  public static confirmTrafficIncrease(name: string, options: GateOptions): Webhook {
    return new Webhook(name, 'confirm-traffic-increase', options);
  }

  /** Asked until it says yes, after the analysis and before the promotion. */
  public static confirmPromotion(name: string, options: GateOptions): Webhook {
    return new Webhook(name, 'confirm-promotion', options);
  }

  /** Told once after a promotion or a rollback. */
  public static postRollout(name: string, options: WebhookOptions): Webhook {
    return new Webhook(name, 'post-rollout', options);
  }

  /** Asked at every step; a yes ends the run with a rollback. */
  public static rollback(name: string, options: WebhookOptions): Webhook {
    return new Webhook(name, 'rollback', options);
  }

  /** Told every event of the Canary. */
  public static event(name: string, options: WebhookOptions): Webhook {
    return new Webhook(name, 'event', options);
  }

  private constructor(
    /** Name of the webhook in events and payloads. */
    public readonly name: string,
    private readonly type: string | undefined,
    private readonly options: GateOptions,
  ) {}

  /** @internal */
  public _render(): unknown {
    return { name: this.name, type: this.type, ...this.options };
  }
}

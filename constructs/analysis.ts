/** The validation of a new version: how it is judged and how fast it gets traffic. */
import type { Duration } from 'cdk8s';
import type { AnalysisMatch } from './http-policy';
import type { Metric } from './metric';
import { checkKind } from './reference-kinds';
import type { INamedRef } from './references';
import { render } from './render';
import type { Strategy } from './strategy';
import type { Webhook } from './webhook';

/** How bad an event must be to be sent. */
export enum AlertSeverity {
  /** Everything, also what goes well. */
  INFO = 'info',
  /** What holds a run or makes it fail a check, and worse. */
  WARN = 'warn',
  /** Failed releases alone. */
  ERROR = 'error',
}

/** Events of one Canary that go to one provider. */
export interface CanaryAlert {
  /** Name of the alert, for people who read the manifest. */
  readonly name: string;
  /** An `AlertProvider` construct, or its name. */
  readonly provider: INamedRef;
  /**
   * The least severity that is sent.
   * @default AlertSeverity.INFO
   */
  readonly severity?: AlertSeverity;
}

/** Which failed checks count towards the threshold. */
export enum ThresholdCounts {
  /** All of the run. */
  TOTAL = 'total',
  /** Those in a row: a step that passes forgives the ones before it. */
  CONSECUTIVE = 'consecutive',
}

/** When a browser sends a cookie with requests that other sites start. */
export enum SameSite {
  /** Never. */
  STRICT = 'Strict',
  /** When the user follows a link. */
  LAX = 'Lax',
  /** Always; needs `secure`. */
  NONE = 'None',
}

/** Keeps a user on one side with a cookie. */
export interface SessionAffinity {
  /** Name of the canary's cookie. */
  readonly cookieName: string;
  /**
   * Name of the primary's cookie.
   * @default - nobody sticks to the primary
   */
  readonly primaryCookieName?: string;
  /**
   * How long the canary's cookie lives.
   * @default - one day
   */
  readonly maxAge?: Duration;
  /**
   * @default - the host of the request
   */
  readonly domain?: string;
  /**
   * @default - the path of the request
   */
  readonly path?: string;
  /**
   * @default false
   */
  readonly httpOnly?: boolean;
  /**
   * @default false
   */
  readonly secure?: boolean;
  /**
   * @default false
   */
  readonly partitioned?: boolean;
  /**
   * @default - the browser's own
   */
  readonly sameSite?: SameSite;
}

/** Set `strategy`, or exactly one of `stepWeight`, `stepWeights` and `iterations`. */
export interface CanaryAnalysis {
  /** Time between two steps. */
  readonly interval: Duration;
  /** Failed checks that end the run with a rollback. */
  readonly threshold: number;
  /**
   * How traffic gets to a new version. It excludes the fields that say the same one by one: `stepWeight`, `stepWeights`,
   * `maxWeight`, `stepWeightPromotion`, `iterations`, `mirror`, `mirrorWeight`, `match` and `sessionAffinity`.
   * @default - those fields decide
   */
  readonly strategy?: Strategy;
  /**
   * Which failed checks count.
   * @default ThresholdCounts.TOTAL
   */
  readonly thresholdCounts?: ThresholdCounts;
  /**
   * Percent added to the canary at each step.
   * @default - `stepWeights` or `iterations` decide
   */
  readonly stepWeight?: number;
  /**
   * The canary's weights in percent, one a step; the last one is the maximum.
   * @default - `stepWeight` or `iterations` decide
   */
  readonly stepWeights?: number[];
  /**
   * Percent at which the promotion starts.
   * @default 100
   */
  readonly maxWeight?: number;
  /**
   * Percent moved back to the primary at each step of the promotion; 0 moves everything at once.
   * @default 0
   */
  readonly stepWeightPromotion?: number;
  /**
   * Number of steps of a blue/green, mirrored or A/B run.
   * @default - `stepWeight` or `stepWeights` decide
   */
  readonly iterations?: number;
  /**
   * Mirror requests to the canary.
   * @default false
   */
  readonly mirror?: boolean;
  /**
   * Percent of requests that are mirrored (Istio).
   * @default 100
   */
  readonly mirrorWeight?: number;
  /**
   * Percent of the primary's updated pods that must be available.
   * @default 100
   */
  readonly primaryReadyThreshold?: number;
  /**
   * Percent of the canary's updated pods that must be available.
   * @default 100
   */
  readonly canaryReadyThreshold?: number;
  /**
   * Who gets the canary of an A/B test: any of them.
   * @default - everybody
   */
  readonly match?: AnalysisMatch[];
  /**
   * @default - none
   */
  readonly metrics?: Metric[];
  /**
   * @default - none
   */
  readonly webhooks?: Webhook[];
  /**
   * @default - none
   */
  readonly alerts?: CanaryAlert[];
  /**
   * @default - users may change sides
   */
  readonly sessionAffinity?: SessionAffinity;
}

function renderAlert(alert: CanaryAlert) {
  const { name, provider, severity } = alert;
  checkKind(provider, 'AlertProvider', `alert ${name}`);
  return { name, providerRef: { name: provider.name, namespace: provider.namespace }, severity };
}

/** Fields of which a strategy takes the place. */
const STRATEGY_FIELDS: readonly (keyof CanaryAnalysis)[] = [
  'stepWeight',
  'stepWeights',
  'maxWeight',
  'stepWeightPromotion',
  'iterations',
  'mirror',
  'mirrorWeight',
  'match',
  'sessionAffinity',
];

/**
 * The analysis as a manifest has it.
 * @throws Error when a strategy is given together with a field that it takes the place of.
 * @internal
 */
export function renderAnalysis(analysis: CanaryAnalysis): unknown {
  const { strategy, alerts, sessionAffinity, ...rest } = analysis;
  const loose = STRATEGY_FIELDS.filter((field) => strategy && analysis[field] !== undefined);
  if (loose.length > 0) {
    throw new Error(
      `analysis: strategy (Strategy.${strategy?.name}) and ${loose.join(', ')} are both set; ` +
        `remove ${loose.join(', ')}, or give it to the strategy`,
    );
  }
  return render({
    ...rest,
    ...strategy?._render(),
    alerts: alerts?.map(renderAlert),
    ...(sessionAffinity && { sessionAffinity: renderSessionAffinity(sessionAffinity) }),
  });
}

/** @internal */
export function renderSessionAffinity(affinity: SessionAffinity): unknown {
  return { ...affinity, maxAge: affinity.maxAge?.toSeconds() };
}

/** `spec.analysis`: the validation of a new revision. */
import type { AnalysisMatch } from './http-match';
import type { Percent, PositiveInteger, PositivePercent, StringMap, Url } from './scalars';
import type { SessionAffinity } from './session-affinity';

/**
 * How a new revision is judged and how fast it gets traffic.
 * @cel [{
 *   rule: "[has(self.stepWeight), has(self.stepWeights), has(self.iterations)].filter(x, x).size() == 1",
 *   message: "set exactly one of stepWeight, stepWeights, iterations"
 * }]
 */
export interface CanaryAnalysis {
  /**
   * Time between two steps, a Go duration such as `1m` or `90s`.
   * @defaultValue 60s, and never under the controller's -min-interval (10s)
   * @maxLength 32
   * @pattern ^([0-9]+(ms|s|m|h))+$
   * @cel [{
   *   rule: "!self.matches('^([0-9]+(ms|s|m|h))+$') || duration(self) >= duration('1s')",
   *   message: "interval must be at least 1s"
   * }]
   */
  interval: string;
  /**
   * Failed checks that end the run with a rollback.
   * @asType integer
   * @minimum 0
   * @defaultValue 1 when 0
   */
  threshold: number;
  /**
   * Which failed checks count: all of the run, or those in a row. Not of the reference.
   * @defaultValue total
   */
  thresholdCounts?: 'total' | 'consecutive';
  /** Percent added to the canary at each step. */
  stepWeight?: PositivePercent;
  /**
   * The canary's weights, one a step; the last one is the maximum.
   * @minItems 1
   * @maxItems 100
   * @cel [{
   *   rule: "self.isSorted() && self.all(w, self.exists_one(v, v == w))",
   *   message: "stepWeights must be strictly increasing"
   * }]
   */
  stepWeights?: PositivePercent[];
  /**
   * Percent at which promotion starts; ignored with stepWeights.
   * @defaultValue 100
   */
  maxWeight?: Percent;
  /**
   * Percent moved back to the primary at each step of the promotion; 0 moves everything at once.
   * @defaultValue 0
   */
  stepWeightPromotion?: Percent;
  /** Number of steps of a blue/green or A/B run. */
  iterations?: PositiveInteger;
  /**
   * Mirror requests to the canary.
   * @defaultValue false
   */
  mirror?: boolean;
  /**
   * Percent of requests that are mirrored; Istio only.
   * @defaultValue 100, also when 0
   */
  mirrorWeight?: Percent;
  /**
   * Percent of the primary's updated pods that must be available.
   * @defaultValue 100
   */
  primaryReadyThreshold?: Percent;
  /**
   * Percent of the canary's updated pods that must be available.
   * @defaultValue 100
   */
  canaryReadyThreshold?: Percent;
  /**
   * A/B conditions: any of the entries.
   * @maxItems 64
   */
  match?: AnalysisMatch[];
  /** @maxItems 64 */
  metrics?: CanaryMetric[];
  /** @maxItems 32 */
  alerts?: CanaryAlert[];
  /** @maxItems 64 */
  webhooks?: CanaryWebhook[];
  sessionAffinity?: SessionAffinity;
}

/**
 * One check: a number and the range that it must be in.
 * @cel [
 *   { rule: "has(self.thresholdRange) || has(self.threshold)", message: "thresholdRange is missing: set min, max or both" },
 *   {
 *     rule: "!has(self.thresholdRange) || has(self.thresholdRange.min) || has(self.thresholdRange.max)",
 *     message: "thresholdRange is empty: set min, max or both"
 *   },
 *   {
 *     rule: "!has(self.thresholdRange) || !has(self.thresholdRange.min) || !has(self.thresholdRange.max) || self.thresholdRange.min <= self.thresholdRange.max",
 *     message: "thresholdRange.min must not be above thresholdRange.max"
 *   },
 *   {
 *     rule: "self.name in ['request-success-rate', 'request-duration', 'grpc-success-rate'] || has(self.templateRef) || has(self.query)",
 *     message: "a custom metric needs templateRef or query"
 *   },
 *   { rule: "!(has(self.templateRef) && has(self.query))", message: "set templateRef or query, not both" }
 * ]
 */
export interface CanaryMetric {
  /**
   * `request-success-rate`, `request-duration` and `grpc-success-rate` are built in, any other name is a label.
   * @maxLength 1024
   */
  name: string;
  /**
   * Window of the query, a duration.
   * @defaultValue 1m
   * @pattern ^[0-9]+(m|s|h)
   * @maxLength 32
   */
  interval?: string;
  thresholdRange?: ThresholdRange;
  /**
   * Used only without thresholdRange: minimum of request-success-rate, maximum of everything else.
   * @defaultValue 0
   * @deprecated Use thresholdRange.
   */
  threshold?: number;
  /**
   * Inline PromQL.
   * @maxLength 8192
   * @deprecated Use templateRef.
   */
  query?: string;
  templateRef?: MetricTemplateReference;
  /** Variables of the template. */
  templateVariables?: StringMap;
  /**
   * What no data means: a failed check, a step that waits, or a pass. Not of the reference.
   * @defaultValue fail
   */
  noData?: 'fail' | 'pause' | 'ignore';
  /**
   * Fewer samples than this in the window count as no data, where the provider can tell. Not of the reference.
   * @defaultValue any number
   */
  minSamples?: PositiveInteger;
}

/** Inclusive bounds. */
export interface ThresholdRange {
  min?: number;
  max?: number;
}

export interface MetricTemplateReference {
  /** @maxLength 253 */
  name: string;
  /**
   * @defaultValue the namespace of the Canary
   * @maxLength 63
   */
  namespace?: string;
}

export interface CanaryAlert {
  /** @maxLength 1024 */
  name: string;
  providerRef: AlertProviderReference;
  /**
   * The least severity that is sent.
   * @default "info"
   */
  severity?: '' | 'info' | 'warn' | 'error';
}

export interface AlertProviderReference {
  /** @maxLength 253 */
  name: string;
  /**
   * @defaultValue the namespace of the Canary
   * @maxLength 63
   */
  namespace?: string;
}

/** When a webhook is called; `''` is `rollout`. */
export type WebhookType =
  | ''
  | 'confirm-rollout'
  | 'pre-rollout'
  | 'rollout'
  | 'confirm-promotion'
  | 'post-rollout'
  | 'event'
  | 'rollback'
  | 'confirm-traffic-increase';

/** A call to the outside that can hold, pass or fail a step. */
export interface CanaryWebhook {
  /** @maxLength 1024 */
  name: string;
  /**
   * @defaultValue rollout
   */
  type?: WebhookType;
  /**
   * @cel [{ rule: "isURL(self) && url(self).getScheme() in ['http', 'https']", message: "url must be an absolute http or https URL" }]
   */
  url: Url;
  /**
   * Of one attempt, a duration.
   * @defaultValue 10s
   * @pattern ^[0-9]+(m|s|h)
   * @maxLength 32
   */
  timeout?: string;
  /**
   * Extra attempts.
   * @asType integer
   * @minimum 0
   * @maximum 10
   * @defaultValue 0
   */
  retries?: number;
  /**
   * Do not check the certificate.
   * @defaultValue false
   */
  disableTLS?: boolean;
  /**
   * Do not alert while this gate waits for approval.
   * @defaultValue false
   */
  muteAlert?: boolean;
  /** Sent in the payload. */
  metadata?: StringMap;
}

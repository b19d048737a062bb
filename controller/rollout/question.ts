/**
 * What a tick asks the outside, and what it may hear. Pure data: analysis/ and gates/ turn questions into answers,
 * decide() reads the answers. Unknown is always its own answer, never a pass.
 */
import type { CanaryMetric, CanaryWebhook, MetricTemplate } from '../../model/canary';

/** The variables a query template may use; see spec traffic-and-metrics 4.3. */
export interface QueryVariables {
  name: string;
  namespace: string;
  /** targetRef.name */
  target: string;
  /** apex Service name */
  service: string;
  ingress: string;
  route: string;
  /** Metric interval, for example `1m`. */
  interval: string;
  variables: Record<string, string>;
}

/** One check: one metric of the Canary, to be compared with its range. */
export interface MetricQuestion {
  ask: 'metric';
  /** Unique within the tick, for example `metric/0/builtin`. */
  id: string;
  metric: CanaryMetric;
  source: 'builtin' | 'inline' | 'template';
  /** `istio`, `kubernetes`, … decides the built-in query. */
  provider: string;
  /** Base URL for built-in and inline queries. */
  metricsServer: string;
  /** For `template`: what the reference resolves to, absent when there is no such object. */
  template?: MetricTemplate;
  /** For `template`: `<name>.<namespace>`, for texts. */
  templateKey?: string;
  variables: QueryVariables;
}

/** One call of a webhook that answers yes or no. */
export interface GateQuestion {
  ask: 'gate';
  /** Unique within the tick, for example `gate/2`. */
  id: string;
  webhook: CanaryWebhook;
  payload: WebhookPayload;
  /** An answer to the same question that is younger than this will do. */
  reuseMs: number;
}

/** The content of a ConfigMap or Secret that the target uses: only its metadata is watched, so it is read when that moves. */
export interface ConfigQuestion {
  ask: 'config';
  /** `configmap/<name>` or `secret/<name>`. */
  id: string;
  kind: 'ConfigMap' | 'Secret';
  namespace: string;
  name: string;
  /** The answer holds as long as this stays the same. */
  resourceVersion: string;
}

/** Are the metric servers of the Canary there? Asked while it initialises, and after an outage. */
export interface ProbeQuestion {
  ask: 'probe';
  id: 'probe';
  metrics: MetricQuestion[];
  /** Milliseconds of the epoch; an older answer tells nothing. */
  notBefore?: number;
}

export type Question = MetricQuestion | GateQuestion | ConfigQuestion | ProbeQuestion;

/** The JSON body that every webhook receives. */
export interface WebhookPayload {
  name: string;
  namespace: string;
  phase: string;
  checksum: string;
  metadata?: Record<string, string>;
}

/** What one metric said. Texts are event texts of the spec, section 4.4, without the verdict ones (those need the range). */
export type Measurement =
  /** `samples`: how many requests the value is made from; there when `minSamples` is set and the provider can tell. */
  | { outcome: 'value'; value: number; query: string; samples?: number }
  | { outcome: 'noData'; message: string; query: string }
  | { outcome: 'error'; reason: MeasurementErrorReason; message: string; query?: string };

export type MeasurementErrorReason =
  | 'QueryFailed'
  | 'TemplateNotFound'
  | 'TemplateInvalid'
  | 'SecretNotFound'
  | 'ProviderInvalid'
  | 'NoSource';

/** What one gate said. `error` is the `<err>` of the event texts (spec behaviour-reference 5.1). */
export type GateAnswer = { passed: true; body: string } | { passed: false; error: string };

/** What a config holds: its checksum (spec workloads 3.3), or that it opted out, or why it could not be read. */
export type ConfigAnswer =
  | { outcome: 'tracked'; checksum: string }
  | { outcome: 'ignored' }
  | { outcome: 'missing'; message: string }
  | { outcome: 'error'; message: string };

export type ProbeAnswer = { ok: true } | { ok: false; message: string };

/** All answers of a tick so far, by question id. */
export interface Answers {
  metrics: ReadonlyMap<string, Measurement>;
  gates: ReadonlyMap<string, GateAnswer>;
  configs: ReadonlyMap<string, ConfigAnswer>;
  probe?: ProbeAnswer;
}

/** The controller's flags as props, and what becomes of them: arguments and environment of its container. */
import type { Duration } from 'cdk8s';
import type { TrafficProvider } from '../canary-props';
import { goDuration } from '../render';

/** How much the controller logs. */
export enum LogLevel {
  /** All lines. */
  DEBUG = 'debug',
  /** What happens. */
  INFO = 'info',
  /** What somebody should look at. */
  WARN = 'warn',
  /** What went wrong. */
  ERROR = 'error',
}

/** Form of a log line. */
export enum LogEncoding {
  /** A JSON object a line. */
  JSON = 'json',
  /** Lines for people. */
  CONSOLE = 'console',
}

/** Whose requests Istio's built-in metrics count. */
export enum IstioReporter {
  /** The proxy of the pod that answers. */
  DESTINATION = 'destination',
  /** The proxy of the pod that asks. */
  SOURCE = 'source',
  /** The waypoint of ambient mode. */
  WAYPOINT = 'waypoint',
}

/** Flags of the controller. What is not given is left to the controller. */
export interface ControllerFlags {
  /**
   * Traffic provider of Canaries that name none.
   * @default TrafficProvider.ISTIO
   */
  readonly meshProvider?: TrafficProvider;
  /**
   * URL of the Prometheus that built-in and inline metrics ask.
   * @default http://prometheus:9090
   */
  readonly metricsServer?: string;
  /**
   * `NAMESPACE/NAME` of the Secret with its credentials, keys as in a MetricTemplate.
   * @default - no credentials
   */
  readonly metricsServerSecret?: string;
  /**
   * Limit of one query.
   * @default Duration.seconds(5)
   */
  readonly metricsServerTimeout?: Duration;
  /**
   * Do not check its certificate.
   * @default false
   */
  readonly metricsServerInsecureSkipVerify?: boolean;
  /**
   * Canaries that ask the same built-in metric at the same time share a query.
   * @default true
   */
  readonly metricsBatching?: boolean;
  /**
   * @default IstioReporter.DESTINATION
   */
  readonly istioReporter?: IstioReporter;
  /**
   * @default LogLevel.INFO
   */
  readonly logLevel?: LogLevel;
  /**
   * @default LogEncoding.JSON
   */
  readonly logEncoding?: LogEncoding;
  /**
   * Canaries worked on at the same time.
   * @default 32
   */
  readonly threadiness?: number;
  /**
   * Parts into which the replicas divide the Canaries, some 8 a replica. Then every replica works.
   * @default - one replica works, and the others stand by
   */
  readonly shards?: number;
  /**
   * Labels that tell a target apart, by preference.
   * @default - app, name, app.kubernetes.io/name
   */
  readonly selectorLabels?: string[];
  /**
   * Prefixes of labels that are copied to the primary; `*` copies all.
   * @default - none
   */
  readonly includeLabelPrefixes?: string[];
  /**
   * Prefix of ingress-nginx annotations.
   * @default nginx.ingress.kubernetes.io
   */
  readonly ingressAnnotationsPrefix?: string;
  /**
   * Ingress class of HTTPProxies (Contour).
   * @default - none
   */
  readonly ingressClass?: string;
  /**
   * ConfigMaps and Secrets are part of a revision. Without it the controller may only read Secrets that are named to it.
   * @default true
   */
  readonly configTracking?: boolean;
  /**
   * References may not leave the namespace of the Canary.
   * @default false
   */
  readonly noCrossNamespaceRefs?: boolean;
  /**
   * Hosts that webhooks, metric servers and chats of objects may have: names (and what is below them), `.suffixes`,
   * addresses, CIDR ranges.
   * @default - all
   */
  readonly allowedHosts?: string[];
  /**
   * Refuse loopback, link-local and cloud metadata addresses in objects.
   * @default false
   */
  readonly denyLocalAddresses?: boolean;
  /**
   * Floor of analysis intervals.
   * @default Duration.seconds(10)
   */
  readonly minInterval?: Duration;
  /**
   * Time between taking traffic off pods and taking the pods away.
   * @default Duration.seconds(2)
   */
  readonly drain?: Duration;
  /**
   * Name of the cluster in alerts.
   * @default - none
   */
  readonly clusterName?: string;
  /**
   * Name that alerts are sent under.
   * @default flagger
   */
  readonly slackUser?: string;
  /**
   * Channel of alerts; needed with the credential `slackUrl`.
   * @default - none
   */
  readonly slackChannel?: string;
  /**
   * @default - no proxy
   */
  readonly slackProxyUrl?: string;
  /**
   * @default - no proxy
   */
  readonly msteamsProxyUrl?: string;
}

/** A value in a Secret of the controller's namespace. */
export interface SecretKey {
  /** Name of the Secret. */
  readonly name: string;
  /** Key in the Secret. */
  readonly key: string;
}

/** Addresses and keys that are nobody's business; from Secrets, so that they are in no manifest. */
export interface ControllerCredentials {
  /**
   * Slack webhook or API URL of alerts.
   * @default - none
   */
  readonly slackUrl?: SecretKey;
  /**
   * Bot token of the Slack API.
   * @default - none
   */
  readonly slackToken?: SecretKey;
  /**
   * Teams webhook of alerts; wins over Slack.
   * @default - none
   */
  readonly msteamsUrl?: SecretKey;
  /**
   * URL that receives every event.
   * @default - none
   */
  readonly eventWebhookUrl?: SecretKey;
  /**
   * Key that signs webhooks (Standard Webhooks).
   * @default - unsigned
   */
  readonly webhookSigningKey?: SecretKey;
}

/** The flag of each prop. */
const FLAG_NAMES: Readonly<Record<keyof ControllerFlags, string>> = {
  meshProvider: 'mesh-provider',
  metricsServer: 'metrics-server',
  metricsServerSecret: 'metrics-server-secret',
  metricsServerTimeout: 'metrics-server-timeout',
  metricsServerInsecureSkipVerify: 'metrics-server-insecure-skip-verify',
  metricsBatching: 'metrics-batching',
  istioReporter: 'istio-reporter',
  logLevel: 'log-level',
  logEncoding: 'zap-encoding',
  threadiness: 'threadiness',
  shards: 'shards',
  selectorLabels: 'selector-labels',
  includeLabelPrefixes: 'include-label-prefix',
  ingressAnnotationsPrefix: 'ingress-annotations-prefix',
  ingressClass: 'ingress-class',
  configTracking: 'enable-config-tracking',
  noCrossNamespaceRefs: 'no-cross-namespace-refs',
  allowedHosts: 'allowed-hosts',
  denyLocalAddresses: 'deny-local-addresses',
  minInterval: 'min-interval',
  drain: 'drain',
  clusterName: 'cluster-name',
  slackUser: 'slack-user',
  slackChannel: 'slack-channel',
  slackProxyUrl: 'slack-proxy-url',
  msteamsProxyUrl: 'msteams-proxy-url',
};

const VARIABLES: Readonly<Record<keyof ControllerCredentials, string>> = {
  slackUrl: 'SLACK_URL',
  slackToken: 'SLACK_TOKEN',
  msteamsUrl: 'MSTEAMS_URL',
  eventWebhookUrl: 'EVENT_WEBHOOK_URL',
  webhookSigningKey: 'WEBHOOK_SIGNING_KEY',
};

/**
 * `--name=value` of each flag that is given.
 * @internal
 */
export function flagArguments(flags: ControllerFlags): string[] {
  return (Object.keys(FLAG_NAMES) as (keyof ControllerFlags)[])
    .filter((prop) => flags[prop] !== undefined)
    .map((prop) => `--${FLAG_NAMES[prop]}=${valueText(flags[prop])}`);
}

function valueText(value: ControllerFlags[keyof ControllerFlags]): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? goDuration(value) : String(value);
}

/**
 * The environment of the controller's container.
 * @internal
 */
export function credentialVariables(credentials: ControllerCredentials): object[] {
  return (Object.keys(VARIABLES) as (keyof ControllerCredentials)[]).flatMap((prop) => {
    const from = credentials[prop];
    return from ? [{ name: VARIABLES[prop], valueFrom: { secretKeyRef: { name: from.name, key: from.key } } }] : [];
  });
}

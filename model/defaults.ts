/** What an absent or unusable field means at run time. Every function tolerates fields of a wrong type. */
import type { Canary, CanaryAlert, CanaryAnalysis, CanaryMetric, CanaryWebhook, SessionAffinity } from './canary';
import { parseDuration } from './duration';
import { at, numberOf, textOf } from './json';

export { formatDuration, parseDuration } from './duration';

const second = 1000;

/** Floor of analysis intervals, milliseconds, unless the controller's -min-interval says otherwise. */
export const MIN_INTERVAL_MS = 10 * second;

/** Milliseconds between two steps: 60 s when unparsable, never under `floorMs`. */
export function intervalMs(analysis: Pick<CanaryAnalysis, 'interval'>, floorMs = MIN_INTERVAL_MS): number {
  return Math.max(parseDuration(at(analysis, 'interval')) ?? 60 * second, floorMs);
}

/** Failed checks that end a run, at least 1. */
export function failureThreshold(analysis: Pick<CanaryAnalysis, 'threshold'>): number {
  const threshold = numberOf(at(analysis, 'threshold')) ?? 0;
  return threshold > 0 ? threshold : 1;
}

/** Percent at which promotion starts: the last of stepWeights, else maxWeight, else 100. */
export function maxWeight(analysis: Pick<CanaryAnalysis, 'maxWeight' | 'stepWeights'>): number {
  const weights = at(analysis, 'stepWeights');
  const last = Array.isArray(weights) ? numberOf(weights.at(-1)) : undefined;
  const wanted = last ?? numberOf(at(analysis, 'maxWeight')) ?? 0;
  return wanted > 0 ? Math.min(wanted, 100) : 100;
}

/** Seconds that a workload may stay unready. */
export const progressDeadlineSeconds = (canary: Canary): number => {
  const seconds = numberOf(at(canary, 'spec', 'progressDeadlineSeconds')) ?? 0;
  return seconds > 0 ? seconds : 600;
};

/** Percent of the updated pods that must be available. */
export const primaryReadyThreshold = (analysis: Pick<CanaryAnalysis, 'primaryReadyThreshold'>): number =>
  numberOf(at(analysis, 'primaryReadyThreshold')) ?? 100;

/** Percent of the updated pods that must be available. */
export const canaryReadyThreshold = (analysis: Pick<CanaryAnalysis, 'canaryReadyThreshold'>): number =>
  numberOf(at(analysis, 'canaryReadyThreshold')) ?? 100;

/** Port of the three Services; 0 when the Canary has none. */
export const servicePort = (canary: Canary): number => numberOf(at(canary, 'spec', 'service', 'port')) ?? 0;

export const portName = (canary: Canary): string => textOf(at(canary, 'spec', 'service', 'portName')) || 'http';

/** Number or name of the container's port: `port` when unset, 0 or "0". */
export function targetPort(canary: Canary): number | string {
  const port = at(canary, 'spec', 'service', 'targetPort');
  if (typeof port === 'string' && /^\d+$/.test(port)) return Number(port) || servicePort(canary);
  return textOf(port) || numberOf(port) || servicePort(canary);
}

/** Istio gateways: `mesh` only when none is given. */
export function gateways(canary: Canary): string[] {
  const given = texts(at(canary, 'spec', 'service', 'gateways'));
  return given.length > 0 ? given : ['mesh'];
}

/** Istio hosts: the given ones and the apex, unless they hold it or `*` already. */
export function hosts(canary: Canary, apex: string): string[] {
  const given = texts(at(canary, 'spec', 'service', 'hosts'));
  return given.includes(apex) || given.includes('*') ? given : [...given, apex];
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** Milliseconds of one attempt; undefined when the timeout is not a Go duration, which fails the hook. */
export function webhookTimeoutMs(webhook: Pick<CanaryWebhook, 'timeout'>): number | undefined {
  const text = textOf(at(webhook, 'timeout')) ?? '';
  return text.length < 2 ? 10 * second : parseDuration(text);
}

/** The window of a query as text, which is how templates use it. */
export const metricInterval = (metric: Pick<CanaryMetric, 'interval'>): string =>
  textOf(at(metric, 'interval')) || '1m';

/** Empty severity means info. */
export const alertSeverity = (alert: Pick<CanaryAlert, 'severity'>): 'info' | 'warn' | 'error' => {
  const severity = at(alert, 'severity');
  return severity === 'warn' || severity === 'error' ? severity : 'info';
};

/** Seconds that the canary's cookie lives. */
export const cookieMaxAgeSeconds = (affinity: Pick<SessionAffinity, 'maxAge'>): number =>
  numberOf(at(affinity, 'maxAge')) || 86_400;

/** The namespace of a reference: its own, else the Canary's. */
export const referenceNamespace = (reference: { namespace?: string }, canary: Canary): string =>
  textOf(reference.namespace) || namespaceOf(canary);

/** The namespace of the Canary and of everything generated for it. */
export const namespaceOf = (canary: Canary): string => textOf(at(canary, 'metadata', 'namespace')) || 'default';

/** The traffic provider: the Canary's own, else the controller's. */
export const providerOf = (canary: Canary, controllerProvider = 'istio'): string =>
  textOf(at(canary, 'spec', 'provider')) || controllerProvider;

export type Strategy = 'ab-testing' | 'blue-green' | 'canary';

/** The label and alert text of a Canary's strategy. */
export function strategyOf(canary: Canary): Strategy {
  const iterations = numberOf(at(canary, 'spec', 'analysis', 'iterations')) ?? 0;
  if (iterations <= 0) return 'canary';
  const match = at(canary, 'spec', 'analysis', 'match');
  return Array.isArray(match) && match.length > 0 ? 'ab-testing' : 'blue-green';
}

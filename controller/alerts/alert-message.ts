/** An alert as every chat shows it: who, how bad, what, and the facts beside it (spec traffic-and-metrics 6.3). */
import type { Canary } from '../../model/canary';
import { failureThreshold, namespaceOf, progressDeadlineSeconds, strategyOf } from '../../model/defaults';
import { at, numberOf, textOf } from '../../model/json';
import { targetName } from '../../model/names';
import type { Alert } from '../rollout/decision';

export type Severity = Alert['severity'];

export interface AlertField {
  name: string;
  value: string;
}

export interface AlertMessage {
  /** `<name>.<namespace>` of the Canary. */
  canary: string;
  severity: Severity;
  text: string;
  /** In the order in which they are shown. */
  fields: AlertField[];
}

/** Error texts can be pages long; chats refuse a message beyond some 28 KB. */
const MAX_TEXT_LENGTH = 3_000;

export function alertMessage(canary: Canary, alert: Alert, clusterName?: string): AlertMessage {
  const { severity, message, withMetadata } = alert;
  const text = message.length > MAX_TEXT_LENGTH ? `${message.slice(0, MAX_TEXT_LENGTH)}…` : message;
  const fields = withMetadata ? alertFields(canary, clusterName) : clusterField(clusterName);
  return { canary: `${canary.metadata.name}.${namespaceOf(canary)}`, severity, text, fields };
}

/** The cluster, if it has a name, and what the run will do. */
export function alertFields(canary: Canary, clusterName?: string): AlertField[] {
  const analysis = canary.spec.analysis;
  const kind = textOf(at(canary, 'spec', 'targetRef', 'kind')) ?? '';
  return [
    ...clusterField(clusterName),
    { name: 'Target', value: `${kind}/${targetName(canary)}.${namespaceOf(canary)}` },
    { name: 'Failed checks threshold', value: String(failureThreshold(analysis)) },
    { name: 'Progress deadline', value: `${progressDeadlineSeconds(canary)}s` },
    { name: 'Traffic routing', value: trafficRouting(canary) },
  ];
}

const clusterField = (clusterName?: string): AlertField[] =>
  clusterName ? [{ name: 'Cluster', value: clusterName }] : [];

/** Weights as they are written: scripts read `max: 0` where `maxWeight` is unset. */
function trafficRouting(canary: Canary): string {
  const strategy = strategyOf(canary);
  if (strategy === 'ab-testing') return 'A/B Testing';
  if (strategy === 'blue-green') return 'Blue/Green';
  const analysis = at(canary, 'spec', 'analysis');
  const max = numberOf(at(analysis, 'maxWeight')) ?? 0;
  const step = numberOf(at(analysis, 'stepWeight')) ?? 0;
  const steps = at(analysis, 'stepWeights');
  if (step > 0 || !Array.isArray(steps)) return `Weight step: ${step} max: ${max}`;
  return `Weight steps: ${steps.join(',')} max: ${max}`;
}

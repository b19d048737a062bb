/** Names of everything that is generated for a Canary, and the label that tells its two sides apart. */
import type { Canary } from './canary';
import { at, textMapOf, textOf } from './json';
import type { KubeObject } from './kube';

/** The -selector-labels of the controller, in order of preference. */
export const SELECTOR_LABELS: readonly string[] = ['app', 'name', 'app.kubernetes.io/name'];

/** Longest Service name and label value. */
export const MAX_NAME_LENGTH = 63;

/** One of the target's match labels: `value` selects canary pods, `<value>-primary` primary pods. */
export interface SelectorLabel {
  key: string;
  value: string;
}

export const targetName = (canary: Canary): string => textOf(at(canary, 'spec', 'targetRef', 'name')) ?? '';

export const targetKind = (canary: Canary): string => textOf(at(canary, 'spec', 'targetRef', 'kind')) ?? '';

/** Name of the Service that users call, and of the routing object. */
export const apexName = (canary: Canary): string => textOf(at(canary, 'spec', 'service', 'name')) || targetName(canary);

export const primaryServiceName = (canary: Canary): string => primaryName(apexName(canary));

export const canaryServiceName = (canary: Canary): string => `${apexName(canary)}-canary`;

/** `<name>-primary`: of workloads, configs, autoscalers and label values alike. */
export const primaryName = (name: string): string => `${name}-primary`;

export const primaryWorkloadName = (canary: Canary): string => primaryName(targetName(canary));

/** Name of the copy of a ConfigMap or Secret that the primary uses. */
export const configCopyName = (name: string): string => primaryName(name);

/** Name of the target's autoscaler, undefined when there is none. */
export const autoscalerName = (canary: Canary): string | undefined =>
  textOf(at(canary, 'spec', 'autoscalerRef', 'name')) || undefined;

export const primaryAutoscalerName = (canary: Canary): string | undefined => {
  const name = autoscalerName(canary);
  return name === undefined ? undefined : primaryName(name);
};

/** Whether the target is a Knative Service. */
export const isKnative = (canary: Canary): boolean =>
  targetKind(canary) === 'Service' && at(canary, 'spec', 'targetRef', 'apiVersion') === 'serving.knative.dev/v1';

/** The first candidate that is among the target's match labels; undefined when none is. */
export function selectorLabel(
  target: KubeObject,
  candidates: readonly string[] = SELECTOR_LABELS,
): SelectorLabel | undefined {
  const labels = textMapOf(at(target, 'spec', 'selector', 'matchLabels'));
  const key = candidates.find((candidate) => labels[candidate] !== undefined);
  return key === undefined ? undefined : { key, value: labels[key] ?? '' };
}

/** The event text for a target without any of the selector labels. */
export function selectorLabelError(target: KubeObject, candidates: readonly string[] = SELECTOR_LABELS): string {
  const { name, namespace = 'default' } = target.metadata;
  // The stray quote of DaemonSets is what people grep for.
  const tail = target.kind === 'DaemonSet' ? "'" : '';
  return `${target.kind.toLowerCase()} ${name}.${namespace} spec.selector.matchLabels must contain one of [${candidates.join(' ')}]${tail}`;
}

/** Which generated names would be refused by the API server, in words; W23. */
export function nameProblems(canary: Canary, label?: SelectorLabel): string[] {
  const names: [string, string][] = [
    ['Service', primaryServiceName(canary)],
    ['Service', canaryServiceName(canary)],
  ];
  if (label) names.push([`value of label ${label.key}`, primaryName(label.value)]);
  return names
    .filter(([, name]) => name.length > MAX_NAME_LENGTH)
    .map(([what, name]) => `${what} ${name} has ${name.length} characters, ${MAX_NAME_LENGTH} are allowed`);
}

/** The primary Deployment, DaemonSet or Service: made once, then changed by promotions alone (spec workloads 1.2, 1.3). */
import type { Canary } from '../canary';
import { configKey, renameConfigs } from '../config-refs';
import { namespaceOf } from '../defaults';
import { at, type JsonObject, numberOf, objectOf, textOf } from '../json';
import type { KubeObject } from '../kube';
import { configCopyName, primaryName, SELECTOR_LABELS, selectorLabel, selectorLabelError } from '../names';
import { templateHash, templateOf } from '../revision';
import {
  adoptedReferences,
  copiedAnnotations,
  FLAGGER_ID,
  includedBy,
  ownedMetadata,
  REPLICAS_ANNOTATION,
  REVISION_ANNOTATION,
  WANTED_REPLICAS_ANNOTATION,
  withFields,
  withoutToolkit,
} from './metadata';
import { towardsPrimary } from './self-references';
import { primaryCopy, promotedCopy } from './target-service';

export interface PrimaryOptions {
  /** A fresh random UUID for each creation and promotion. */
  flaggerId: string;
  /** Keys of the configs whose copies the primary uses: `configmap/<name>`, `secret/<name>`. */
  trackedConfigs?: readonly string[];
  /** -selector-labels; @defaultValue app, name, app.kubernetes.io/name */
  selectorLabels?: readonly string[];
  /** -include-label-prefix; @defaultValue none */
  includeLabelPrefixes?: readonly string[];
}

/**
 * The primary as it is created.
 * @throws Error when the target has none of the selector labels, or is a DaemonSet that does not roll.
 */
export function primaryWorkload(canary: Canary, target: KubeObject, options: PrimaryOptions): KubeObject {
  if (target.kind === 'Service') return recordedCopy(target, primaryCopy(canary, target));
  const parts = partsOf(target, options);
  const replicas =
    target.kind === 'Deployment' ? { replicas: Math.max(wantedReplicas(target), replicasOf(target)) || 1 } : {};
  return {
    apiVersion: target.apiVersion,
    kind: target.kind,
    metadata: ownedMetadata(canary, primaryName(target.metadata.name), parts),
    spec: {
      ...replicas,
      ...parts.rollout,
      selector: { matchLabels: { [parts.selector.key]: primaryName(parts.selector.value) } },
      template: parts.template,
    },
  };
}

/**
 * The live primary with what a promotion copies onto it. Foreign labels, annotations and spec fields of the primary
 * stay (W11); its replicas are never lowered and never come from a target at zero (W20, C26).
 */
export function promotedWorkload(
  canary: Canary,
  target: KubeObject,
  primary: KubeObject,
  options: PrimaryOptions,
): KubeObject {
  if (target.kind === 'Service')
    return recordedCopy(target, promotedCopy(canary, target, primary, includedOf(target, options)));
  const parts = partsOf(target, options);
  const { labels, annotations } = primary.metadata;
  const ownerReferences = adoptedReferences(canary, primary);
  return withFields(
    primary,
    {
      labels: { ...labels, ...parts.labels },
      annotations: { ...annotations, ...parts.annotations },
      ...(ownerReferences ? { ownerReferences } : {}),
    },
    {
      spec: {
        ...only(objectOf(primary['spec']), OWN_FIELDS),
        ...promotedReplicas(canary, target, primary),
        ...parts.rollout,
        template: parts.template,
      },
    },
  );
}

/** A primary says what it is a copy of. */
const recordedCopy = (target: KubeObject, copy: KubeObject): KubeObject => ({
  ...copy,
  metadata: {
    ...copy.metadata,
    annotations: { ...copy.metadata.annotations, [REVISION_ANNOTATION]: templateHash(target) },
  },
});

const includedOf = ({ metadata }: KubeObject, { includeLabelPrefixes = [] }: PrimaryOptions) => ({
  labels: includedBy(includeLabelPrefixes, metadata.labels),
  annotations: includedBy(includeLabelPrefixes, copiedAnnotations(metadata.annotations)),
});

/** Spec fields that the primary has of its own; every other one, also one that Serin does not know, is the target's. */
const OWN_FIELDS = ['replicas', 'selector', 'template', 'paused'];

const only = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));

const without = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

function promotedReplicas(canary: Canary, target: KubeObject, primary: KubeObject): JsonObject {
  if (target.kind !== 'Deployment' || at(canary, 'spec', 'autoscalerRef')) return {};
  const live = numberOf(at(primary, 'spec', 'replicas')) ?? 1;
  return { replicas: Math.max(numberOf(at(target, 'spec', 'replicas')) ?? 1, wantedReplicas(target), live) };
}

/** The replicas that a target asks for whose manifest leaves the field to the controller; 0 for every other one. */
export const wantedReplicas = (target: KubeObject): number =>
  numberOf(Number.parseInt(target.metadata.annotations?.[WANTED_REPLICAS_ANNOTATION] ?? '', 10)) ?? 0;

/** The target's replicas, or those it had before it was scaled to zero; 0 when both are unknown. */
export function replicasOf(target: KubeObject): number {
  const replicas = numberOf(at(target, 'spec', 'replicas')) ?? 1;
  if (replicas > 0) return replicas;
  return Number.parseInt(target.metadata.annotations?.[REPLICAS_ANNOTATION] ?? '', 10) || 0;
}

/** What creation and promotion have in common. */
function partsOf(target: KubeObject, options: PrimaryOptions) {
  const candidates = options.selectorLabels ?? SELECTOR_LABELS;
  const selector = selectorLabel(target, candidates);
  if (!selector) throw new Error(`getSelectorLabel failed: ${selectorLabelError(target, candidates)}`);
  const spec = objectOf(target['spec']);
  const strategy = strategyProblem(target);
  if (strategy !== undefined) throw new Error(strategy);
  return {
    selector,
    labels: {
      ...includedBy(options.includeLabelPrefixes ?? [], target.metadata.labels),
      [selector.key]: primaryName(selector.value),
    },
    annotations: { ...copiedAnnotations(target.metadata.annotations), [REVISION_ANNOTATION]: templateHash(target) },
    rollout: without(spec, OWN_FIELDS),
    template: primaryTemplate(target, selector, candidates, options),
  };
}

/** The event text for a DaemonSet that does not replace its pods by itself; undefined for one that does. */
export function strategyProblem(target: KubeObject): string | undefined {
  const type = textOf(at(target, 'spec', 'updateStrategy', 'type')) || 'RollingUpdate';
  if (target.kind !== 'DaemonSet' || type === 'RollingUpdate') return undefined;
  return `daemonset ${target.metadata.name}.${namespaceOf(target as never)} must have RollingUpdate strategy but have ${type}`;
}

function primaryTemplate(
  target: KubeObject,
  selector: { key: string; value: string },
  selectorLabels: readonly string[],
  options: PrimaryOptions,
): JsonObject {
  const template = templateOf(target);
  const metadata = objectOf(template['metadata']);
  const tracked = new Set(options.trackedConfigs);
  const podSpec = renameConfigs(template['spec'], (kind, name) =>
    tracked.has(configKey({ kind, name })) ? configCopyName(name) : name,
  );
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...withoutToolkit(metadata['labels']), [selector.key]: primaryName(selector.value) },
      annotations: { ...withoutToolkit(metadata['annotations']), [FLAGGER_ID]: options.flaggerId },
    },
    spec: towardsPrimary(podSpec, { targetName: target.metadata.name, selector, selectorLabels }),
  };
}

/** Rules across the objects of a program, for what no manifest alone can show. */
import { Construct } from 'constructs';
import type { Canary } from '../model/canary';
import { progressDeadlineSeconds } from '../model/defaults';
import { at, numberOf, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { nameProblems, SELECTOR_LABELS, selectorLabel, selectorLabelError } from '../model/names';
import { apexOf, autoscalersOf, type Release, releasesOfApex, releasesOfTarget, scopePathOf } from './program';
import { apiObjectOf, namespaceOfRef } from './references';
import { containerPorts, manifestOf } from './target-manifest';

interface Seen extends Release {
  readonly manifest: Canary;
  readonly workload: KubeObject | undefined;
}

/** What is wrong between the objects, each with the value and the remedy. */
export function programProblems(release: Release, manifest: Canary): string[] {
  const seen = { ...release, manifest, workload: manifestOf(release.target) };
  return RULES.flatMap((rule) => rule(seen));
}

const titleOf = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;

/** The label that tells canary pods from primary pods is there, and has room for `-primary`. */
function usableSelector({ manifest, workload, selectorLabels }: Seen): string[] {
  const labels = at(workload, 'spec', 'selector', 'matchLabels');
  if (!workload || at(workload, 'spec', 'selector') === undefined) return [];
  const candidates = selectorLabels ?? SELECTOR_LABELS;
  const label = selectorLabel(workload, candidates);
  if (label) {
    return nameProblems(manifest, label)
      .filter((text) => text.startsWith('value of label'))
      .map((text) => `target: ${text}: give the label a shorter value`);
  }
  return [
    `target: ${selectorLabelError(workload, candidates)} (${JSON.stringify(labels) ?? 'none'}): select the pods of ` +
      `the target by ${candidates[0]}, or list the controller's -selector-labels in selectorLabels`,
  ];
}

/** The autoscaler is the target's. */
function autoscalerOfTarget({ target, autoscaler }: Seen): string[] {
  const scaler = manifestOf(autoscaler);
  if (!autoscaler || !scaler) return [];
  const scaled = at(scaler, 'spec', 'scaleTargetRef');
  const kind = textOf(at(scaled, 'kind')) ?? 'Deployment'; // KEDA's default
  const name = textOf(at(scaled, 'name')) ?? '';
  if (kind === target.kind && name === target.name) return [];
  return [
    `autoscaler: ${titleOf(autoscaler)} scales ${kind} ${name}, not the target ${titleOf(target)}: ` +
      'point its scaleTargetRef at the target, or give the autoscaler of the target',
  ];
}

/** What a Canary names by kind and name alone is in its own namespace. */
function oneNamespace({ canary, target, autoscaler, ingress }: Seen): string[] {
  const own = canary.metadata.namespace;
  const props = { target, autoscaler, ingress };
  return Object.entries(props).flatMap(([prop, object]) => {
    const found = object && apiObjectOf(object);
    const theirs = found?.metadata.namespace;
    if (!object || theirs === undefined || own === undefined || theirs === own) return [];
    return [
      `${prop}: ${titleOf(object)} is in namespace ${theirs}, and is looked for in ${own}, where the Canary is: ` +
        'put both into one namespace',
    ];
  });
}

/** What works, but hardly as meant. */
export const programHints = (release: Release): string[] => [
  ...otherAutoscalers(release),
  ...unplacedReferences(release),
];

/** A reference to a construct without a namespace means the Canary's, where the object may not be. */
function unplacedReferences({ canary, references }: Release): string[] {
  const own = canary.metadata.namespace;
  return references
    .filter(({ ref }) => own !== undefined && Construct.isConstruct(ref) && namespaceOfRef(ref) === undefined)
    .map(
      ({ prop, kind, ref }) =>
        `${prop}: ${kind} ${ref.name} has no namespace, and is looked for in ${own}, where the Canary is: ` +
        'give its chart or its metadata a namespace',
    );
}

/** The target is scaled by an autoscaler that the Canary does not know. */
function otherAutoscalers({ canary, target, autoscaler }: Release): string[] {
  return autoscalersOf(canary, target)
    .filter(({ kind, name }) => kind !== autoscaler?.kind || name !== autoscaler.name)
    .map(
      (scaler) =>
        `autoscaler: ${titleOf(scaler)} [${scopePathOf(scaler)}] scales the target ${titleOf(target)}, and ` +
        (autoscaler ? `autoscaler is ${titleOf(autoscaler)}: keep one of them` : UNSCALED),
    );
}

const UNSCALED =
  'is not given, so that the primary is not scaled and the two fight over the replicas: give it as autoscaler';

/** A pod can become available in time; else no weight is ever reached. */
function reachableInTime({ manifest, workload }: Seen): string[] {
  const containers = objectsOf(at(workload, 'spec', 'template', 'spec', 'containers'));
  const delays = containers.map((container) =>
    Math.max(delayOf(container['startupProbe']), delayOf(container['readinessProbe'])),
  );
  const minReadySeconds = numberOf(at(workload, 'spec', 'minReadySeconds')) ?? 0;
  const neededSeconds = Math.max(0, ...delays) + minReadySeconds;
  if (neededSeconds === 0) return [];
  const deadlineSeconds = progressDeadlineSeconds(manifest);
  if (!workload || neededSeconds < deadlineSeconds) return [];
  return [
    `progressDeadline: ${deadlineSeconds} s pass before a pod of ${workload.kind} ${workload.metadata.name} can be ` +
      `available, which takes ${neededSeconds} s (initialDelaySeconds and minReadySeconds), so that no weight is ` +
      'reached: lengthen progressDeadline, or shorten them',
  ];
}

const delayOf = (probe: unknown) => numberOf(at(probe, 'initialDelaySeconds')) ?? 0;

/** A container port that is named exists. */
function namedPort({ service, workload }: Seen): string[] {
  const name = service?.targetPortName;
  const ports = containerPorts(workload);
  if (!workload || name === undefined || ports.some((port) => port.name === name)) return [];
  const names = ports.map((port) => port.name ?? port.number).join(', ');
  return [
    `service.targetPortName: no container of ${workload.kind} ${workload.metadata.name} has a port of that name ` +
      `("${name}"): ${names ? `use one of ${names}` : 'declare it in the container'}`,
  ];
}

/** One Canary a target. */
function ownTarget({ canary, target }: Seen): string[] {
  const first = releasesOfTarget(canary, target)[0]?.canary;
  if (!first || first === canary) return [];
  return [
    `target: ${titleOf(target)} is the target of [${scopePathOf(first)}] too, and two Canaries fight over one primary: ` +
      'keep one of them',
  ];
}

/** One Canary an apex name. */
function ownApex(seen: Seen): string[] {
  const { canary, target } = seen;
  const first = releasesOfApex(seen)[0]?.canary;
  if (!first || first === canary || releasesOfTarget(canary, target)[0]?.canary !== canary) return [];
  return [
    `service.name: ${apexOf(seen)} is the apex of [${scopePathOf(first)}] too, and two Canaries fight over its Services ` +
      'and routes: give one of them another service.name',
  ];
}

const RULES: readonly ((seen: Seen) => string[])[] = [
  oneNamespace,
  usableSelector,
  autoscalerOfTarget,
  reachableInTime,
  namedPort,
  ownTarget,
  ownApex,
];

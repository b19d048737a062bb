/** Rules across the objects of a program, for what no manifest alone can show. */
import { type ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Canary } from '../model/canary';
import { progressDeadlineSeconds } from '../model/defaults';
import { at, numberOf, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { nameProblems, SELECTOR_LABELS, selectorLabel, selectorLabelError } from '../model/names';
import { apiObjectOf, type IObjectRef } from './references';
import type { CanaryService } from './service';
import { containerPorts, manifestOf } from './target-manifest';

/** A Canary and what it points at. */
export interface Release {
  readonly canary: ApiObject;
  readonly target: IObjectRef;
  readonly autoscaler: IObjectRef | undefined;
  readonly service: CanaryService | undefined;
  readonly selectorLabels: readonly string[] | undefined;
}

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
  const [first] = canariesOf(canary, targetKey(canary, target));
  if (!first || first === canary) return [];
  return [
    `target: ${titleOf(target)} is the target of [${scopePathOf(first)}] too, and two Canaries fight over one primary: ` +
      'keep one of them',
  ];
}

/** One Canary an apex name. */
function ownApex(seen: Seen): string[] {
  const { canary, target } = seen;
  const [first] = canariesOf(canary, apexKey(seen));
  if (!first || first === canary || canariesOf(canary, targetKey(canary, target))[0] !== canary) return [];
  return [
    `service.name: ${apexOf(seen)} is the apex of [${scopePathOf(first)}] too, and two Canaries fight over its Services ` +
      'and routes: give one of them another service.name',
  ];
}

const RULES: readonly ((seen: Seen) => string[])[] = [
  usableSelector,
  autoscalerOfTarget,
  reachableInTime,
  namedPort,
  ownTarget,
  ownApex,
];

const scopePathOf = (object: ApiObject) => object.node.scope?.node.path ?? object.node.path;

/** Canaries of each program by target and by apex, in the order of their making. */
const registry = new WeakMap<IConstruct, Map<string, ApiObject[]>>();

/** What tells two Canaries apart. */
type Identity = Pick<Release, 'canary' | 'target' | 'service'>;

/** Makes a Canary known to the other ones of its program. */
export function register(identity: Identity): void {
  const { canary, target } = identity;
  for (const key of [targetKey(canary, target), apexKey(identity)]) canariesOf(canary, key).push(canary);
}

function canariesOf(canary: ApiObject, key: string): ApiObject[] {
  const { root } = canary.node;
  const byKey = registry.get(root) ?? new Map<string, ApiObject[]>();
  registry.set(root, byKey);
  const found = byKey.get(key) ?? [];
  byKey.set(key, found);
  return found;
}

/** Charts may go to different clusters: objects of the same name are the same within a chart only. */
function targetKey(canary: ApiObject, target: IObjectRef): string {
  const object = apiObjectOf(target) ?? canary;
  return [Chart.of(object).node.path, object.metadata.namespace ?? '', target.kind, target.name].join('\n');
}

const apexOf = ({ target, service }: Identity) => service?.name ?? target.name;

function apexKey(identity: Identity): string {
  const { canary } = identity;
  return [Chart.of(canary).node.path, canary.metadata.namespace ?? '', apexOf(identity)].join('\n');
}

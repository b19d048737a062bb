/** apps/v1: Deployment, ReplicaSet, DaemonSet, StatefulSet, ControllerRevision. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, isObject, type Json } from '../json';
import { type Admission, type Column, defineKind, type Kind, type KindInput } from '../kind';
import { selectorText, selects } from '../selectors';
import { AGE, containerColumns, count, labelsText, NAME, text } from './columns';
import { fillPodSpec } from './pod-defaults';
import { checkContainers, checkImmutable, checkNotNegative, invalidValue, isEmptySelector, required } from './problems';

const REPLICAS = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
};

/** Counts that are written even when they are 0; all others are left out then. */
const WRITTEN_ZEROS: Record<string, string[]> = {
  DaemonSet: ['currentNumberScheduled', 'desiredNumberScheduled', 'numberMisscheduled', 'numberReady'],
  ReplicaSet: ['replicas'],
  StatefulSet: ['replicas', 'availableReplicas'],
};

function fillStatus(kind: string, status: Json): void {
  const zeros = WRITTEN_ZEROS[kind] ?? [];
  for (const [name, value] of Object.entries(status)) if (value === 0 && !zeros.includes(name)) delete status[name];
  for (const name of zeros) fallback(status, name, 0);
}

/** Deployments, ReplicaSets and so on: a selector and a pod template, filled in by `fill`. */
function workload(kind: string, plural: string, fill: (spec: Json) => void, input: Partial<KindInput>): Kind {
  return defineKind({
    apiVersion: 'apps/v1',
    kind,
    plural,
    namespaced: true,
    status: true,
    generation: true,
    categories: ['all'],
    admit: (object) => {
      const spec = child(object, 'spec');
      fill(spec);
      const template = spec['template'];
      if (isObject(template)) fillPodSpec(child(template, 'spec'));
      fallback(object, 'status', {});
      fillStatus(kind, object['status'] as Json);
    },
    validate: checkWorkload,
    ...input,
  });
}

function fillDeployment(spec: Json): void {
  fallback(spec, 'replicas', 1);
  fallback(spec, 'revisionHistoryLimit', 10);
  fallback(spec, 'progressDeadlineSeconds', 600);
  const strategy = child(spec, 'strategy');
  fallback(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = child(strategy, 'rollingUpdate');
  fallback(rolling, 'maxSurge', '25%');
  fallback(rolling, 'maxUnavailable', '25%');
}

function fillDaemonSet(spec: Json): void {
  fallback(spec, 'revisionHistoryLimit', 10);
  const strategy = child(spec, 'updateStrategy');
  fallback(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] !== 'RollingUpdate') return;
  const rolling = child(strategy, 'rollingUpdate');
  fallback(rolling, 'maxSurge', 0);
  fallback(rolling, 'maxUnavailable', 1);
}

function fillStatefulSet(spec: Json): void {
  fallback(spec, 'replicas', 1);
  fallback(spec, 'revisionHistoryLimit', 10);
  fallback(spec, 'podManagementPolicy', 'OrderedReady');
  const strategy = child(spec, 'updateStrategy');
  fallback(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') fallback(child(strategy, 'rollingUpdate'), 'partition', 0);
}

function checkWorkload(object: KubeObject, { old }: Admission): FieldProblem[] {
  const selector = at(object, 'spec', 'selector');
  const labels = at(object, 'spec', 'template', 'metadata', 'labels') as Record<string, string> | undefined;
  const problems = checkNotNegative('spec.replicas', at(object, 'spec', 'replicas'));
  const isEmpty = selector !== undefined && isEmptySelector(selector);
  if (selector === undefined) problems.push(required('spec.selector'));
  if (isEmpty) {
    const rule = `empty selector is invalid for ${object.kind.toLowerCase()}`;
    problems.push(invalidValue('spec.selector', selector, rule));
  } else if (selector === undefined || !selects(selector, labels)) {
    const rule = '`selector` does not match template `labels`';
    problems.push(invalidValue('spec.template.metadata.labels', labels ?? null, rule));
  }
  const podSpec = at(object, 'spec', 'template', 'spec');
  const fixed = old ? checkImmutable('spec.selector', selector, at(old, 'spec', 'selector')) : [];
  return [...problems, ...checkContainers('spec.template.spec', podSpec), ...checkDeadline(object), ...fixed];
}

function checkDeadline(object: KubeObject): FieldProblem[] {
  const deadline = at(object, 'spec', 'progressDeadlineSeconds');
  if (typeof deadline !== 'number' || deadline > Number(at(object, 'spec', 'minReadySeconds') ?? 0)) return [];
  return [invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')];
}

const SELECTOR = text('Selector', (object) => selectorText(at(object, 'spec', 'selector')), 1);
const wide = [...containerColumns('spec', 'template', 'spec'), SELECTOR];
const number = (object: KubeObject, ...path: string[]) => Number(at(object, ...path) ?? 0);
const READY = text(
  'Ready',
  (object) => `${number(object, 'status', 'readyReplicas')}/${number(object, 'spec', 'replicas')}`,
);

const DEPLOYMENT: Column[] = [
  NAME,
  READY,
  text('Up-to-date', (object) => number(object, 'status', 'updatedReplicas')),
  text('Available', (object) => number(object, 'status', 'availableReplicas')),
  AGE,
  ...wide,
];
const REPLICA_SET: Column[] = [
  NAME,
  count('Desired', 'spec', 'replicas'),
  count('Current', 'status', 'replicas'),
  count('Ready', 'status', 'readyReplicas'),
  AGE,
  ...wide,
];
const DAEMON_SET: Column[] = [
  NAME,
  count('Desired', 'status', 'desiredNumberScheduled'),
  count('Current', 'status', 'currentNumberScheduled'),
  count('Ready', 'status', 'numberReady'),
  count('Up-to-date', 'status', 'updatedNumberScheduled'),
  count('Available', 'status', 'numberAvailable'),
  text('Node Selector', (object) => labelsText(at(object, 'spec', 'template', 'spec', 'nodeSelector'))),
  AGE,
  ...wide,
];
const CONTROLLER_REVISION: Column[] = [
  NAME,
  text('Controller', (object) => {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
    return owner ? `${owner.kind.toLowerCase()}.apps/${owner.name}` : '<none>';
  }),
  count('Revision', 'revision'),
  AGE,
];

export const APPS_KINDS: readonly Kind[] = [
  workload('Deployment', 'deployments', fillDeployment, {
    shortNames: ['deploy'],
    scale: REPLICAS,
    columns: DEPLOYMENT,
  }),
  workload('ReplicaSet', 'replicasets', (spec) => fallback(spec, 'replicas', 1), {
    shortNames: ['rs'],
    scale: REPLICAS,
    columns: REPLICA_SET,
  }),
  workload('DaemonSet', 'daemonsets', fillDaemonSet, { shortNames: ['ds'], columns: DAEMON_SET }),
  workload('StatefulSet', 'statefulsets', fillStatefulSet, {
    shortNames: ['sts'],
    scale: REPLICAS,
    columns: [NAME, READY, AGE, ...containerColumns('spec', 'template', 'spec')],
  }),
  defineKind({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    plural: 'controllerrevisions',
    namespaced: true,
    columns: CONTROLLER_REVISION,
  }),
];

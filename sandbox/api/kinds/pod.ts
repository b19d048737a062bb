/** The Pod kind. Nothing runs: whoever plays the kubelet writes the status. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, isObject, type Json, objects, same } from '../json';
import { type Admission, type Column, defineKind, type Kind } from '../kind';
import { AGE, NAME, since, text } from './columns';
import { fillPodSpec } from './pod-defaults';
import { checkContainers } from './problems';

function admit(object: KubeObject, { old }: Admission): void {
  const spec = child(object, 'spec');
  fillPodSpec(spec);
  fallback(spec, 'enableServiceLinks', true);
  fallback(spec, 'serviceAccountName', 'default');
  fallback(spec, 'serviceAccount', spec['serviceAccountName']);
  fallback(spec, 'priority', 0);
  fallback(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  for (const container of objects(spec, 'containers')) requestLimits(container);
  if (!old) object['status'] = { phase: 'Pending', qosClass: qualityOfService(object) };
}

/** What is limited and not requested is requested up to the limit. */
function requestLimits(container: Json): void {
  const limits = at(container, 'resources', 'limits');
  if (!isObject(limits)) return;
  const requests = child(child(container, 'resources'), 'requests');
  for (const [name, limit] of Object.entries(limits)) fallback(requests, name, limit);
}

function qualityOfService(object: KubeObject): string {
  const resources = objects(object['spec'], 'containers').map((container) => container['resources']);
  const isSet = resources.some((entry) => at(entry, 'limits') !== undefined || at(entry, 'requests') !== undefined);
  const isFixed = resources.every((entry) => {
    const [limits, requests] = [at(entry, 'limits'), at(entry, 'requests')];
    return at(limits, 'cpu') !== undefined && at(limits, 'memory') !== undefined && same(limits, requests);
  });
  return isFixed ? 'Guaranteed' : isSet ? 'Burstable' : 'BestEffort';
}

function validate(object: KubeObject): FieldProblem[] {
  return checkContainers('spec', object['spec']);
}

const statuses = (object: KubeObject) => objects(object['status'], 'containerStatuses');

/** What keeps a container from running, else the phase. */
function statusText(object: KubeObject): string {
  if (object.metadata.deletionTimestamp) return 'Terminating';
  const reasons = statuses(object).map(
    ({ state }) => at(state, 'waiting', 'reason') ?? at(state, 'terminated', 'reason'),
  );
  const reason = reasons.find((found) => typeof found === 'string');
  return String(reason ?? at(object, 'status', 'reason') ?? at(object, 'status', 'phase') ?? 'Unknown');
}

function restarts(object: KubeObject, now: number): string {
  const total = statuses(object).reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0);
  const last = statuses(object)
    .map(({ lastState }) => at(lastState, 'terminated', 'finishedAt'))
    .filter((time) => typeof time === 'string')
    .sort()
    .at(-1);
  return last && total > 0 ? `${total} (${since(last, now)} ago)` : String(total);
}

const COLUMNS: Column[] = [
  NAME,
  text('Ready', (object) => {
    const ready = statuses(object).filter((status) => status['ready'] === true).length;
    return `${ready}/${objects(object['spec'], 'containers').length}`;
  }),
  text('Status', statusText),
  text('Restarts', restarts),
  AGE,
  text('IP', (object) => at(object, 'status', 'podIP') ?? '<none>', 1),
  text('Node', (object) => at(object, 'spec', 'nodeName') ?? '<none>', 1),
  text('Nominated Node', () => '<none>', 1),
  text('Readiness Gates', () => '<none>', 1),
];

export const POD: Kind = defineKind({
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  generation: true,
  admit,
  validate,
  columns: COLUMNS,
});

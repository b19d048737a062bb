/** What the target says itself, so that a release need not say it again. */
import * as pulumi from '@pulumi/pulumi';
import type { CanaryService } from '../constructs/service';
import { containerPorts } from '../constructs/target-manifest';
import type { Canary } from '../model/canary';
import { at } from '../model/json';
import type { KubeObject } from '../model/kube';
import { nameProblems, SELECTOR_LABELS, selectorLabel, selectorLabelError } from '../model/names';
import type { Problem } from '../model/problem';
import { type KnownObject, knownObject, type ObjectArg } from './references';

/** The manifest of a target that is a resource of the program; undefined for a mere reference. */
export function workloadOf(target: ObjectArg): pulumi.Output<KubeObject | undefined> {
  const { spec } = target as { spec?: pulumi.Input<object> };
  if (!('metadata' in target) || spec === undefined) return pulumi.output<KubeObject | undefined>(undefined);
  return pulumi.all([knownObject(target), spec]).apply(([known, fields]) => {
    const { apiVersion, kind, name, namespace } = known;
    return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, spec: fields };
  });
}

/**
 * The service with its port: without one, that of the container port that it names, else of the first one.
 * @throws Error when there is a service whose port is nowhere to be read.
 */
export function completeService(
  service: CanaryService | undefined,
  target: KnownObject,
  workload: KubeObject | undefined,
): CanaryService | undefined {
  if (service?.port !== undefined || target.kind === 'Service') return service;
  const ports = containerPorts(workload);
  const { targetPort, targetPortName } = service ?? {};
  const wanted = ports.find(
    ({ name, number }) => number === targetPort || (name !== undefined && name === targetPortName),
  );
  const port = wanted ?? ports[0];
  if (port) return { ...(port.name !== undefined && { portName: port.name }), ...service, port: port.number };
  if (!service) return undefined; // the model's rules say so
  const why = workload ? 'declares no container port' : 'is a reference';
  const remedy = workload ? 'or give the container a port' : 'or give the resource';
  throw new Error(
    `service.port: is missing, and target ${target.kind} ${target.name} ${why}: set service.port, ${remedy}`,
  );
}

/** The label that tells canary pods from primary pods is there, and has room for `-primary`. */
export function selectorProblems(
  canary: Canary,
  workload: KubeObject | undefined,
  labels?: readonly string[],
): Problem[] {
  const selector = at(workload, 'spec', 'selector', 'matchLabels');
  if (!workload || selector === undefined) return [];
  const candidates = labels ?? SELECTOR_LABELS;
  const label = selectorLabel(workload, candidates);
  const problem = (message: string, value: unknown, remedy: string): Problem => ({
    path: 'target',
    value,
    message,
    remedy,
    severity: 'error',
  });
  if (!label) {
    const remedy = `select its pods by ${candidates[0]}, or list the controller's -selector-labels in selectorLabels`;
    return [problem(selectorLabelError(workload, candidates), selector, remedy)];
  }
  return nameProblems(canary, label)
    .filter((text) => text.startsWith('value of label'))
    .map((text) => problem(text, label.value, 'give the label a shorter value'));
}

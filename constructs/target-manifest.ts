/** What the target's own manifest says already, so that a release need not say it again. */
import { at, numberOf, objectsOf, textOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { apiObjectOf, type IObjectRef } from './references';
import type { CanaryService } from './service';
import { once } from './synthesis';

/** The manifest of a construct of this program; undefined for a mere reference. */
export function manifestOf(object: IObjectRef | undefined): KubeObject | undefined {
  const found = object && apiObjectOf(object);
  return found && once(found, 'manifest', () => found.toJson() as KubeObject);
}

export interface ContainerPort {
  readonly name: string | undefined;
  readonly number: number;
}

/** TCP ports that the containers declare, in order. */
export function containerPorts(workload: KubeObject | undefined): ContainerPort[] {
  return objectsOf(at(workload, 'spec', 'template', 'spec', 'containers'))
    .flatMap((container) => objectsOf(container['ports']))
    .filter((port) => (textOf(port['protocol']) ?? 'TCP') === 'TCP')
    .map((port) => ({ name: textOf(port['name']), number: numberOf(port['containerPort']) ?? 0 }))
    .filter((port) => port.number > 0);
}

/**
 * The service with its port: without one, that of the container port that it names, else of the first one.
 * @throws Error when there is a service whose port is nowhere to be read.
 */
export function completeService(service: CanaryService | undefined, target: IObjectRef): CanaryService | undefined {
  if (service?.port !== undefined || target.kind === 'Service') return service;
  const workload = manifestOf(target);
  const ports = containerPorts(workload);
  const named = ports.find((port) => port.number === service?.targetPort || isNamed(port, service?.targetPortName));
  const port = named ?? ports[0];
  if (port) return { ...(port.name !== undefined && { portName: port.name }), ...service, port: port.number };
  if (!service) return undefined; // the model's rules say so
  const why = workload ? 'declares no container port' : 'is a reference';
  throw new Error(
    `service.port: is missing, and target ${target.kind} ${target.name} ${why}: set service.port` +
      (workload ? ', or give the container a port' : ', or give the construct'),
  );
}

const isNamed = (port: ContainerPort, name: string | undefined) => name !== undefined && port.name === name;

/** Ports of the generated Services, discovered ones included (spec api.md 2.3, workloads 6.2, W15). */
import type { Canary } from '../canary';
import { portName, servicePort, targetPort } from '../defaults';
import { at, compact, type JsonObject, numberOf, objectsOf, textOf } from '../json';
import type { KubeObject } from '../kube';

export interface ServicePort {
  name: string;
  protocol: string;
  port: number;
  targetPort: number | string;
  appProtocol?: string;
  nodePort?: number;
}

/** Proxies next to the application, whose ports are nobody's business. */
const PROXIES = ['istio-proxy', 'envoy'];

/** The ports that a Service of this Canary has; the target is needed for portDiscovery only. */
export function servicePorts(canary: Canary, target?: KubeObject): ServicePort[] {
  const main: ServicePort = compact({
    name: portName(canary),
    protocol: 'TCP',
    port: servicePort(canary),
    targetPort: targetPort(canary),
    appProtocol: textOf(at(canary, 'spec', 'service', 'appProtocol')) || undefined,
  });
  if (at(canary, 'spec', 'service', 'portDiscovery') !== true || !target) return [main];
  const ports = [main];
  for (const found of discovered(canary, target)) {
    if (ports.some((port) => port.port === found.port && port.protocol === found.protocol)) continue;
    ports.push({ ...found, name: freeName(found, ports) });
  }
  return ports;
}

function discovered(canary: Canary, target: KubeObject): ServicePort[] {
  const excluded = targetPort(canary);
  const containers = objectsOf(at(target, 'spec', 'template', 'spec', 'containers'));
  return containers
    .filter((container) => !PROXIES.includes(String(container['name'])))
    .flatMap((container) => objectsOf(container['ports']).map((port, index) => toServicePort(container, port, index)))
    .filter((port) => port.port > 0 && port.port !== excluded && port.name !== excluded);
}

function toServicePort(container: JsonObject, port: JsonObject, index: number): ServicePort {
  const number = numberOf(port['containerPort']) ?? 0;
  const protocol = textOf(port['protocol']) ?? 'TCP';
  const name = textOf(port['name']) || `${protocol.toLowerCase()}-${String(container['name'])}-${index}`;
  return { name, protocol, port: number, targetPort: number };
}

/** The name, or the name with the port number when another port has it; 63 characters at most. */
function freeName(port: ServicePort, taken: readonly ServicePort[]): string {
  const isTaken = (name: string) => taken.some((other) => other.name === name);
  if (!isTaken(port.name)) return port.name;
  const suffixes = [`-${port.port}`, `-${port.protocol.toLowerCase()}-${port.port}`];
  const names = suffixes.map((suffix) => `${port.name.slice(0, 63 - suffix.length)}${suffix}`);
  return names.find((name) => !isTaken(name)) ?? names.at(-1) ?? port.name;
}

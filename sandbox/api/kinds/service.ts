/** The Service kind: addresses, port defaults, and the checks of both. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, type Json, objects, same } from '../json';
import { type Admission, type Column, defineKind, type Kind } from '../kind';
import type { ObjectStore } from '../store';
import { AGE, labelsText, NAME, text } from './columns';
import { checkPort, duplicate, invalidValue, notSupported, required } from './problems';

const TYPE = { apiVersion: 'v1', kind: 'Service' };
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const FIRST_NODE_PORT = 30000;

function admit(object: KubeObject, { store, old }: Admission): void {
  const spec = child(object, 'spec');
  fallback(spec, 'type', 'ClusterIP');
  fallback(spec, 'sessionAffinity', 'None');
  for (const port of objects(spec, 'ports')) {
    fallback(port, 'protocol', 'TCP');
    fallback(port, 'targetPort', port['port']);
  }
  if (spec['sessionAffinity'] === 'ClientIP') {
    fallback(child(child(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds', 10800);
  }
  fallback(object, 'status', { loadBalancer: {} });
  if (spec['type'] === 'ExternalName') return;
  giveAddress(spec, old, store);
  fallback(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'ClusterIP') return;
  fallback(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'LoadBalancer') fallback(spec, 'allocateLoadBalancerNodePorts', true);
  for (const port of objects(spec, 'ports')) if (!port['nodePort']) port['nodePort'] = freeNodePort(store, old, port);
}

function giveAddress(spec: Json, old: KubeObject | undefined, store: ObjectStore): void {
  const before = at(old, 'spec', 'clusterIP');
  if (!spec['clusterIP']) spec['clusterIP'] = before || freeAddress(store);
  const moved = old && spec['clusterIP'] !== before && same(spec['clusterIPs'], at(old, 'spec', 'clusterIPs'));
  if (moved) spec['clusterIPs'] = [spec['clusterIP']];
  fallback(spec, 'clusterIPs', [spec['clusterIP']]);
  fallback(spec, 'ipFamilies', ['IPv4']);
  fallback(spec, 'ipFamilyPolicy', 'SingleStack');
}

/** The lowest free address of 10.96.0.0/16. */
function freeAddress(store: ObjectStore): string {
  const taken = new Set(store.list(TYPE).map((service) => at(service, 'spec', 'clusterIP')));
  for (let host = 10; host < 65_000; host += 1) {
    const address = `10.96.${host >> 8}.${host & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('the sandbox has no free service address');
}

function freeNodePort(store: ObjectStore, old: KubeObject | undefined, port: Json): number {
  const before = objects(at(old, 'spec'), 'ports').find((other) => other['port'] === port['port']);
  if (typeof before?.['nodePort'] === 'number') return before['nodePort'];
  const ports = store.list(TYPE).flatMap((service) => objects(service['spec'], 'ports'));
  return Math.max(FIRST_NODE_PORT, ...ports.map((other) => Number(other['nodePort'] ?? 0))) + 1;
}

const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

function validate(object: KubeObject, { old }: Admission): FieldProblem[] {
  const problems = checkServiceName(object.metadata.name);
  const spec = child(object, 'spec');
  const type = String(spec['type']);
  if (!TYPES.includes(type)) problems.push(notSupported('spec.type', type, TYPES));
  const ports = objects(spec, 'ports');
  if (ports.length === 0 && type !== 'ExternalName' && spec['clusterIP'] !== 'None')
    problems.push(required('spec.ports'));
  problems.push(...ports.flatMap((port, index) => checkServicePort(port, index, ports)));
  const before = at(old, 'spec', 'clusterIPs');
  const stays = type !== 'ExternalName' && Array.isArray(before) && before[0] !== spec['clusterIP'];
  if (stays) problems.push(invalidValue('spec.clusterIPs[0]', spec['clusterIPs'], 'may not change once set'));
  return problems;
}

function checkServiceName(name: string): FieldProblem[] {
  const field = 'metadata.name';
  if (name.length > 63) return [invalidValue(field, name, 'must be no more than 63 characters')];
  return name === '' || DNS_1035.test(name) ? [] : [invalidValue(field, name, DNS_1035_RULE)];
}

function checkServicePort(port: Json, index: number, all: Json[]): FieldProblem[] {
  const field = `spec.ports[${index}]`;
  const problems = checkPort(`${field}.port`, port['port']);
  const { name } = port;
  if (!name && all.length > 1) problems.push(required(`${field}.name`));
  if (name && all.findIndex((other) => other['name'] === name) < index) problems.push(duplicate(`${field}.name`, name));
  const first = all.findIndex((other) => other['port'] === port['port'] && other['protocol'] === port['protocol']);
  if (first < index) problems.push(duplicate(field, { protocol: port['protocol'], port: port['port'] }));
  if (typeof port['targetPort'] === 'number') problems.push(...checkPort(`${field}.targetPort`, port['targetPort']));
  return problems;
}

function portsText(object: KubeObject): string {
  const ports = objects(object['spec'], 'ports');
  const shown = ports.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`);
  return shown.join(',') || '<none>';
}

function externalAddress(object: KubeObject): string {
  if (at(object, 'spec', 'type') === 'ExternalName') return String(at(object, 'spec', 'externalName'));
  const ingress = objects(at(object, 'status', 'loadBalancer'), 'ingress');
  const addresses = ingress.map((entry) => entry['ip'] ?? entry['hostname']).join(',');
  return addresses || (at(object, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : '<none>');
}

const COLUMNS: Column[] = [
  NAME,
  text('Type', (object) => at(object, 'spec', 'type')),
  text('Cluster-IP', (object) => at(object, 'spec', 'clusterIP') ?? '<none>'),
  text('External-IP', externalAddress),
  text('Port(s)', portsText),
  AGE,
  text('Selector', (object) => labelsText(at(object, 'spec', 'selector')), 1),
];

export const SERVICE: Kind = defineKind({
  ...TYPE,
  plural: 'services',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
  admit,
  validate,
  columns: COLUMNS,
});

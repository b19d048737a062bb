/** The core group, v1. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, isObject, objects, same } from '../json';
import { type Admission, type Column, defineKind, type Kind, type KindInput } from '../kind';
import { AGE, NAME, text } from './columns';
import { EVENT_KINDS } from './event';
import { POD } from './pod';
import { checkDnsLabel, checkImmutable, invalidValue } from './problems';
import { SERVICE } from './service';

const core = (kind: string, plural: string, input: Partial<KindInput> = {}): Kind =>
  defineKind({ apiVersion: 'v1', kind, plural, namespaced: true, ...input });

function admitNamespace(object: KubeObject, { old }: Admission): void {
  object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  if (!old?.metadata.deletionTimestamp) fallback(child(object, 'spec'), 'finalizers', ['kubernetes']);
  if (!old) object['status'] = { phase: 'Active' };
}

function admitSecret(object: KubeObject): void {
  fallback(object, 'type', 'Opaque');
  const { stringData } = object;
  if (!isObject(stringData)) return;
  const data = child(object, 'data');
  for (const [key, value] of Object.entries(stringData)) data[key] = Buffer.from(String(value)).toString('base64');
  delete object['stringData'];
}

const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function checkData(object: KubeObject, { old }: Admission): FieldProblem[] {
  const keys = ['data', 'binaryData'].flatMap((field) => Object.keys((object[field] as object | undefined) ?? {}));
  const problems = keys
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => invalidValue(`data[${key}]`, key, KEY_RULE));
  if (old && object.kind === 'Secret') problems.push(...checkImmutable('type', object['type'], old['type']));
  if (old?.['immutable'] === true && !same(old['data'], object['data'])) {
    const message = 'Forbidden: field is immutable when `immutable` is set';
    problems.push({ reason: 'FieldValueForbidden', field: 'data', message });
  }
  return problems;
}

const size = (value: unknown) => (isObject(value) ? Object.keys(value).length : 0);
const DATA = text('Data', (object) => size(object['data']) + size(object['binaryData']));

function endpointsText(object: KubeObject): string {
  const addresses = objects(object, 'subsets').flatMap((subset) =>
    objects(subset, 'addresses').flatMap(({ ip }) => objects(subset, 'ports').map(({ port }) => `${ip}:${port}`)),
  );
  const more = addresses.length > 3 ? ` + ${addresses.length - 3} more...` : '';
  return addresses.slice(0, 3).join(',') + more || '<none>';
}

function nodeStatus(object: KubeObject): string {
  const ready = objects(object['status'], 'conditions').find(({ type }) => type === 'Ready');
  const status = ready ? (ready['status'] === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return at(object, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

const NODE: Column[] = [
  NAME,
  text('Status', nodeStatus),
  text('Roles', () => '<none>'),
  AGE,
  text('Version', (object) => at(object, 'status', 'nodeInfo', 'kubeletVersion') ?? ''),
];

export const CORE_KINDS: readonly Kind[] = [
  core('Namespace', 'namespaces', {
    namespaced: false,
    shortNames: ['ns'],
    status: true,
    admit: admitNamespace,
    validate: (object) => checkDnsLabel('metadata.name', object.metadata.name),
    columns: [NAME, text('Status', (object) => at(object, 'status', 'phase')), AGE],
  }),
  POD,
  SERVICE,
  core('ConfigMap', 'configmaps', { shortNames: ['cm'], validate: checkData, columns: [NAME, DATA, AGE] }),
  core('Secret', 'secrets', {
    admit: admitSecret,
    validate: checkData,
    columns: [NAME, text('Type', (object) => object['type']), DATA, AGE],
  }),
  core('Endpoints', 'endpoints', {
    shortNames: ['ep'],
    createOnUpdate: true,
    admit: (object) => {
      const ports = objects(object, 'subsets').flatMap((subset) => objects(subset, 'ports'));
      for (const port of ports) fallback(port, 'protocol', 'TCP');
    },
    columns: [NAME, text('Endpoints', endpointsText), AGE],
  }),
  core('ServiceAccount', 'serviceaccounts', {
    shortNames: ['sa'],
    columns: [NAME, text('Secrets', (object) => objects(object, 'secrets').length), AGE],
  }),
  core('Node', 'nodes', { namespaced: false, shortNames: ['no'], status: true, columns: NODE }),
  ...EVENT_KINDS,
];

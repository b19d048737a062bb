/** The rules of `metadata` that hold for every kind. */
import type { KubeObject } from '../../model/kube';
import type { Clock } from '../../model/ports';
import { type FieldProblem, forbidden, notFound } from './api-error';
import { at, same } from './json';
import type { Kind } from './kind';
import type { ObjectStore } from './store';

/** Now as Kubernetes writes it: RFC 3339 in whole seconds. */
export function timestamp(clock: Clock): string {
  return `${new Date(Math.floor(clock.now() / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** A name for an object created with generateName; the suffix comes from the uid, so that runs repeat. */
export function generatedName(prefix: string, uid: string): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  let hash = 2166136261;
  let suffix = '';
  for (let index = 0; suffix.length < 5; index += 1) {
    hash = Math.imul(hash ^ uid.charCodeAt(index % Math.max(1, uid.length)), 16777619) >>> 0;
    if (index >= uid.length) suffix += letters[hash % letters.length];
  }
  return prefix.slice(0, 58) + suffix;
}

/** Those that hold the object back from deletion; namespaces have theirs in the spec. */
export function finalizersOf(object: KubeObject): string[] {
  const own = object.metadata.finalizers ?? [];
  const spec = object.kind === 'Namespace' ? at(object, 'spec', 'finalizers') : undefined;
  return Array.isArray(spec) ? [...own, ...spec] : own;
}

/** What `generation` counts: the spec (of Deployments the annotations too), or for custom kinds everything but metadata and status. */
export function desiredState(kind: Kind, object: KubeObject): unknown {
  if (kind.kind === 'Deployment') return [object['spec'], userAnnotations(object)];
  if (!kind.custom) return object['spec'];
  const { metadata: _, ...rest } = object;
  if (kind.status) delete (rest as Record<string, unknown>)['status'];
  return rest;
}

/** The Deployment controller's own annotations do not count: it writes them together with the status. */
function userAnnotations({ metadata }: KubeObject): [string, string][] {
  const all = Object.entries(metadata.annotations ?? {});
  return all.filter(([name]) => !name.startsWith('deployment.kubernetes.io/')).sort();
}

/** @throws ApiError 404 without the namespace, 403 when it is going away. */
export function checkNamespace(store: ObjectStore, kind: Kind, object: KubeObject): void {
  const name = object.metadata.namespace ?? '';
  const namespace = store.get({ apiVersion: 'v1', kind: 'Namespace', name });
  if (!namespace) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, name);
  if (!namespace.metadata.deletionTimestamp) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  const message = `namespace ${name} is being terminated`;
  throw forbidden(kind, object.metadata.name, why, [
    { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
  ]);
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const STANDARD_FINALIZERS = ['orphan', 'foregroundDeletion', 'kubernetes'];
/** Kinds whose names are path segments, not DNS names. */
const FREE_NAMES = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);

/** Names, labels and finalizers; the messages are those of the real server. */
export function checkMetadata(object: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  return [
    ...checkName(object),
    ...checkLabels(object),
    ...checkReferences(object),
    ...(old ? checkDeletion(object, old) : []),
  ];
}

/** Of custom kinds the real server only warns about loose finalizer names. */
const isCustom = (apiVersion: string): boolean => {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return group.includes('.') && !group.endsWith('.k8s.io');
};

/** Finalizers are qualified names, owner references complete. */
function checkReferences({ apiVersion, metadata }: KubeObject): FieldProblem[] {
  const finalizers = isCustom(apiVersion) ? [] : (metadata.finalizers ?? []);
  const loose = finalizers.flatMap((name, index) => {
    const isFine = name.includes('/') || STANDARD_FINALIZERS.includes(name);
    const message = `Invalid value: "${name}": name is neither a standard finalizer name nor is it fully qualified`;
    return isFine ? [] : [{ reason: 'FieldValueInvalid', field: `metadata.finalizers[${index}]`, message }];
  });
  const partial = (metadata.ownerReferences ?? []).flatMap((owner) => {
    const fields = (['apiVersion', 'kind', 'name', 'uid'] as const).filter((field) => !owner[field]);
    return fields.map((field) => ({
      reason: 'FieldValueInvalid',
      field: `metadata.ownerReferences.${field}`,
      message: 'Invalid value: "": must not be empty',
    }));
  });
  return [...loose, ...partial];
}

function checkName(object: KubeObject): FieldProblem[] {
  const { name } = object.metadata;
  const field = 'metadata.name';
  if (!name)
    return [{ reason: 'FieldValueRequired', field, message: 'Required value: name or generateName is required' }];
  if (FREE_NAMES.has(object.kind)) return [];
  const bad = (rule: string) => [{ reason: 'FieldValueInvalid', field, message: `Invalid value: "${name}": ${rule}` }];
  if (name.length > 253) return bad('must be no more than 253 characters');
  return SUBDOMAIN.test(name) ? [] : bad(SUBDOMAIN_RULE);
}

function checkLabels(object: KubeObject): FieldProblem[] {
  const field = 'metadata.labels';
  const keys = Object.keys(object.metadata.labels ?? {}).filter((key) => !KEY_NAME.test(key.split('/').at(-1) ?? ''));
  const wrongKeys = keys.map((key) => ({
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: "${key}": ${KEY_RULE}`,
  }));
  const wrongValues = Object.values(object.metadata.labels ?? {}).flatMap((value) => {
    const rule = value.length > 63 ? 'must be no more than 63 characters' : LABEL_VALUE.test(value) ? '' : LABEL_RULE;
    return rule ? [{ reason: 'FieldValueInvalid', field, message: `Invalid value: "${value}": ${rule}` }] : [];
  });
  return [...wrongKeys, ...wrongValues];
}

function checkDeletion(object: KubeObject, old: KubeObject): FieldProblem[] {
  if (!old.metadata.deletionTimestamp) return [];
  const before = old.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0 || same(added, [])) return [];
  const list = added.map((finalizer) => `"${finalizer}"`).join(', ');
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message }];
}

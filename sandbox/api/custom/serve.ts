/** Serves the kinds that CustomResourceDefinitions define, for as long as those exist. */
import type { KubeObject } from '../../../model/kube';
import { at, copy, isObject, type Json, objects } from '../json';
import { type Admission, type Column, defineKind, type Hub, type Kind, type ScalePaths } from '../kind';
import { AGE, NAME, since } from '../kinds/columns';
import type { ObjectStore } from '../store';
import { jsonPath } from './json-path';
import { Rules, type SkippedRule } from './rules';
import { fillDefaults, prune, type Schema } from './schema';
import { checkSchema } from './schema-check';

/** Starts serving definitions in this store. Rules that cannot be enforced are told to `onSkip`. */
export function serveCustomResources(store: ObjectStore, onSkip: (skipped: SkippedRule) => void): void {
  store.observe(({ type, object, previous }) => {
    if (object.kind !== 'CustomResourceDefinition' || !object.apiVersion.startsWith('apiextensions.k8s.io/')) return;
    const isSameSpec = type === 'MODIFIED' && at(previous, 'metadata', 'generation') === object.metadata.generation;
    if (isSameSpec) return;
    if (type === 'DELETED') removeAll(store, object);
    for (const kind of previous ? kindsOf(previous, () => {}) : []) store.kinds.remove(kind);
    if (type !== 'DELETED') for (const kind of kindsOf(object, onSkip)) store.kinds.add(kind);
  });
}

/** After these, rules could fail for reasons that have nothing to do with them. */
const BLOCKING = [
  'FieldValueRequired',
  'FieldValueTypeInvalid',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
];
const NOT_CHECKED = {
  reason: 'FieldValueInvalid',
  field: '<nil>',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

function removeAll(store: ObjectStore, definition: KubeObject): void {
  const stored = kindsOf(definition, () => {}).find((kind) => !kind.hub);
  if (!stored) return;
  for (const { apiVersion, kind, metadata } of store.list(stored)) {
    const ref = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
    if (metadata.finalizers) store.modify(ref, (draft) => void delete draft.metadata.finalizers);
    if (store.get(ref)) store.delete(ref);
  }
}

function kindsOf(definition: KubeObject, onSkip: (skipped: SkippedRule) => void): Kind[] {
  const spec = definition['spec'] as Json;
  const versions = objects(spec, 'versions');
  const storage = versions.find((version) => version['storage'] === true);
  const storedAs = `${spec['group']}/${storage?.['name']}`;
  return versions
    .filter((version) => version['served'] === true || version === storage)
    .map((version) => kindOf(spec, version, storedAs, onSkip));
}

function kindOf(spec: Json, version: Json, storedAs: string, onSkip: (skipped: SkippedRule) => void): Kind {
  const names = spec['names'] as Record<string, unknown>;
  const apiVersion = `${spec['group']}/${version['name']}`;
  const kind = String(names['kind']);
  const schema = (at(version, 'schema', 'openAPIV3Schema') ?? {}) as Schema;
  const scale = at(version, 'subresources', 'scale') as ScalePaths | undefined;
  return defineKind({
    apiVersion,
    kind,
    plural: String(names['plural']),
    singular: String(names['singular']),
    shortNames: (names['shortNames'] as string[] | undefined) ?? [],
    categories: (names['categories'] as string[] | undefined) ?? [],
    namespaced: spec['scope'] === 'Namespaced',
    status: isObject(at(version, 'subresources', 'status')),
    ...(scale && { scale }),
    generation: true,
    unconditionalUpdate: false,
    custom: true,
    schema,
    ...behaviour(kind, schema, onSkip),
    columns: columnsOf(version),
    ...(apiVersion !== storedAs && { hub: sameFieldsAs(storedAs, apiVersion, kind) }),
  });
}

function behaviour(kind: string, schema: Schema, onSkip: (skipped: SkippedRule) => void) {
  const rules = new Rules(kind, schema, onSkip);
  return {
    admit: (object: KubeObject) => {
      prune(schema, object);
      fillDefaults(schema, object);
    },
    validate: (object: KubeObject, { old }: Admission) => {
      const problems = checkSchema(schema, object, old, '');
      if (!problems.some(({ reason }) => BLOCKING.includes(reason))) return [...problems, ...rules.check(object, old)];
      return rules.isEmpty ? problems : [...problems, NOT_CHECKED];
    },
    unknownFields: (object: KubeObject) => {
      const paths: string[] = [];
      prune(schema, copy(object), (path) => paths.push(path));
      return paths;
    },
  };
}

/** Versions without a conversion webhook differ in nothing but their name. */
function sameFieldsAs(storedAs: string, apiVersion: string, kind: string): Hub {
  return {
    apiVersion: storedAs,
    kind,
    toHub: (object) => ({ ...object, apiVersion: storedAs }),
    fromHub: (object) => ({ ...object, apiVersion }),
  };
}

function columnsOf(version: Json): Column[] {
  const declared = objects(version, 'additionalPrinterColumns');
  return [NAME, ...(declared.length > 0 ? declared.map(columnOf) : [AGE])];
}

function columnOf(declared: Json): Column {
  const { name, type, format, description, priority, jsonPath: path } = declared;
  return {
    name: String(name),
    type: type as Column['type'],
    ...(typeof format === 'string' && { format }),
    ...(typeof description === 'string' && { description }),
    ...(typeof priority === 'number' && { priority }),
    cell: (object, now) => cellOf(jsonPath(object, String(path)), String(type), now),
  };
}

function cellOf(values: unknown[], type: string, now: number): unknown {
  const [first] = values;
  if (first === undefined) return null;
  if (type === 'date') return since(first, now);
  if (type !== 'string') return first;
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' ');
}

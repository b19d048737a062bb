/** Fields that no Canary, MetricTemplate or AlertProvider has: most are misspelt. */
import { parse } from 'yaml';
import { at, isObject, objectOf, objectsOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { type CrdKind, crdTexts } from '../crds';
import type { FieldPath } from './documents';
import { nearestOf } from './nearest';

export interface UnknownField {
  path: FieldPath;
  /** A known field beside it whose name is nearly the same. */
  nearest?: string;
}

/** What an API server knows of `metadata`; the definitions do not say. */
const METADATA = {
  properties: Object.fromEntries(
    (
      'name generateName namespace labels annotations finalizers ownerReferences uid resourceVersion generation ' +
      'creationTimestamp deletionTimestamp deletionGracePeriodSeconds managedFields selfLink'
    )
      .split(' ')
      .map((name) => [name, {}]),
  ),
};

/** Of an object of our kinds: what its CustomResourceDefinition does not have. */
export function unknownFields(object: KubeObject): UnknownField[] {
  const [text] = crdTexts(object.kind.toLowerCase() as CrdKind);
  const [version] = objectsOf(at(parse(text ?? ''), 'spec', 'versions'));
  const schema = objectOf(at(version, 'schema', 'openAPIV3Schema'));
  return unknownIn(object, { ...schema, properties: { ...objectOf(schema['properties']), metadata: METADATA } }, []);
}

function unknownIn(value: unknown, schema: unknown, path: FieldPath): UnknownField[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownIn(item, at(schema, 'items'), [...path, index]));
  }
  if (!isObject(value)) return [];
  const known = at(schema, 'properties');
  const others = at(schema, 'additionalProperties');
  const isFree = !isObject(known) || at(schema, 'x-kubernetes-preserve-unknown-fields') === true || others === true;
  return Object.entries(value).flatMap(([name, field]) => {
    const inner = [...path, name];
    if (isObject(known) && Object.hasOwn(known, name)) return unknownIn(field, known[name], inner);
    if (isObject(others)) return unknownIn(field, others, inner);
    return isFree ? [] : [unknown(inner, Object.keys(known))];
  });
}

function unknown(path: FieldPath, known: readonly string[]): UnknownField {
  const nearest = nearestOf(String(path.at(-1)), known);
  return { path, ...(nearest !== undefined && { nearest }) };
}

/** `spec.analysis.metrics[0].name` */
export const pathText = (path: FieldPath): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');

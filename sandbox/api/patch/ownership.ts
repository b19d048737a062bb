/** `metadata.managedFields`: who set which field, kept up to date by every write over HTTP. */
import type { KubeObject } from '../../../model/kube';
import { type Json, same } from '../json';
import type { Kind } from '../kind';
import { fieldsOf, fromFieldsV1, toFieldsV1 } from './field-set';

/** Who writes, and how. */
export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource?: string | undefined;
  /** RFC 3339 */
  time: string;
}

export interface ManagedFields {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Json;
  subresource?: string;
}

export function managedFieldsOf(object: KubeObject | undefined): ManagedFields[] {
  const found = (object?.metadata as { managedFields?: ManagedFields[] } | undefined)?.managedFields;
  return Array.isArray(found) ? found : [];
}

export function setManagedFields(object: KubeObject, entries: ManagedFields[]): void {
  const order = ({ operation, time, manager }: ManagedFields) => `${operation} ${time} ${manager}`;
  const sorted = [...entries].sort((left, right) => (order(left) < order(right) ? -1 : 1));
  Object.assign(object.metadata, { managedFields: sorted });
}

export function isBy(entry: ManagedFields, writer: Writer): boolean {
  const { manager, operation, subresource } = writer;
  return (
    entry.manager === manager && entry.operation === operation && (entry.subresource ?? '') === (subresource ?? '')
  );
}

export function entryFor(kind: Kind, writer: Writer, paths: Iterable<string>): ManagedFields {
  const { manager, operation, subresource, time } = writer;
  return {
    manager,
    operation,
    apiVersion: kind.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(paths),
    ...(subresource && { subresource }),
  };
}

/** The entry without these paths; undefined when nothing is left. */
export function entryWithout(entry: ManagedFields, taken: ReadonlySet<string>): ManagedFields | undefined {
  const paths = fromFieldsV1(entry.fieldsV1);
  const left = [...paths].filter((path) => !taken.has(path));
  if (left.length === paths.size) return entry;
  return left.length > 0 ? { ...entry, fieldsV1: toFieldsV1(left) } : undefined;
}

/** Records an update: the writer owns what it changed, everyone else loses it. Changes `object.metadata` only. */
export function recordUpdate(kind: Kind, object: KubeObject, old: KubeObject | undefined, writer: Writer): void {
  const before = old ? fieldsOf(kind, old, writer.subresource) : new Map<string, string>();
  const after = fieldsOf(kind, object, writer.subresource);
  const changed = [...after].filter(([path, value]) => before.get(path) !== value).map(([path]) => path);
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const entries = managedFieldsOf(object);
  if ((changed.length === 0 && removed.length === 0) || !same(entries, managedFieldsOf(old))) return;
  const taken = new Set([...changed, ...removed]);
  const others = entries.filter((entry) => !isBy(entry, writer)).map((entry) => entryWithout(entry, taken));
  const mine = entries.find((entry) => isBy(entry, writer));
  const owned = new Set([...(mine ? fromFieldsV1(mine.fieldsV1) : []), ...changed]);
  for (const path of removed) owned.delete(path);
  const kept = others.filter((entry) => entry !== undefined);
  setManagedFields(object, owned.size > 0 ? [...kept, entryFor(kind, writer, owned)] : kept);
}

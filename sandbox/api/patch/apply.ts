/** Server-side apply: what the manager says, merged into what is there, with conflicts for what others own. */
import type { KubeObject } from '../../../model/kube';
import { ApiError, badRequest } from '../api-error';
import { copy, isObject, type Json, same } from '../json';
import type { Kind } from '../kind';
import { type Fields, fieldsOf, fromFieldsV1, isBelow, itemStep, readablePath, stepsOf } from './field-set';
import { listRule } from './lists';
import {
  entryFor,
  entryWithout,
  isBy,
  type ManagedFields,
  managedFieldsOf,
  setManagedFields,
  type Writer,
} from './ownership';

/**
 * The live object (or a new one) with the configuration applied and the ownership recorded.
 * @throws ApiError 409 when another manager owns a field that would change, unless forced.
 */
export function applyConfiguration(
  kind: Kind,
  live: KubeObject | undefined,
  configuration: KubeObject,
  writer: Writer,
  force: boolean,
): KubeObject {
  if (managedFieldsOf(configuration).length > 0) throw badRequest('metadata.managedFields must be nil');
  const wanted = fieldsOf(kind, configuration, writer.subresource);
  const base = live
    ? copy(live)
    : ({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: {} } as unknown as KubeObject);
  const merged = mergeMap(kind, base, withoutNulls(configuration) as Json, []) as KubeObject;
  const entries = managedFieldsOf(live);
  const mine = entries.find((entry) => isBy(entry, writer));
  const others = entries.filter((entry) => entry !== mine);
  removeAbandoned(kind, merged, mine, others, wanted);
  const changed = changedPaths(kind, live, merged, wanted, writer);
  const conflicts = others.flatMap((entry) => conflictsWith(entry, changed));
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const left = others.map((entry) => entryWithout(entry, changed)).filter((entry) => entry !== undefined);
  const entry = entryFor(kind, writer, wanted.keys());
  const unchanged = mine && live && same(mine.fieldsV1, entry.fieldsV1) && changed.size === 0;
  setManagedFields(merged, [...left, unchanged ? mine : entry]);
  return merged;
}

function mergeMap(kind: Kind, live: unknown, applied: Json, path: string[]): Json {
  const merged: Json = isObject(live) ? { ...live } : {};
  for (const [field, value] of Object.entries(applied)) {
    const below = [...path, field];
    if (isObject(value)) merged[field] = mergeMap(kind, merged[field], value, below);
    else if (Array.isArray(value)) merged[field] = mergeList(kind, merged[field], value, below);
    else merged[field] = value;
  }
  return merged;
}

function mergeList(kind: Kind, live: unknown, applied: unknown[], path: string[]): unknown[] {
  const rule = listRule(kind, path);
  if (!rule || !Array.isArray(live)) return applied;
  if (rule.type === 'set') return [...live, ...applied.filter((value) => !live.includes(value))];
  const stepOf = (item: unknown) => itemStep(item, rule.keys, rule.defaults);
  const merged = [...live];
  for (const item of applied) {
    const index = merged.findIndex((other) => stepOf(other) === stepOf(item));
    if (index < 0) merged.push(item);
    else merged[index] = mergeMap(kind, merged[index], item as Json, path);
  }
  return merged;
}

/** What the manager applied before and does not mention now goes, unless someone else owns it too. */
function removeAbandoned(
  kind: Kind,
  merged: KubeObject,
  mine: ManagedFields | undefined,
  others: ManagedFields[],
  wanted: Fields,
): void {
  if (!mine) return;
  const owned = new Set([...wanted.keys(), ...others.flatMap((entry) => [...fromFieldsV1(entry.fieldsV1)])]);
  const stillOwned = (path: string) => owned.has(path) || [...owned].some((other) => isBelow(other, path));
  const abandoned = [...fromFieldsV1(mine.fieldsV1)].filter((path) => !stillOwned(path)).sort();
  for (const path of abandoned) removePath(kind, merged, stepsOf(path), []);
}

function removePath(kind: Kind, node: unknown, steps: string[], path: string[]): void {
  const [step = '', ...rest] = steps;
  if (Array.isArray(node)) {
    const rule = listRule(kind, path);
    const stepOf = (item: unknown) =>
      rule?.type === 'map' ? itemStep(item, rule.keys, rule.defaults) : `v:${JSON.stringify(item)}`;
    const index = node.findIndex((item) => stepOf(item) === step);
    if (index < 0) return;
    if (rest.length === 0) node.splice(index, 1);
    else removePath(kind, node[index], rest, path);
    return;
  }
  const field = step.slice(2);
  if (!isObject(node)) return;
  if (rest.length > 0) removePath(kind, node[field], rest, [...path, field]);
  // Typed kinds do not keep what became empty.
  if (rest.length === 0 || (!kind.custom && isEmpty(node[field]))) delete node[field];
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function changedPaths(
  kind: Kind,
  live: KubeObject | undefined,
  merged: KubeObject,
  wanted: Fields,
  writer: Writer,
): Set<string> {
  const before = live ? fieldsOf(kind, live, writer.subresource) : new Map<string, string>();
  const after = fieldsOf(kind, merged, writer.subresource);
  return new Set([...wanted.keys()].filter((path) => before.get(path) !== after.get(path)));
}

interface Conflict {
  with: string;
  path: string;
}

function conflictsWith(entry: ManagedFields, changed: ReadonlySet<string>): Conflict[] {
  const paths = [...fromFieldsV1(entry.fieldsV1)].filter((path) => changed.has(path));
  const part = entry.subresource ? ` with subresource "${entry.subresource}"` : '';
  return paths.map((path) => ({
    with: `"${entry.manager}"${part} using ${entry.apiVersion}`,
    path: readablePath(path),
  }));
}

function applyConflict(conflicts: Conflict[]): ApiError {
  const [first] = conflicts;
  const who = [...new Set(conflicts.map((conflict) => conflict.with))];
  const lists = who.map((name) => {
    const paths = conflicts.filter((conflict) => conflict.with === name).map((conflict) => `- ${conflict.path}`);
    return `conflicts with ${name}:\n${paths.join('\n')}`;
  });
  const what = conflicts.length === 1 ? `conflict with ${first?.with}: ${first?.path}` : lists.join('\n');
  const message = `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? '' : 's'}: ${what}`;
  const causes = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${conflict.with}`,
    field: conflict.path,
  }));
  return new ApiError(409, 'Conflict', message, { causes });
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

/** Strategic merge patch: like a merge patch, but some lists merge item by item. */
import { badRequest } from '../api-error';
import { copy, isObject, type Json, same } from '../json';
import type { Kind } from '../kind';
import { type ListRule, listRule } from './lists';

const ORDER = '$setElementOrder/';
const DELETE_VALUES = '$deleteFromPrimitiveList/';

/** The target with the patch applied. @throws ApiError 400 when an item has no merge key. */
export function strategicMergePatch(kind: Kind, target: Json, patch: Json): Json {
  return mergeMap({ kind, path: [] }, target, patch) ?? {};
}

interface Place {
  kind: Kind;
  path: string[];
}

/** undefined: the patch deletes the object. */
function mergeMap(place: Place, target: unknown, patch: Json): Json | undefined {
  const directive = patch['$patch'];
  if (directive === 'delete') return undefined;
  const base = isObject(target) && directive !== 'replace' ? target : {};
  const merged: Json = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith('$')) continue;
    const result = mergeField({ ...place, path: [...place.path, field] }, base[field], value, patch[ORDER + field]);
    if (result === undefined) delete merged[field];
    else merged[field] = result;
  }
  deleteValues(merged, patch);
  orderUnpatchedLists(place, merged, patch);
  const kept = patch['$retainKeys'];
  if (Array.isArray(kept)) for (const field of Object.keys(merged)) if (!kept.includes(field)) delete merged[field];
  return merged;
}

function mergeField(place: Place, target: unknown, value: unknown, order: unknown): unknown {
  if (value === null) return undefined;
  if (isObject(value)) return mergeMap(place, target, value);
  if (!Array.isArray(value)) return value;
  const rule = listRule(place.kind, place.path);
  if (!rule) return copy(value);
  const before = Array.isArray(target) ? target : [];
  const merged = rule.type === 'set' ? mergeSet(before, value) : mergeList(place, rule.mergeKey, before, value);
  return Array.isArray(order) ? inOrder(merged, order, rule) : merged;
}

function mergeSet(before: unknown[], added: unknown[]): unknown[] {
  return [...before, ...added.filter((value) => !before.includes(value))];
}

function mergeList(place: Place, key: string, before: unknown[], patch: unknown[]): unknown[] {
  const items = patch.filter(isObject);
  const replaces = items.some((item) => item['$patch'] === 'replace' && item[key] === undefined);
  let merged: unknown[] = replaces ? [] : [...before];
  for (const item of items) {
    if (item['$patch'] === 'replace' && item[key] === undefined) continue;
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const isItem = (other: unknown) => isObject(other) && same(other[key], item[key]);
    const index = merged.findIndex(isItem);
    const result = mergeMap(place, merged[index], item);
    if (result === undefined) merged = merged.filter((other) => !isItem(other));
    else if (index < 0) merged.push(result);
    else merged[index] = result;
  }
  return merged;
}

function deleteValues(merged: Json, patch: Json): void {
  for (const [directive, values] of Object.entries(patch)) {
    if (!directive.startsWith(DELETE_VALUES) || !Array.isArray(values)) continue;
    const field = directive.slice(DELETE_VALUES.length);
    const list = merged[field];
    if (Array.isArray(list)) merged[field] = list.filter((value) => !values.includes(value));
  }
}

function orderUnpatchedLists(place: Place, merged: Json, patch: Json): void {
  for (const [directive, order] of Object.entries(patch)) {
    const field = directive.startsWith(ORDER) ? directive.slice(ORDER.length) : '';
    const list = merged[field];
    if (!field || field in patch || !Array.isArray(list) || !Array.isArray(order)) continue;
    const rule = listRule(place.kind, [...place.path, field]);
    if (rule) merged[field] = inOrder(list, order, rule);
  }
}

/** Items that the order names come in that order; others keep their place after the item before them. */
function inOrder(list: unknown[], order: unknown[], rule: ListRule): unknown[] {
  const keyOf = (item: unknown) => (rule.type === 'map' && isObject(item) ? item[rule.mergeKey] : item);
  const rank = (item: unknown) => order.findIndex((other) => same(keyOf(other), keyOf(item)));
  const named = list.filter((item) => rank(item) >= 0).sort((left, right) => rank(left) - rank(right));
  const result = [...named];
  list.forEach((item, index) => {
    if (rank(item) < 0) result.splice(index === 0 ? 0 : result.indexOf(list[index - 1]) + 1, 0, item);
  });
  return result;
}

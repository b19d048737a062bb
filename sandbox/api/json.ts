/** Raw JSON values: copying and freezing them. */
import { isDeepStrictEqual } from 'node:util';

export type Json = Record<string, unknown>;

/** Is it a JSON object (not an array, not null)? */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A deep copy that may be changed. Fields that are undefined are dropped, as JSON would. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => copy(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const made: Json = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) made[key] = copy(item);
  return made as T;
}

/** Freezes the value and all it holds, so that a stored object can be handed out. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}

/** Deep equality of two JSON values; the order of keys does not matter. */
export function same(left: unknown, right: unknown): boolean {
  return left === right || isDeepStrictEqual(left, right);
}

/** The object at `value[key]`, made when it is missing or not an object. */
export function child(value: Json, key: string): Json {
  const found = value[key];
  if (isObject(found)) return found;
  const made: Json = {};
  value[key] = made;
  return made;
}

/** Sets `value[key]` unless there is a value already; null counts as missing, as it does for the real decoder. */
export function fallback(value: Json, key: string, standard: unknown): void {
  if (value[key] === undefined || value[key] === null) value[key] = standard;
}

/** The list of objects at `value[key]`, empty when missing. */
export function objects(value: unknown, key: string): Json[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The value at a path of plain field names, undefined when any part is missing. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((found, key) => (isObject(found) ? found[key] : undefined), value);
}

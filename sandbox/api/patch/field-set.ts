/** Sets of fields, as `managedFields` records who owns what: paths of `f:name`, `k:{"key":…}` and `v:value` steps. */
import { isObject, type Json } from '../json';
import type { Kind } from '../kind';
import { isAtomicMap, listRule } from './lists';

const SEPARATOR = '\u0000';

/** Each owned path (steps joined) with the JSON of its value; items of keyed lists have the value `item`. */
export type Fields = Map<string, string>;

export const stepsOf = (path: string): string[] => path.split(SEPARATOR);

/** Is `path` below `parent`? */
export const isBelow = (path: string, parent: string): boolean => path.startsWith(parent + SEPARATOR);

/** Metadata that can be owned; the rest belongs to the server. */
const OWNED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

/** The fields of an object that its main resource owns, or those of its status. */
export function fieldsOf(kind: Kind, object: Json, subresource?: string): Fields {
  const fields: Fields = new Map();
  for (const [name, value] of Object.entries(object)) {
    if (name === 'apiVersion' || name === 'kind') continue;
    if (subresource === 'status' ? name !== 'status' : name === 'status' && kind.status) continue;
    if (name === 'metadata') collectMetadata(kind, value, fields);
    else collect(kind, value, [`f:${name}`], [name], fields);
  }
  return fields;
}

function collectMetadata(kind: Kind, metadata: unknown, fields: Fields): void {
  if (!isObject(metadata)) return;
  for (const name of OWNED_METADATA) {
    if (metadata[name] !== undefined)
      collect(kind, metadata[name], ['f:metadata', `f:${name}`], ['metadata', name], fields);
  }
}

function collect(kind: Kind, value: unknown, steps: string[], path: string[], fields: Fields): void {
  if (isObject(value) && Object.keys(value).length > 0 && !isAtomicMap(kind, path)) {
    for (const [name, item] of Object.entries(value))
      collect(kind, item, [...steps, `f:${name}`], [...path, name], fields);
    return;
  }
  const rule = Array.isArray(value) && value.length > 0 ? listRule(kind, path) : undefined;
  if (!rule) {
    fields.set(steps.join(SEPARATOR), JSON.stringify(value));
    return;
  }
  for (const item of value as unknown[]) {
    const step = rule.type === 'set' ? `v:${JSON.stringify(item)}` : itemStep(item, rule.keys, rule.defaults);
    fields.set([...steps, step].join(SEPARATOR), 'item');
    if (!isObject(item) || rule.type === 'set') continue;
    for (const [name, part] of Object.entries(item))
      collect(kind, part, [...steps, step, `f:${name}`], [...path, name], fields);
  }
}

/** The step to an item of a keyed list. */
export function itemStep(item: unknown, keys: string[], defaults: Json = {}): string {
  const values = keys.map((key) => [key, isObject(item) ? (item[key] ?? defaults[key]) : undefined]);
  return `k:${JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined)))}`;
}

/** Paths as the `fieldsV1` tree. */
export function toFieldsV1(paths: Iterable<string>): Json {
  const root: Json = {};
  for (const path of [...paths].sort()) {
    let node = root;
    for (const step of stepsOf(path)) {
      node[step] ??= {};
      node = node[step] as Json;
    }
    node['.'] = {};
  }
  return withoutLeafDots(root);
}

/** A leaf is an empty object; only an inner node that is itself owned keeps its dot. */
function withoutLeafDots(node: Json): Json {
  const names = Object.keys(node);
  if (names.length === 1 && names[0] === '.') return {};
  return Object.fromEntries(names.map((name) => [name, name === '.' ? {} : withoutLeafDots(node[name] as Json)]));
}

/** The paths of a `fieldsV1` tree. */
export function fromFieldsV1(tree: unknown): Set<string> {
  const paths = new Set<string>();
  const walk = (node: unknown, steps: string[]) => {
    const entries = isObject(node) ? Object.entries(node) : [];
    if (entries.length === 0 && steps.length > 0) paths.add(steps.join(SEPARATOR));
    for (const [step, below] of entries) {
      if (step === '.') paths.add(steps.join(SEPARATOR));
      else walk(below, [...steps, step]);
    }
  };
  walk(tree, []);
  return paths;
}

/** A path as conflict messages show it: `.spec.containers[name="web"].image`. */
export function readablePath(path: string): string {
  const shown = stepsOf(path).map((step) => {
    const text = step.slice(2);
    if (step.startsWith('f:')) return `.${text}`;
    if (step.startsWith('v:')) return `[=${text}]`;
    const keys = Object.entries(JSON.parse(text) as Json);
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
  });
  return shown.join('');
}

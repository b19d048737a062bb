/** Structural schemas of custom kinds: dropping unknown fields and filling in defaults. */
import { copy, isObject, type Json } from '../json';

/** A node of an OpenAPI v3 schema. */
export type Schema = Json;

export function properties(schema: Schema): Record<string, Schema> {
  return isObject(schema['properties']) ? (schema['properties'] as Record<string, Schema>) : {};
}

/** The schema of values under keys that are not among the properties. */
export function additional(schema: Schema): Schema | undefined {
  const found = schema['additionalProperties'];
  return isObject(found) ? found : found === true ? { 'x-kubernetes-preserve-unknown-fields': true } : undefined;
}

export function items(schema: Schema): Schema | undefined {
  return isObject(schema['items']) ? schema['items'] : undefined;
}

const EMBEDDED = ['apiVersion', 'kind', 'metadata'];

/** Drops what the schema does not know, in place. Tells each path dropped, such as `spec.metrics[0].typo`. */
export function prune(schema: Schema, object: Json, onDrop: (path: string) => void = () => {}): void {
  pruneMap(schema, object, '', true, onDrop);
}

function pruneMap(
  schema: Schema,
  value: Json,
  path: string,
  isResource: boolean,
  onDrop: (path: string) => void,
): void {
  const known = properties(schema);
  const others = additional(schema);
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const [name, field] of Object.entries(value)) {
    if (isResource && EMBEDDED.includes(name)) continue;
    const below = path ? `${path}.${name}` : name;
    const next = known[name] ?? others;
    if (next) pruneValue(next, field, below, onDrop);
    else if (!keeps) {
      delete value[name];
      onDrop(below);
    }
  }
}

function pruneValue(schema: Schema, value: unknown, path: string, onDrop: (path: string) => void): void {
  if (isObject(value)) pruneMap(schema, value, path, schema['x-kubernetes-embedded-resource'] === true, onDrop);
  const next = items(schema);
  if (!Array.isArray(value) || !next) return;
  for (const [index, item] of value.entries()) pruneValue(next, item, `${path}[${index}]`, onDrop);
}

/** Fills in defaults, in place; a null that may not be null counts as missing. */
export function fillDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    const next = items(schema);
    if (next) for (const item of value) fillDefaults(next, item);
    return;
  }
  if (!isObject(value)) return;
  const known = properties(schema);
  for (const [name, field] of Object.entries(known)) {
    if (value[name] === null && field['nullable'] !== true) delete value[name];
    if (value[name] === undefined && field['default'] !== undefined) value[name] = copy(field['default']);
  }
  const others = additional(schema);
  for (const [name, field] of Object.entries(value)) {
    const next = known[name] ?? others;
    if (next) fillDefaults(next, field);
  }
}

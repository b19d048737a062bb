/** The fields of the three resource definitions, as paths: `[]` is an entry of a list, `{}` a value of a map. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Schema {
  type?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  minimum?: number;
  'x-kubernetes-int-or-string'?: boolean;
}

/** Fields of every object of Kubernetes. */
const COMMON = new Set(['apiVersion', 'kind', 'metadata']);

function schemaOf(file: string): Schema {
  const crd = parse(readFileSync(join(__dirname, '../../crds', file), 'utf8'));
  return crd.spec.versions[0].schema.openAPIV3Schema;
}

/** Every field that has no fields of its own. */
function leaves(schema: Schema, path: string): [string, Schema][] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, inner]) =>
      COMMON.has(name) && !path.includes('.') ? [] : leaves(inner, path === '' ? name : `${path}.${name}`),
    );
  }
  if (schema.items?.properties) return leaves(schema.items, `${path}[]`);
  if (schema.additionalProperties?.properties) return leaves(schema.additionalProperties, `${path}{}`);
  return [[path, schema]];
}

/** Paths of Canaries begin with `spec` or `status`, those of the other kinds with the kind. */
export const FIELDS: ReadonlyMap<string, Schema> = new Map(
  [
    ...leaves(schemaOf('canary.yaml'), ''),
    ...leaves(schemaOf('metrictemplate.yaml'), 'MetricTemplate'),
    ...leaves(schemaOf('alertprovider.yaml'), 'AlertProvider'),
  ].filter(([path]) => !/^(MetricTemplate|AlertProvider)\.(apiVersion|kind|metadata)$/.test(path)),
);

type Step = string | number;

/** The key that stands for any key of a map. */
export const ANY_KEY = 'x-key';

export const stepsOf = (path: string): Step[] =>
  path.split('.').flatMap((part): Step[] => {
    if (part.endsWith('[]')) return [part.slice(0, -2), 0];
    if (part.endsWith('{}')) return [part.slice(0, -2), ANY_KEY];
    return [part];
  });

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
type Raw = any;

export const valueAt = (object: unknown, path: string): unknown =>
  stepsOf(path).reduce<Raw>((inner, step) => inner?.[step], object);

/** Sets a value, with the lists and maps that lead to it. */
export function setAt(object: object, path: string, value: unknown): void {
  const steps = stepsOf(path);
  let inner = object as Raw;
  steps.forEach((step, index) => {
    if (index === steps.length - 1) inner[step] = value;
    else inner[step] ??= typeof steps[index + 1] === 'number' ? [] : {};
    inner = inner[step];
  });
}

/** Any value that the schema takes. */
export function sampleOf({ type, enum: choices, items, minimum, ...schema }: Schema): unknown {
  if (choices) return choices.at(-1);
  if (schema['x-kubernetes-int-or-string']) return 'http';
  if (type === 'string') return '7s';
  if (type === 'integer' || type === 'number') return Math.max(minimum ?? 0, 7);
  if (type === 'boolean') return true;
  if (type === 'array') return [items ? sampleOf(items) : 'x'];
  return { [ANY_KEY]: schema.additionalProperties ? sampleOf(schema.additionalProperties) : 'x' };
}

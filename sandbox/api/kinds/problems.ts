/** Field problems in the words of the real server, and the checks that many kinds share. */
import type { FieldProblem } from '../api-error';
import { at, isObject, type Json, objects, same } from '../json';

export function required(field: string, detail = ''): FieldProblem {
  return { reason: 'FieldValueRequired', field, message: `Required value${detail && `: ${detail}`}` };
}

export function invalidValue(field: string, value: unknown, rule: string): FieldProblem {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${rule}` };
}

export function duplicate(field: string, value: unknown): FieldProblem {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(value)}` };
}

export function notSupported(field: string, value: unknown, supported: string[]): FieldProblem {
  const list = supported.map((name) => `"${name}"`).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { reason: 'FieldValueNotSupported', field, message };
}

export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** The name of a container, port or namespace. */
export function checkDnsLabel(field: string, value: unknown): FieldProblem[] {
  if (value === undefined || value === '') return [required(field)];
  if (String(value).length > 63) return [invalidValue(field, value, 'must be no more than 63 characters')];
  return DNS_LABEL.test(String(value)) ? [] : [invalidValue(field, value, DNS_LABEL_RULE)];
}

export function checkNotNegative(field: string, value: unknown): FieldProblem[] {
  return typeof value === 'number' && value < 0
    ? [invalidValue(field, value, 'must be greater than or equal to 0')]
    : [];
}

export function checkPort(field: string, value: unknown): FieldProblem[] {
  const good = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
  return good ? [] : [invalidValue(field, value ?? 0, 'must be between 1 and 65535, inclusive')];
}

/** A field that never changes after creation. */
export function checkImmutable(field: string, value: unknown, before: unknown): FieldProblem[] {
  return same(value, before) ? [] : [invalidValue(field, value, 'field is immutable')];
}

/** Containers of a pod spec: some, with names and images, each name once. */
export function checkContainers(field: string, podSpec: unknown): FieldProblem[] {
  const containers = objects(podSpec, 'containers');
  if (containers.length === 0) return [required(`${field}.containers`)];
  return containers.flatMap((container, index) =>
    checkContainer(`${field}.containers[${index}]`, container, containers, index),
  );
}

function checkContainer(field: string, container: Json, all: Json[], index: number): FieldProblem[] {
  const { name, image } = container;
  const problems = checkDnsLabel(`${field}.name`, name);
  if (all.findIndex((other) => other['name'] === name) < index) problems.push(duplicate(`${field}.name`, name));
  if (!image) problems.push(required(`${field}.image`));
  for (const [place, port] of objects(container, 'ports').entries()) {
    problems.push(...checkPort(`${field}.ports[${place}].containerPort`, port['containerPort']));
  }
  return problems;
}

/** Is this a LabelSelector with at least one requirement? */
export function isEmptySelector(selector: unknown): boolean {
  const labels = at(selector, 'matchLabels');
  return !(isObject(labels) && Object.keys(labels).length > 0) && objects(selector, 'matchExpressions').length === 0;
}

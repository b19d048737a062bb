/** Validation of values against structural schemas, in the words of the real server. */
import type { FieldProblem } from '../api-error';
import { isObject, type Json, same } from '../json';
import { invalidValue, notSupported, required } from '../kinds/problems';
import { additional, items, properties, type Schema } from './schema';

/** Problems of a value; what is unchanged since `old` is not complained about again. */
export function checkSchema(schema: Schema, value: unknown, old: unknown, path: string): FieldProblem[] {
  if (old !== undefined && same(value, old)) return [];
  if (value === null) return schema['nullable'] === true ? [] : [wrongType(schema, value, path)];
  if (!hasType(schema, value)) return [wrongType(schema, value, path)];
  const problems = [...checkEnum(schema, value, path), ...checkCombinations(schema, value, path)];
  if (typeof value === 'string') problems.push(...checkString(schema, value, path));
  if (typeof value === 'number') problems.push(...checkNumber(schema, value, path));
  if (Array.isArray(value)) problems.push(...checkList(schema, value, old, path));
  if (isObject(value)) problems.push(...checkMap(schema, value, old, path));
  return problems;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function hasType(schema: Schema, value: unknown): boolean {
  const actual = typeName(value);
  if (schema['x-kubernetes-int-or-string'] === true) return actual === 'integer' || actual === 'string';
  const wanted = schema['type'];
  return wanted === undefined || wanted === '' || wanted === actual || (wanted === 'number' && actual === 'integer');
}

function wrongType(schema: Schema, value: unknown, path: string): FieldProblem {
  const actual = typeName(value);
  const wanted = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : schema['type'];
  const rule = `${path} in body must be of type ${wanted}: "${actual}"`;
  return { ...invalidValue(path, actual, rule), reason: 'FieldValueTypeInvalid' };
}

function checkEnum(schema: Schema, value: unknown, path: string): FieldProblem[] {
  const allowed = schema['enum'];
  if (!Array.isArray(allowed) || allowed.some((item) => same(item, value))) return [];
  return [notSupported(path, value, allowed.map(String))];
}

const limit = (schema: Schema, name: string) => (typeof schema[name] === 'number' ? schema[name] : undefined);

function checkString(schema: Schema, value: string, path: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const [min, max] = [limit(schema, 'minLength'), limit(schema, 'maxLength')];
  const length = [...value].length;
  if (max !== undefined && length > max) {
    problems.push({ reason: 'FieldValueTooLong', field: path, message: `Too long: may not be more than ${max} bytes` });
  }
  if (min !== undefined && length < min)
    problems.push(invalidValue(path, value, `${path} in body should be at least ${min} chars long`));
  const { pattern, format } = schema;
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    problems.push(invalidValue(path, value, `${path} in body should match '${pattern}'`));
  }
  if (format === 'date-time' && Number.isNaN(Date.parse(value))) {
    problems.push(invalidValue(path, value, `${path} in body must be of type date-time: "${value}"`));
  }
  return problems;
}

function checkNumber(schema: Schema, value: number, path: string): FieldProblem[] {
  const [min, max] = [limit(schema, 'minimum'), limit(schema, 'maximum')];
  const [open, closed] = [schema['exclusiveMinimum'] === true, schema['exclusiveMaximum'] === true];
  const problems: FieldProblem[] = [];
  const complain = (rule: string) => problems.push(invalidValue(path, value, `${path} in body should be ${rule}`));
  if (min !== undefined && (open ? value <= min : value < min))
    complain(`greater than ${open ? '' : 'or equal to '}${min}`);
  if (max !== undefined && (closed ? value >= max : value > max))
    complain(`less than ${closed ? '' : 'or equal to '}${max}`);
  const step = limit(schema, 'multipleOf');
  if (step !== undefined && value % step !== 0) complain(`a multiple of ${step}`);
  return problems;
}

function checkList(schema: Schema, value: unknown[], old: unknown, path: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const [min, max] = [limit(schema, 'minItems'), limit(schema, 'maxItems')];
  if (min !== undefined && value.length < min) {
    problems.push(invalidValue(path, value.length, `${path} in body should have at least ${min} items`));
  }
  if (max !== undefined && value.length > max) {
    problems.push({
      reason: 'FieldValueTooMany',
      field: path,
      message: `Too many: ${value.length}: must have at most ${max} items`,
    });
  }
  problems.push(...checkDuplicates(schema, value, path));
  const next = items(schema);
  const before = Array.isArray(old) ? old : [];
  if (next)
    problems.push(...value.flatMap((item, index) => checkSchema(next, item, before[index], `${path}[${index}]`)));
  return problems;
}

function checkDuplicates(schema: Schema, value: unknown[], path: string): FieldProblem[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keyOf = (item: unknown) =>
    type === 'map' && Array.isArray(keys) && isObject(item)
      ? Object.fromEntries(keys.map((key) => [key, item[key]]))
      : item;
  return value.flatMap((item, index) => {
    const isRepeated = value.findIndex((other) => same(keyOf(other), keyOf(item))) < index;
    const message = `Duplicate value: ${JSON.stringify(keyOf(item))}`;
    return isRepeated ? [{ reason: 'FieldValueDuplicate', field: `${path}[${index}]`, message }] : [];
  });
}

function checkMap(schema: Schema, value: Json, old: unknown, path: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const size = Object.keys(value).length;
  const [min, max] = [limit(schema, 'minProperties'), limit(schema, 'maxProperties')];
  if (min !== undefined && size < min) {
    problems.push(invalidValue(path, size, `${path} in body should have at least ${min} properties`));
  }
  if (max !== undefined && size > max) {
    problems.push({
      reason: 'FieldValueTooMany',
      field: path,
      message: `Too many: ${size}: must have at most ${max} items`,
    });
  }
  const wanted = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  for (const name of wanted) if (value[name] === undefined) problems.push(required(join(path, name)));
  const known = properties(schema);
  const others = additional(schema);
  const before = isObject(old) ? old : {};
  for (const [name, field] of Object.entries(value)) {
    const next = known[name] ?? others;
    if (next)
      problems.push(...checkSchema(next, field, before[name], known[name] ? join(path, name) : `${path}.${name}`));
  }
  return problems;
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

function checkCombinations(schema: Schema, value: unknown, path: string): FieldProblem[] {
  const fits = (other: unknown) => isObject(other) && checkSchema(other, value, undefined, path).length === 0;
  const complain = (rule: string) => [invalidValue(path, '', `"${path}" must ${rule}`)];
  const { oneOf, anyOf, allOf, not } = schema;
  if (Array.isArray(oneOf)) {
    const count = oneOf.filter(fits).length;
    const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
    if (count !== 1) return complain(`validate one and only one schema (oneOf). ${found}`);
  }
  if (Array.isArray(anyOf) && !anyOf.some(fits)) return complain('validate at least one schema (anyOf)');
  if (Array.isArray(allOf) && !allOf.every(fits)) return complain('validate all the schemas (allOf)');
  if (isObject(not) && fits(not)) return complain('not validate the schema (not)');
  return [];
}

/** TypeScript for values, each together with what the constructs will make of it. */
import { isObject, type JsonObject } from '../../model/json';

/** What a program must import from `serin` and `cdk8s`. */
export type Names = Set<string>;

export interface Written {
  code: string;
  /** The same in the manifest that the program synthesises. */
  made: unknown;
}

/** Undefined for what the props cannot say; a patch of the object says it then. */
export type Writer = (value: unknown, names: Names) => Written | undefined;

/** Under which prop a field is written, when the constructs call it otherwise. */
export interface Renamed {
  prop: string | ((value: unknown) => string);
  write: Writer;
}

export type Fields = Readonly<Record<string, Writer | Renamed>>;

const LINE_WIDTH = 96;

/** A text in single quotes, in double ones when that saves escapes. */
export function quoted(text: string): string {
  if (text.includes("'") && !text.includes('"')) return JSON.stringify(text);
  const body = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\.|'/g, (found) => (found === '\\"' ? '"' : found === "'" ? "\\'" : found));
  return `'${body}'`;
}

const indented = (code: string) => code.replace(/^/gm, '  ');

function brackets(open: string, items: readonly string[], close: string, gap: string): string {
  if (items.length === 0) return `${open}${close}`;
  const short = `${open}${gap}${items.join(', ')}${gap}${close}`;
  if (short.length <= LINE_WIDTH && !short.includes('\n')) return short;
  return `${open}\n${items.map((item) => `${indented(item)},\n`).join('')}${close}`;
}

export const arrayCode = (items: readonly string[]): string => brackets('[', items, ']', '');

export function objectCode(entries: readonly (readonly [string, string])[]): string {
  const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));
  return brackets(
    '{',
    entries.map(([name, code]) => (key(name) === code ? code : `${key(name)}: ${code}`)),
    '}',
    ' ',
  );
}

/** Any JSON value as a literal. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return arrayCode(value.map(literal));
  if (isObject(value)) return objectCode(Object.entries(value).map(([name, field]) => [name, literal(field)]));
  return String(value);
}

const when =
  (is: (value: unknown) => boolean): Writer =>
  (value) =>
    is(value) ? { code: literal(value), made: value } : undefined;

export const text = when((value) => typeof value === 'string');
export const number = when((value) => typeof value === 'number' && Number.isFinite(value));
export const flag = when((value) => typeof value === 'boolean');
export const anyObject = when(isObject);
export const textMap = when((value) => isObject(value) && Object.values(value).every((one) => typeof one === 'string'));
export const numberMap = when((value) => isObject(value) && Object.values(value).every((n) => typeof n === 'number'));

/** A member of an enum of `serin`. */
export function member(enumName: string, members: Readonly<Record<string, string>>): Writer {
  return (value, names) => {
    const key = Object.keys(members).find((one) => members[one] === value);
    if (key === undefined) return undefined;
    names.add(enumName);
    return { code: `${enumName}.${key}`, made: value };
  };
}

/** A list, when all of its items can be written. */
export function list(write: Writer): Writer {
  return (value, names) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item) => write(item, names));
    if (!items.every((item) => item !== undefined)) return undefined;
    return { code: arrayCode(items.map(({ code }) => code)), made: items.map(({ made }) => made) };
  };
}

/** A map whose values can all be written. */
export function mapOf(write: Writer): Writer {
  return (value, names) => {
    if (!isObject(value)) return undefined;
    const fields = fieldsOf(value, Object.fromEntries(Object.keys(value).map((key) => [key, write])), names);
    return Object.keys(fields.made).length < Object.keys(value).length ? undefined : written(fields);
  };
}

/** The fields of an object that the props have; undefined when a required one cannot be written. */
export function struct(fields: Fields, ...required: string[]): Writer {
  return (value, names) => {
    if (!isObject(value)) return undefined;
    const found = fieldsOf(value, fields, names);
    return required.every((field) => field in found.made) ? written(found) : undefined;
  };
}

export interface Props {
  entries: [string, string][];
  made: JsonObject;
}

export const written = ({ entries, made }: Props): Written => ({ code: objectCode(entries), made });

/** The props of those fields that can be written, in the order of the manifest. */
export function fieldsOf(object: JsonObject, fields: Fields, names: Names): Props {
  const props: Props = { entries: [], made: {} };
  for (const [name, value] of Object.entries(object)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) continue;
    const { prop, write } = typeof field === 'function' ? { prop: name, write: field } : field;
    const one = write(value, names);
    if (one === undefined) continue;
    props.entries.push([typeof prop === 'function' ? prop(value) : prop, one.code]);
    props.made[name] = one.made;
  }
  return props;
}

/** What templates can call besides their variables: the standard functions of Go's text/template that queries use. */

/** Everything that an expression can be. A record is a map. */
export type Value = string | number | boolean | undefined | Value[] | { [key: string]: Value };

/** Throws a plain Error with what is wrong; the caller adds the position. */
export type TemplateFunction = (...args: Value[]) => Value;

/** Functions that Go has and that make no sense in a query. */
export const UNSUPPORTED_FUNCTIONS: ReadonlySet<string> = new Set(['html', 'js', 'urlquery', 'call', 'slice']);

/** Empty text, zero, false, nothing and empty collections are not. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The text of a value, as Go's `%v` writes it. */
export function textOf(value: Value): string {
  if (value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  if (typeof value === 'object') {
    return `map[${sortedEntries(value)
      .map(([key, entry]) => `${key}:${textOf(entry)}`)
      .join(' ')}]`;
  }
  return String(value);
}

/** In the order in which Go ranges over a map. */
export function sortedEntries(map: { [key: string]: Value }): Array<[string, Value]> {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** One key of a map; a missing one is an error that names those there are. */
export function fieldOf(value: Value, key: string): Value {
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error(`can't take field ${key} of ${kindOf(value)}`);
  if (!Object.hasOwn(value, key)) {
    const known = Object.keys(value).sort().join(', ');
    throw new Error(`map has no entry for key "${key}" (it has ${known === '' ? 'none' : known})`);
  }
  return value[key];
}

/** `and` and `or` are not here: they do not evaluate all of their arguments. */
export const STANDARD_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTrue(value),
  eq: (first, ...others) => {
    if (others.length === 0) throw new Error('eq needs two arguments');
    return others.some((other) => equal(first, other));
  },
  ne: (a, b) => !equal(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (typeof value === 'object') return Object.keys(value).length;
    throw new Error(`len of ${kindOf(value)}`);
  },
  index: (value, ...keys) => keys.reduce(indexOne, value),
  print: (...args) => args.map(textOf).join(''),
  println: (...args) => `${args.map(textOf).join(' ')}\n`,
  printf: (format, ...args) => {
    if (typeof format !== 'string') throw new Error('printf needs a format string');
    return printf(format, args);
  },
};

function indexOne(value: Value, key: Value): Value {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || !(key in value)) throw new Error(`index out of range: ${textOf(key)}`);
    return value[key];
  }
  if (typeof key !== 'string') throw new Error(`cannot index ${kindOf(value)} with ${kindOf(key)}`);
  return fieldOf(value, key);
}

function equal(a: Value, b: Value): boolean {
  if (typeof a === 'object' || typeof b === 'object') throw new Error('collections cannot be compared');
  if (a !== undefined && b !== undefined && typeof a !== typeof b) throw incompatible(a, b);
  return a === b;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw incompatible(a, b);
}

function incompatible(a: Value, b: Value): Error {
  return new Error(`incompatible types for comparison: ${kindOf(a)} and ${kindOf(b)}`);
}

function kindOf(value: Value): string {
  if (value === undefined) return 'nil';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

const VERB = /%(-?\d*)(?:\.(\d+))?([a-zA-Z%])/g;

function printf(format: string, args: Value[]): string {
  let used = 0;
  const text = format.replace(VERB, (verb, width: string, precision: string | undefined, letter: string) => {
    if (letter === '%') return '%';
    if (used >= args.length) throw new Error(`printf: no argument for ${verb}`);
    const formatted = verbText(letter, precision, args[used++], verb);
    const columns = Math.min(Math.abs(Number(width)), 1000);
    return width.startsWith('-') ? formatted.padEnd(columns) : formatted.padStart(columns);
  });
  if (used < args.length) throw new Error(`printf: ${args.length - used} argument(s) too many`);
  return text;
}

function verbText(letter: string, precision: string | undefined, value: Value, verb: string): string {
  switch (letter) {
    case 'v':
    case 's':
      return precision === undefined ? textOf(value) : textOf(value).slice(0, Number(precision));
    case 'q':
      return JSON.stringify(textOf(value));
    case 'd':
      if (Number.isInteger(value)) return String(value);
      throw new Error(`printf: ${verb} needs a whole number, not ${kindOf(value)}`);
    case 'f':
    case 'g':
      if (typeof value !== 'number') throw new Error(`printf: ${verb} needs a number, not ${kindOf(value)}`);
      return letter === 'f' ? value.toFixed(Math.min(Number(precision ?? 6), 20)) : String(value);
    case 't':
      if (typeof value === 'boolean') return String(value);
      throw new Error(`printf: ${verb} needs a boolean, not ${kindOf(value)}`);
    default:
      throw new Error(`printf: ${verb} is not supported`);
  }
}

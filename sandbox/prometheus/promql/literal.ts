/** PromQL's literals: numbers, durations and strings. */
import { PromqlError } from './error';

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/** Milliseconds of `1h30m`; undefined when it is not a duration. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === '') return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) total += Number(count) * UNIT_MS[unit!]!;
  return total;
}

/** A number literal; a duration counts in seconds. */
export function numberLiteral(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[+-]\s*/, '').replaceAll('_', '');
  if (/^inf$/i.test(digits)) return sign * Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(digits)) return Number.NaN;
  const duration = durationMs(digits);
  return sign * (duration === undefined ? Number(digits) : duration / 1000);
}

const ESCAPES: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The value of a string literal with Go's escapes; between back quotes nothing is escaped. */
export function stringLiteral(text: string): string {
  const quote = text[0]!;
  if (text.length < 2 || text.at(-1) !== quote) throw new PromqlError('bad_data', 'unterminated quoted string');
  const inner = text.slice(1, -1);
  if (quote === '`') return inner;
  return inner.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/g, (_, code: string) => {
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    const plain = ESCAPES[code];
    if (plain === undefined) throw new PromqlError('bad_data', `unknown escape sequence U+00${hex(code)} '${code}'`);
    return plain;
  });
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase();
}

/** Durations as Go writes and reads them: `1m30s`, `500ms`, `1.5h`. */

const unitsMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** What parses, as a pattern of RE2 too: the API server's CEL asks it before it reads a duration. */
export const GO_DURATION = '^[-+]?(?:0|(?:(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$';

const whole = new RegExp(GO_DURATION);
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Durations that were parsed: a tick asks for the same few again and again. */
const known = new Map<string, number>();
const MOST_KNOWN = 256;

/** Milliseconds of a Go duration, undefined when it is not one. */
export function parseDuration(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const before = known.get(text);
  if (before !== undefined) return before;
  const parsed = parsedDuration(text);
  if (parsed === undefined) return undefined;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, parsed);
  return parsed;
}

function parsedDuration(text: string): number | undefined {
  if (text.length > 64 || !whole.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(part)) ms += Number(amount) * (unitsMs[unit ?? ''] ?? 0);
  return text.startsWith('-') ? -ms : ms;
}

/** `%v` of a duration given in milliseconds: `0s`, `500ms`, `1.515s`, `1m0s`, `1h0m0s`. */
export function formatDuration(ms: number): string {
  const ns = Math.round(Math.abs(ms) * 1e6);
  const sign = ms < 0 && ns > 0 ? '-' : '';
  if (ns === 0) return '0s';
  if (ns < 1000) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${decimal(ns, 1e3)}µs`;
  if (ns < 1e9) return `${sign}${decimal(ns, 1e6)}ms`;
  const minutes = Math.floor(ns / 60e9);
  const seconds = `${decimal(ns - minutes * 60e9, 1e9)}s`;
  if (minutes === 0) return sign + seconds;
  const hours = Math.floor(minutes / 60);
  return `${sign}${hours > 0 ? `${hours}h` : ''}${minutes % 60}m${seconds}`;
}

/** `ns / unit` without trailing zeros; digits are moved, not divided, so nothing is rounded. */
function decimal(ns: number, unit: number): string {
  const digits = String(unit).length - 1;
  const fraction = String(ns % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${Math.floor(ns / unit)}${fraction === '' ? '' : `.${fraction}`}`;
}

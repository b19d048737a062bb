import { createHash } from 'node:crypto';

/** Letters that Kubernetes uses for generated names: no vowels, so no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(',')}}`;
}

/** A short name-safe hash of a value; equal for equal values whatever the order of their keys. */
export function templateHash(value: unknown, length = 10): string {
  const digest = createHash('sha256').update(canonical(value)).digest();
  return Array.from(digest.subarray(0, length), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** Whether two values say the same, absent and null being equal. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

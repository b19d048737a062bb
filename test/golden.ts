/** Golden files: what came out, line by line, to be read by people and compared by tests. UPDATE_GOLDEN=1 writes them anew. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** @param file absolute */
export function expectGolden(file: string, lines: readonly string[]): void {
  const text = lines.join('\n');
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, `${text}\n`);
  expect(text.split('\n')).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
}

/** resourceVersions count every write that was ever made: that there is one is what matters. */
export const plain = (value: unknown): string =>
  JSON.stringify(value, (key, part) => (key === 'resourceVersion' ? '…' : part)) ?? 'undefined';

/** A value as one word for each of its leaves. */
export function leaves(path: string, value: unknown): string[] {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return [`${path}=${plain(value)}`];
  return entries.flatMap(([key, part]) => (key === 'resourceVersion' ? [] : leaves(`${path}.${key}`, part)));
}

/** What comes out of `work`, or the error that it ends in. */
export function linesOf(work: () => string[]): string[] {
  try {
    return work();
  } catch (error) {
    // What an engine says of a missing field names the code, which moves.
    const { name, message } = error as Error;
    return [`throws ${name === 'Error' ? message : name}`];
  }
}

/** Of a long difference the rest is held by its hash. */
const MOST_LINES = 8;

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return lines.map((line) => `  ${line}`);
  const rest = createHash('sha256').update(lines.slice(MOST_LINES).join('\n')).digest('hex').slice(0, 8);
  return [...lines.slice(0, MOST_LINES).map((line) => `  ${line}`), `  and ${lines.length - MOST_LINES} more ${rest}`];
}

/**
 * What is other than usual, by name; those that come to the same stand together.
 * @param short long differences are cut, and their rest is held by a hash; of those without effect only the number is told
 */
export function differences(
  usual: readonly string[],
  others: Record<string, readonly string[]>,
  { short = false } = {},
): string[] {
  const known = new Set(usual);
  const byDifference = new Map<string, string[]>();
  for (const [name, lines] of Object.entries(others)) {
    const other = lines.filter((line) => !known.has(line));
    const shown = short ? shortened(other) : other.map((line) => `  ${line}`);
    const difference = [...shown, `  ${lines.length - other.length} of ${usual.length} as usual`].join('\n');
    byDifference.set(difference, [...(byDifference.get(difference) ?? []), name]);
  }
  const same = `  ${usual.length} of ${usual.length} as usual`;
  return [...byDifference].flatMap(([difference, names]) => [
    ...(short && difference === same ? [`${names.length} others:`] : names.map((name) => `${name}:`)),
    difference,
  ]);
}

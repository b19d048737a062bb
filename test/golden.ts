/** Golden files: what came out, line by line, to be read by people and compared by tests. UPDATE_GOLDEN=1 writes them anew. */
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
    return [`throws ${(error as Error).message}`];
  }
}

/** What is other than usual, by name; those that come to the same stand together. */
export function differences(usual: readonly string[], others: Record<string, readonly string[]>): string[] {
  const byDifference = new Map<string, string[]>();
  for (const [name, lines] of Object.entries(others)) {
    const other = lines.filter((line) => !usual.includes(line)).map((line) => `  ${line}`);
    const difference = [...other, `  ${lines.length - other.length} of ${usual.length} as usual`].join('\n');
    byDifference.set(difference, [...(byDifference.get(difference) ?? []), name]);
  }
  return [...byDifference].flatMap(([difference, names]) => [...names.map((name) => `${name}:`), difference]);
}

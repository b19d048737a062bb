/** Results as they come, one JSON line each: a run that is ended goes on where it was, and what has not changed is not run again. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Below the checkout. */
export const RESULTS_FILE = 'reports/mutation/results.jsonl';

const texts = new Map();

const textOf = (root, file) => {
  if (!texts.has(file)) texts.set(file, readFileSync(join(root, file), 'utf8'));
  return texts.get(file);
};

/** What a mutant is: another text of its file makes it another one. Lines and columns count from 0, as Stryker's own. */
export function mutantKey(root, file, { mutatorName, replacement, location: { start, end } }) {
  const text = textOf(root, file);
  return createHash('sha256')
    .update(JSON.stringify([file, text, mutatorName, replacement, start, end]))
    .digest('hex');
}

/** @returns {Map<string, object>} the last result of each mutant, by key */
export function knownResults(root) {
  const path = join(root, RESULTS_FILE);
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').trim().split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line)).map((result) => [result.key, result]));
}

export function remember(root, result) {
  const path = join(root, RESULTS_FILE);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(result)}\n`);
}

/** The line that a mutant begins in. */
export const lineOf = (root, file, { location: { start } }) => textOf(root, file).split('\n')[start.line]?.trim();

/** The mutated text, and where it stands, for people. */
export function shown(root, file, { location: { start, end } }) {
  const lines = textOf(root, file).split('\n');
  const first = lines[start.line] ?? '';
  const was = start.line === end.line ? first.slice(start.column, end.column) : `${first.slice(start.column)} …`;
  return { at: `${file}:${start.line + 1}:${start.column + 1}`, was };
}

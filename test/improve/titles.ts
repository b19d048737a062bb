/** The titles of a test file, read from its text: nothing is run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEST_FOLDER = join(__dirname, '..');

/** `test('…')`, `describe.each(…)('…')`, and the first text of a row of `each`; not what is skipped. */
const TITLE =
  /(?:\b(?:test|it|describe)(?:\.each\([^\n]*\))?\(|^\s*\]\s*(?:as const)?\)\(|^\s*\[|^)\s*(['"`])(.+?)\1,/gm;

/** @throws Error when there is no such file below test/. */
export function titlesOf(file: string): string[] {
  const text = readFileSync(join(TEST_FOLDER, file), 'utf8');
  return [...text.matchAll(TITLE)].map(([, , title = '']) => title);
}

/** Whether a title names an id, as a word of its own. */
export const names = (title: string, id: string): boolean =>
  new RegExp(`(^|[^A-Za-z0-9])${id}([^A-Za-z0-9]|$)`).test(title);

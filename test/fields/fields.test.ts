/** Every field of the three kinds means what it says: a field that nothing shows fails the list. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { titlesOf } from '../improve/titles';
import { ANALYSIS_FIELDS } from './analysis-fields';
import { FIELDS } from './crd-paths';
import { HOOK_FIELDS } from './hook-fields';
import { PROVIDER_FIELDS } from './provider-fields';
import { SERVICE_FIELDS } from './service-fields';
import type { Table } from './shown';
import { SPEC_FIELDS } from './spec-fields';
import { STATUS_FIELDS } from './status-fields';

const TABLE: Table = {
  ...SPEC_FIELDS,
  ...SERVICE_FIELDS,
  ...ANALYSIS_FIELDS,
  ...HOOK_FIELDS,
  ...STATUS_FIELDS,
  ...PROVIDER_FIELDS,
};

const patterns = Object.keys(TABLE).filter((key) => key.endsWith('*'));

/** The entry of a path: its own, else the longest beginning that has one. */
function keyOf(path: string): string | undefined {
  if (path in TABLE) return path;
  return patterns
    .filter((pattern) => path.startsWith(pattern.slice(0, -1)))
    .sort((a, b) => b.length - a.length)
    .at(0);
}

const paths = [...FIELDS.keys()];

test('every field of the resource definitions is in the table', () => {
  expect(paths.filter((path) => keyOf(path) === undefined)).toEqual([]);
});

test('the table has no field that the resource definitions do not have', () => {
  const used = new Set(paths.map(keyOf));
  expect(Object.keys(TABLE).filter((key) => !used.has(key))).toEqual([]);
});

const differences = readFileSync(join(__dirname, '../../docs/differences.md'), 'utf8').split('\n');

test.each(paths.filter((path) => keyOf(path) !== undefined))('%s', async (path) => {
  const key = keyOf(path)!;
  const shown = TABLE[key]!;
  if ('shows' in shown) await shown.shows(path);
  else if ('seenBy' in shown) expect(titlesOf(shown.seenBy[0])).toContain(shown.seenBy[1]);
  else expect(differences.filter((line) => line.startsWith('|') && line.includes(`\`${key}\``))).not.toEqual([]);
});

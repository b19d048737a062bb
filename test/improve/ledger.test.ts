/** Nothing of the specification's *Improve* sections is forgotten: each id has a test of its name, or a reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEDGER } from './ledger';
import { SPEC_IDS } from './spec-ids';
import { names, titlesOf } from './titles';

const differences = readFileSync(join(__dirname, '../../docs/differences.md'), 'utf8').split('\n');

test('every id of the specification is in the ledger, and nothing else', () => {
  expect(Object.keys(LEDGER).sort()).toEqual([...SPEC_IDS].sort());
});

test.each(SPEC_IDS)('%s', (id) => {
  const entry = LEDGER[id]!;
  if ('done' in entry) expect(titlesOf(entry.done).filter((title) => names(title, id))).not.toEqual([]);
  else expect(differences.filter((line) => names(line, id) && line.startsWith('|'))).not.toEqual([]);
});

test('the ledger finds titles, and no comments or parts of words', () => {
  const titles = titlesOf('improve/ledger.test.ts');
  expect(titles).toContain('the ledger finds titles, and no comments or parts of words');
  expect([names('B1: x', 'B1'), names('x (B1)', 'B1'), names('B12: x', 'B1'), names('AB1', 'B1')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

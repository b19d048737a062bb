/** No named regression of another controller is forgotten: each has a test of its name, or a reason that docs/trust.md gives. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { names, titlesOf } from '../improve/titles';
import { LEDGER } from './ledger';

/** Beside the checkout where it is developed and in CI; not part of the repository. */
const RESEARCH = [join(__dirname, '../../../shared/peers.md'), '/work/shared/peers.md'].find(existsSync);
const trust = readFileSync(join(__dirname, '../../docs/trust.md'), 'utf8').split('\n');

/** The tests that `npx jest -t ID` finds in the file of an entry. */
const named = (file: string, id: string) => titlesOf(file).filter((title) => names(title, id));

test.each(Object.entries(LEDGER))('%s', (id, entry) => {
  if ('file' in entry) expect(named(entry.file, id)).not.toEqual([]);
  else expect(trust.filter((line) => line.startsWith('|') && names(line, id))).not.toEqual([]);
});

test('a title that is gone, or that names another thread, does not count', () => {
  expect(named('peers/regressions.test.ts', 'F#189')).toHaveLength(1);
  expect(named('peers/regressions.test.ts', 'F#18')).toEqual([]);
  expect(named('peers/ledger.test.ts', 'F#189')).toEqual([]);
});

test('docs/trust.md gives no reason for a thread that has a test', () => {
  const told = trust
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => line.match(/\b(?:FPR|APR|F|A)#\d+/g) ?? []);
  expect(told.filter((id) => !('not' in (LEDGER[id] ?? {})))).toEqual([]);
});

test('tests that are named after a thread are in the ledger under it', () => {
  const files = ['regressions', 'no-data', 'ends', 'kept', 'many', 'replicas'].map((name) => `peers/${name}.test.ts`);
  const ids = files.flatMap(titlesOf).flatMap((title) => title.match(/\b(?:FPR|APR|F|A)#\d+/g) ?? []);
  expect(ids.filter((id) => !(id in LEDGER))).toEqual([]);
  expect(ids.length).toBeGreaterThan(40);
});

(RESEARCH ? test : test.skip)('every thread that the research names is in the ledger', () => {
  const text = readFileSync(RESEARCH!, 'utf8');
  const ids = new Set(text.match(/\b(?:FPR|APR|F|A)#\d+\b/g));
  expect([...ids].filter((id) => !(id in LEDGER) && id !== 'F#n' && id !== 'A#n')).toEqual([]);
});

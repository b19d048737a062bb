/** No named regression of another controller is forgotten: each has a test that exists, or a reason. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { titlesOf } from '../improve/titles';
import { LEDGER } from './ledger';

/** Beside the checkout where it is developed and in CI; not part of the repository. */
const RESEARCH = [join(__dirname, '../../../shared/peers.md'), '/work/shared/peers.md'].find(existsSync);

test.each(Object.entries(LEDGER))('%s', (_id, entry) => {
  if ('not' in entry) expect(entry.not.length).toBeGreaterThan(10);
  else expect(titlesOf(entry.file).filter((title) => title.includes(entry.title))).not.toEqual([]);
});

test('tests that are named after a thread are in the ledger under it', () => {
  const named = titlesOf('peers/regressions.test.ts').flatMap((title) => title.match(/\b[AF]#\d+/g) ?? []);
  expect(named.filter((id) => !(id in LEDGER))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});

(RESEARCH ? test : test.skip)('every thread that the research names is in the ledger', () => {
  const text = readFileSync(RESEARCH!, 'utf8');
  const ids = new Set(text.match(/\b(?:FPR|APR|F|A)#\d+\b/g));
  expect([...ids].filter((id) => !(id in LEDGER) && id !== 'F#n' && id !== 'A#n')).toEqual([]);
});

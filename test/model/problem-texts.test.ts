/**
 * What users read: each rule's words, value and remedy, as the golden file has them. UPDATE_GOLDEN=1 writes it anew; read the
 * difference before it is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemText, validate } from '../../model/validate';
import { all, type Change, errors, set, warnings } from './mistakes';
import { oddValues } from './odd-values';
import { aCanary } from './tutorial';

/** The tutorial's own warning would be in every line. */
const currentVersion = set('autoscalerRef.apiVersion', 'autoscaling/v2');

const lineOf = (title: string, change: Change): string => {
  const problems = validate(aCanary(all(currentVersion, change)));
  return [title, ...problems.map((problem) => `${problem.severity} ${problemText(problem)}`)].join(' | ');
};

const cases = [...errors, ...warnings, ...oddValues].map(([title, change]): [string, Change] => [title, change]);
const file = join(__dirname, 'problem-texts.txt');
if (process.env['UPDATE_GOLDEN']) {
  writeFileSync(file, `${cases.map(([title, change]) => lineOf(title, change)).join('\n')}\n`);
}
const golden = readFileSync(file, 'utf8').trim().split('\n');

test('every case has its line, and no line is left over', () => {
  expect(golden.map((line) => line.split(' | ')[0])).toEqual(cases.map(([title]) => title));
});

test.each(cases)('%s', (title, change) => {
  expect(lineOf(title, change)).toBe(golden.find((line) => line.split(' | ')[0] === title));
});

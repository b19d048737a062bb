/** What users read: each rule's words, value and remedy, as the golden file has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemText, validate } from '../../model/validate';
import { all, errors, set, warnings } from './mistakes';
import { oddValues } from './odd-values';
import { aCanary } from './tutorial';

const golden = readFileSync(join(__dirname, 'problem-texts.txt'), 'utf8').trim().split('\n');
/** The tutorial's own warning would be in every line. */
const currentVersion = set('autoscalerRef.apiVersion', 'autoscaling/v2');
const cases = [...errors, ...warnings, ...oddValues];

test('every case has its texts, and no text is left over', () => {
  expect(golden.map((line) => line.split(' | ')[0])).toEqual(cases.map(([title]) => title));
});

test.each(cases)('%s', (title, change) => {
  const texts = validate(aCanary(all(currentVersion, change))).map(
    (problem) => `${problem.severity} ${problemText(problem)}`,
  );
  expect([title, ...texts].join(' | ')).toBe(golden.find((line) => line.split(' | ')[0] === title));
});

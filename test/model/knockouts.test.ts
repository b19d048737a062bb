/**
 * What each field of each input does: the output as it is, and what differs once a field is gone, other, empty, or of
 * another type, as golden files. UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed.
 */
import { join } from 'node:path';
import { differences, expectGolden, leaves, linesOf } from '../golden';
import { subjects } from './knockout-subjects';
import { knockouts } from './knockouts';

test.each(Object.entries(subjects))('%s', (name, { inputs, kept, work }) => {
  const outputOf = (its: object) => linesOf(() => leaves('', work(its)));
  const usual = outputOf(inputs);
  const others = Object.entries(knockouts(inputs, kept)).map(([title, its]) => [title, outputOf(its)]);
  const other = differences(usual, Object.fromEntries(others), { short: true });
  expectGolden(join(__dirname, `knockouts/${name}.txt`), [...usual, ...other]);
});

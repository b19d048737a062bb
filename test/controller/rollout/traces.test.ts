/**
 * Whole releases as they are decided: each look's questions, writes, status, words and wait, as the golden files have them.
 * UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from './scenarios';
import { traceOf } from './trace';

test.each(Object.entries(scenarios))('%s', async (name, scenario) => {
  const file = join(__dirname, `traces/${name}.txt`);
  const trace = traceOf(await scenario());
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, `${trace.join('\n')}\n`);
  expect(trace).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
});

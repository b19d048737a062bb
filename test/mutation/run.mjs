/**
 * `npm run mutate`: Stryker over `model/` and `controller/rollout/`.
 *
 *   --mutate GLOB     one file or some, relative to the checkout; may be given several times
 *   --sample SHARE    judge a seeded random share of the mutants, 0.1 for a tenth (default 1: all)
 *   --seed N          of the sample (default 1)
 *   --concurrency N   processes (default 1)
 *   --fresh           forgets what is known
 *   --static          also mutants of code that runs once, when a module is loaded
 *   --json FILE       writes the figures
 *
 * Results are kept in reports/mutation/results.jsonl as they come: a run that was ended goes on where it was, and what has
 * not changed is not run again (after new tests: --fresh). The figures are of everything that is known.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { figures, table } from './figures.mjs';
import { knownResults, RESULTS_FILE } from './known-results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({
  options: {
    mutate: { type: 'string', multiple: true },
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '1' },
    fresh: { type: 'boolean' },
    static: { type: 'boolean' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  const [, help = ''] = /^\/\*\*\n([\s\S]*?) \*\//.exec(readFileSync(fileURLToPath(import.meta.url), 'utf8')) ?? [];
  process.stdout.write(help.replace(/^ \* ?/gm, ''));
  process.exit(0);
}

process.chdir(root);
if (values.fresh) rmSync(RESULTS_FILE, { force: true });
const sample = { root, share: Number(values.sample), seed: Number(values.seed) };
await new Stryker({
  mutate: values.mutate ?? ['model/**/*.ts', 'controller/rollout/**/*.ts'],
  testRunner: 'bundle',
  checkers: ['sample'],
  plugins: [join(root, 'test/mutation/stryker-plugins.mjs')],
  sample,
  coverageAnalysis: 'perTest',
  // Constants of modules are judged by every test there is: hours for a full run.
  ignoreStatic: values.static !== true,
  concurrency: Number(values.concurrency),
  // Only what the tests read; node_modules is linked.
  ignorePatterns: ['/reports', '/lib', '/.ci', '/dist', '/charts/serin/crds'],
  tempDirName: '/tmp/serin-mutation',
  reporters: ['results', 'progress-append-only'],
  timeoutMS: 60_000,
  timeoutFactor: 4,
  // The first run of all tests, on a machine that others use as well.
  dryRunTimeoutMinutes: 30,
  disableTypeChecks: false,
  allowConsoleColors: process.stdout.isTTY === true,
  warnings: { unknownOptions: false },
  thresholds: { high: 95, low: 90, break: 0 },
}).runMutationTest();

const found = figures(knownResults(root).values());
process.stdout.write(`${table(found)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ sample, ...found }, undefined, 2)}\n`);

/**
 * Puts each known bug in and runs the tests that have to catch it, all in this process: sources are changed on their way
 * into a bundle, never on the disk. Prints one JSON line for each bug.
 *
 *   node test/mutation/known-bugs-run.mjs [NAME ...]
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleTests } from './bundled-tests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

async function knownBugs() {
  const files = globSync('known-bugs/*.ts', { cwd: dirname(fileURLToPath(import.meta.url)) }).sort();
  const modules = await Promise.all(files.map((file) => import(`./${file}`)));
  return modules.flatMap(({ bugs = [] }) => bugs);
}

/** @returns why the edits cannot be made; undefined when each text stands there once. */
function misfit({ edits }) {
  for (const { file, was } of edits) {
    const times = readFileSync(join(root, file), 'utf8').split(was).length - 1;
    if (times !== 1) return `${file} has ${times} times, not once: ${was}`;
  }
  return undefined;
}

const withEdits = (edits) => (file, text) =>
  edits.filter((edit) => edit.file === file).reduce((so, { was, becomes }) => so.replace(was, () => becomes), text);

/** The first test that fails; undefined when none does. */
async function firstFailure(files, edits) {
  const tests = await bundleTests({ root, files, transform: withEdits(edits) });
  const found = await tests.run({ bail: true }).catch((error) => [{ name: `load: ${error}`, status: 'failed' }]);
  return found.find(({ status }) => status === 'failed')?.name;
}

async function judged(bug) {
  const problem = misfit(bug);
  if (problem !== undefined) return { problem };
  for (const file of bug.caughtBy) {
    const by = await firstFailure([file], bug.edits);
    if (by?.startsWith('load: ')) return { problem: `the bug does not load: ${by}` };
    if (by !== undefined) return { caughtBy: by };
  }
  return {};
}

const only = process.argv.slice(2);
const all = await knownBugs();
const bugs = all.filter(({ name }) => only.length === 0 || only.includes(name));
const files = [...new Set(bugs.flatMap(({ caughtBy }) => caughtBy))];
const unharmed = await firstFailure(files, []);
process.stdout.write(`${JSON.stringify({ name: 'unharmed', ...(unharmed && { caughtBy: unharmed }) })}\n`);
for (const bug of bugs) process.stdout.write(`${JSON.stringify({ name: bug.name, ...(await judged(bug)) })}\n`);

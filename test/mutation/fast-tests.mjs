/** The tests that judge mutants: pure, no sockets, no real time. */
import { globSync } from 'node:fs';

const FOLDERS = [
  'test/model',
  'test/controller/rollout',
  'test/fields',
  'test/improve',
  'test/controller/audit',
  'test/constructs',
];

/** Of folders that are otherwise slow or about something else. */
const FILES = [
  'test/cli/lint.test.ts',
  'test/controller/apply.test.ts',
  'test/controller/analysis/access.test.ts',
  'test/controller/analysis/metric-asker.test.ts',
  'test/controller/gates/call-webhook.test.ts',
  'test/peers/regressions.test.ts',
];

/** They look at all that is decided or said: what survives them hardly dies of the next hundred. */
const FIRST = [
  'test/controller/rollout/traces.test.ts ',
  'test/controller/rollout/moments.test.ts ',
  'test/model/problem-texts.test.ts ',
  'test/model/knockouts.test.ts ',
];

/** @param {string} test full name, which begins with its file */
export const goesFirst = (test) => FIRST.some((file) => test.startsWith(file));

/** A mutant that only these kill counts as a survivor. */
const LEFT_OUT = new Set([
  // It compares generated files, not behaviour.
  'test/model/crds.test.ts',
  'test/constructs/install-files.test.ts',
  'test/constructs/install.test.ts',
  // They start the sandbox or other processes.
  'test/controller/audit/cluster-findings.test.ts',
  'test/improve/process.test.ts',
  // Exhaustive: seconds for each mutant that survives the others.
  'test/controller/audit/interleavings.test.ts',
  'test/controller/rollout/crash.test.ts',
]);

/** @param {string} root @returns {string[]} relative paths */
export const fastTests = (root) =>
  [...FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root }).sort()), ...FILES].filter(
    (file) => !LEFT_OUT.has(file),
  );

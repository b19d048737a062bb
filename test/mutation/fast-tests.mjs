/** The tests that judge mutants: pure, no sockets, no real time. */
import { globSync } from 'node:fs';

const FOLDERS = ['test/model', 'test/controller/rollout', 'test/fields', 'test/improve', 'test/controller/audit'];

/** A mutant that only these kill counts as a survivor. */
const LEFT_OUT = new Set([
  // It compares generated files, not behaviour.
  'test/model/crds.test.ts',
  // They start the sandbox or other processes.
  'test/controller/audit/cluster-findings.test.ts',
  'test/improve/process.test.ts',
  // Exhaustive: many seconds for each mutant that survives the others.
  'test/controller/audit/interleavings.test.ts',
  'test/controller/rollout/crash.test.ts',
]);

/** @param {string} root @returns {string[]} relative paths */
export const fastTests = (root) =>
  FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.test.ts`, { cwd: root }).sort()).filter(
    (file) => !LEFT_OUT.has(file),
  );

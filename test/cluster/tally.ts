import { existsSync, readFileSync } from 'node:fs';

/** How the suites ended. */
export interface Tally {
  passed: number;
  failed: number;
  /** Full names of tests that did not run; each says why. */
  skipped: string[];
}

interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

/** Reads jest's JSON results. A run that left none has failed. */
export function readTally(path: string): Tally {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: [] };
  const results: JestResults = JSON.parse(readFileSync(path, 'utf8'));
  const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: results.numPassedTests,
    // A suite that could not be loaded has no tests, and is one failure.
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: all.filter(({ status }) => status === 'pending' || status === 'todo').map(({ fullName }) => fullName),
  };
}

/** The lines that end a run: what was skipped, then the counts that CI reads. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return [
    ...skipped.map((name) => `skipped: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ].join('\n');
}

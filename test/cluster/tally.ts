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

/** Reads jest's JSON results, of one run or several. A run that left none has failed. */
export function readTally(paths: readonly string[]): Tally {
  const sum: Tally = { passed: 0, failed: 0, skipped: [] };
  for (const path of paths) {
    const { passed, failed, skipped } = tallyOf(path);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped.push(...skipped);
  }
  // No run at all has shown nothing.
  return paths.length > 0 ? sum : { ...sum, failed: 1 };
}

function tallyOf(path: string): Tally {
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

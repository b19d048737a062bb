/** What Stryker needs from us: a quick test runner, and a checker that keeps the seeded sample and leaves out what cannot be killed. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { bundleTests } from './bundled-tests.mjs';
import { fastTests } from './fast-tests.mjs';
import { ignoredMutants } from './ignored-mutants.mjs';

/** In the sandbox, where the process that ran all tests once tells the others how long they take. */
const TIMES = 'test-times.json';

const STATUS = { passed: TestStatus.Success, failed: TestStatus.Failed, skipped: TestStatus.Skipped };

class BundleRunner {
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const root = process.cwd();
    this.tests = await bundleTests({ root, files: fastTests(root) });
    this.stryker = globalThis.__stryker__ ??= {};
  }

  async dryRun({ coverageAnalysis }) {
    this.stryker.activeMutant = undefined;
    this.stryker.mutantCoverage = { static: {}, perTest: {} };
    const onTest = (name) => {
      this.stryker.currentTestId = name;
    };
    const results = await this.tests.run(coverageAnalysis === 'perTest' ? { onTest } : {});
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(results.map(({ name, ms }) => [name, ms]))));
    return {
      status: DryRunStatus.Complete,
      tests: results.map(asStryker),
      mutantCoverage: this.stryker.mutantCoverage,
    };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    Object.assign(this.stryker, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
    try {
      const results = await this.tests.run({ only: this.quickest(testFilter), bail: !disableBail });
      const limit = determineHitLimitReached(this.stryker.hitCount, hitLimit);
      return toMutantRunResult(limit ?? { status: DryRunStatus.Complete, tests: results.map(asStryker) });
    } catch (error) {
      // The bundle does not load any more: no program of ours would start.
      const tests = [
        { id: 'load', name: 'load', timeSpentMs: 0, status: TestStatus.Failed, failureMessage: String(error) },
      ];
      return toMutantRunResult({ status: DryRunStatus.Complete, tests });
    } finally {
      Object.assign(this.stryker, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    }
  }

  quickest(names) {
    if (names === undefined) return names;
    this.times ??= JSON.parse(readFileSync(TIMES, 'utf8'));
    const timeOf = (name) => this.times[name] ?? 0;
    let leftMs = Object.values(this.times).reduce((sum, ms) => sum + ms, 0) * SHARE_FOR_ONE;
    return [...names]
      .sort((a, b) => timeOf(a) - timeOf(b))
      .filter((name, position) => {
        leftMs -= timeOf(name);
        return position === 0 || leftMs > 0;
      });
  }
}

/**
 * Of all the time that the tests take, how much one mutant may cost: code that everything runs through is judged by its
 * quickest tests. What only a slow test would kill counts as a survivor, so the figures err on the low side.
 */
const SHARE_FOR_ONE = 0.05;

const asStryker = ({ name, status, message, ms }) => ({
  id: name,
  name,
  timeSpentMs: ms,
  status: STATUS[status],
  ...(message !== undefined && { failureMessage: message }),
});

/** `--sample` and `--seed` of run.mjs; a mutant is drawn by what it is, so that the sample stays when other code moves. */
class Sample {
  static inject = tokens(commonTokens.options);

  constructor(options) {
    this.share = options.sample?.share ?? 1;
    this.seed = options.sample?.seed ?? 1;
  }

  async init() {}

  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const root = process.cwd();
    const results = {};
    for (const mutant of mutants) {
      const file = relative(root, mutant.fileName);
      const reason = ignoredMutants(file, mutant) ?? (this.drawn(file, mutant) ? undefined : 'not in the sample');
      results[mutant.id] = reason === undefined ? { status: 'passed' } : { status: 'compileError', reason };
    }
    return results;
  }

  drawn(file, { mutatorName, replacement, location }) {
    if (this.share >= 1) return true;
    const { start, end } = location;
    const text = JSON.stringify([this.seed, file, mutatorName, replacement, start, end]);
    return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32 < this.share;
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'bundle', BundleRunner),
  declareClassPlugin(PluginKind.Checker, 'sample', Sample),
];

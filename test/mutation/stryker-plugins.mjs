/** What Stryker needs from us: a quick test runner, a checker that leaves out what is not to be judged, and a memory. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { bundleTests } from './bundled-tests.mjs';
import { fastTests, goesFirst } from './fast-tests.mjs';
import { ignoredMutants } from './ignored-mutants.mjs';
import { knownResults, mutantKey, remember, shown } from './known-results.mjs';

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
    const inOrder = [...names].sort((a, b) => timeOf(a) - timeOf(b));
    const others = inOrder.filter((name) => !goesFirst(name));
    const quick = others.filter((name, position) => {
      leftMs -= timeOf(name);
      return position === 0 || leftMs > 0;
    });
    return [...inOrder.filter(goesFirst), ...quick];
  }
}

/**
 * Of all the time that the tests take, how much one mutant may cost beside the golden files: code that everything runs
 * through is judged by its quickest tests. What only a slow test would kill counts as a survivor, so the figures err on
 * the low side.
 */
const SHARE_FOR_ONE = 0.1;

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
    this.root = options.sample.root;
    this.share = options.sample.share;
    this.seed = options.sample.seed;
  }

  async init() {}

  async group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const known = knownResults(this.root);
    const results = {};
    for (const mutant of mutants) {
      const file = relative(this.root, mutant.fileName);
      const reason =
        ignoredMutants(this.root, file, mutant) ??
        (this.drawn(file, mutant) ? undefined : 'not in the sample') ??
        (known.has(mutantKey(this.root, file, mutant)) ? 'known' : undefined);
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

class Results {
  static inject = tokens(commonTokens.options);

  constructor(options) {
    this.root = options.sample.root;
  }

  onMutantTested({ fileName, location, mutatorName, replacement, status }) {
    if (status === 'CompileError' || status === 'Ignored') return;
    // Reports count lines and columns from 1, mutants from 0.
    const from0 = ({ line, column }) => ({ line: line - 1, column: column - 1 });
    const mutant = { mutatorName, replacement, location: { start: from0(location.start), end: from0(location.end) } };
    const file = relative(this.root, resolve(this.root, fileName));
    const key = mutantKey(this.root, file, mutant);
    remember(this.root, { key, ...shown(this.root, file, mutant), ...mutant, status });
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'bundle', BundleRunner),
  declareClassPlugin(PluginKind.Checker, 'sample', Sample),
  declareClassPlugin(PluginKind.Reporter, 'results', Results),
];

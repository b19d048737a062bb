/**
 * Tests as one bundle in this process: jest-circus runs them as jest does, without a new module registry for each file.
 * A run costs milliseconds instead of seconds, which is what makes mutation runs possible at all.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
/** jest-circus brings it along. */
const { ModuleMocker } = createRequire(require.resolve('jest-circus'))('jest-mock');
const TEST_TIMEOUT_MS = 20_000;

/**
 * Bundles test files with the sources that they import.
 * @param {{ root: string, files: string[], transform?: (file: string, text: string) => string }} options
 *   `transform` may change a source before it is bundled.
 * @returns {Promise<BundledTests>}
 */
export async function bundleTests({ root, files, transform }) {
  const entry = files.map((file) => {
    const [name, path] = [JSON.stringify(file), JSON.stringify(`./${file}`)];
    return `if (wanted(${name})) describe(${name}, () => { require(${path}); });`;
  });
  const result = await build({
    stdin: { contents: entry.join('\n'), resolveDir: root, loader: 'js' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    packages: 'external',
    loader: { '.yaml': 'text' },
    alias: {
      'serin/pulumi': join(root, 'pulumi/index.ts'),
      'serin/testing': join(root, 'testing/index.ts'),
      serin: join(root, 'constructs/index.ts'),
    },
    logLevel: 'error',
    plugins: [ownFolder(root, transform)],
  });
  return new BundledTests(root, result.outputFiles[0].text);
}

/** Each file keeps its own `__dirname`. */
const ownFolder = (root, transform = (_file, text) => text) => ({
  name: 'own-folder',
  setup({ onLoad }) {
    const { readFileSync } = require('node:fs');
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = transform(path.slice(root.length + 1), readFileSync(path, 'utf8'));
      const head = /\b__(dirname|filename)\b/.test(text)
        ? `const __dirname = ${JSON.stringify(dirname(path))}, __filename = ${JSON.stringify(path)};`
        : '';
      return { contents: head + text, loader: 'ts' };
    });
  },
});

export class BundledTests {
  constructor(root, code) {
    this.root = root;
    this.script = new vm.Script(`(function (require, wanted) {${code}\n})`, {
      filename: join(root, 'bundled-tests.js'),
    });
  }

  /**
   * Loads everything anew and runs it.
   * @param {{ only?: string[], bail?: boolean, onTest?: (name: string | undefined) => void }} options
   *   `only`: full names; `bail`: skip the rest after the first failure.
   * @returns {Promise<Array<{ name: string, status: 'passed' | 'failed' | 'skipped', message?: string, ms: number }>>}
   */
  async run({ only, bail = false, onTest } = {}) {
    const circus = require('jest-circus');
    circus.resetState();
    globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = TEST_TIMEOUT_MS;
    for (const name of ['describe', 'test', 'it', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach']) {
      globalThis[name] = circus[name];
    }
    globalThis.expect = require('expect').expect;
    globalThis.jest = Object.assign(new ModuleMocker(globalThis), { setTimeout() {} });
    const wanted = only && new Set(only);
    const isWanted = (file) => only === undefined || only.some((name) => name.startsWith(`${file} `));
    this.script.runInThisContext()(createRequire(join(this.root, 'package.json')), isWanted);
    const results = [];
    const listen = (event, state) => {
      if (event.name === 'run_start') keep(state.rootDescribeBlock, wanted);
      if (event.name === 'test_start') onTest?.(fullName(event.test));
      if (event.name !== 'test_done' && event.name !== 'test_skip') return;
      onTest?.(undefined);
      if (event.name === 'test_skip') return;
      const [error] = event.test.errors;
      const thrown = Array.isArray(error) ? error[0] : error;
      const message = error && [thrown?.message ?? String(error), thrown?.cause?.message ?? ''].join('\n').trim();
      results.push({
        name: fullName(event.test),
        status: error ? 'failed' : 'passed',
        ms: event.test.duration ?? 0,
        ...(message && { message }),
      });
      if (error && bail) keep(state.rootDescribeBlock, new Set());
    };
    circus.addEventHandler(listen);
    try {
      const { unhandledErrors } = await circus.run();
      if (unhandledErrors.length > 0) throw new Error(`outside of tests: ${unhandledErrors[0]}`);
      return results;
    } finally {
      circus.removeEventHandler(listen);
    }
  }
}

/** Skips all tests but the wanted ones; undefined: all are wanted. */
function keep(block, wanted) {
  if (wanted === undefined) return;
  for (const child of block.children) {
    if (child.type === 'describeBlock') keep(child, wanted);
    else if (!wanted.has(fullName(child))) child.mode = 'skip';
  }
}

const fullName = ({ name, parent }) => (parent?.parent === undefined ? name : `${fullName(parent)} ${name}`);

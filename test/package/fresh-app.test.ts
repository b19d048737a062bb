/**
 * What `npm pack` gives is enough for an app repo: the template of cdk8s-cli (CommonJS) with a Canary in it, and one of ES
 * modules, compile and synthesise with the peers alone. Of what the template installs, ts-node and ts-jest are not here:
 * stand-ins/ compile a file at a time as they do; types are checked by the template's own `npm run compile`.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import * as ts from 'typescript';
import { parseAllDocuments } from 'yaml';

jest.setTimeout(180_000);

const root = join(__dirname, '..', '..');
const TYPESCRIPT = require.resolve('typescript/bin/tsc');
/** The version that the template asks for, which cdk8s-cli brings along. */
const templatesTypeScript = ['jsii-rosetta', 'jsii']
  .map((name) => join(root, 'node_modules', name, 'node_modules', 'typescript'))
  .find(
    (path) =>
      existsSync(path) && JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).version.startsWith('5.9.'),
  );
const CDK8S_CLI = dirname(require.resolve('cdk8s-cli/package.json'));
const TEMPLATE = join(CDK8S_CLI, 'templates', 'typescript-app');

const IMPORTS = `import { Canary, Gate, Metric, Strategy } from 'serin';`;

/** What an app repo adds to a chart. */
const CANARY = (chart: string) => `new Canary(${chart}, 'canary', {
  metadata: { namespace: 'test' },
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  service: { port: 9898 },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [Metric.successRate({ min: 99 })],
    webhooks: [Gate.onLoadTester('http://flagger-loadtester.test/').confirmPromotion('approval')],
  },
});`;

const PROGRAM = `import { App, Chart, Duration } from 'cdk8s';
${IMPORTS}
const app = new App();
${CANARY("new Chart(app, 'release')")}
app.synth();
`;

/** A rollout test, of a release whose workload is beside it, in Node's runner or in jest, whose `test` is global. */
const ROLLOUT_TEST = `
import { rollout, type Outcome, type Version } from 'serin/testing';
import { readFileSync } from 'node:fs';

const bad: Version = { image: 'v2', errors: '5%' };
test('a bad version is rolled back', async () => {
  const outcome: Outcome = await rollout(readFileSync('dist/release.k8s.yaml', 'utf8') + readFileSync('workload.yaml', 'utf8'))
    .release('podinfo', bad)
    .expect()
    .rolledBack({ within: '10m' });
  if (outcome.users.requests === 0) throw new Error('no users');
});
`;

const WORKLOAD = `
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: podinfo, namespace: test }
spec:
  selector: { matchLabels: { app: podinfo } }
  template:
    metadata: { labels: { app: podinfo } }
    spec: { containers: [{ name: podinfod, image: podinfo:v1 }] }
`;

const SYNTHESISED = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 9898 },
    analysis: {
      interval: '1m',
      threshold: 5,
      stepWeight: 10,
      maxWeight: 50,
      metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
      webhooks: [{ name: 'approval', type: 'confirm-promotion', url: 'http://flagger-loadtester.test/gate/check' }],
    },
  },
};

/** Our Node first, none of jest's flags. */
const env = {
  ...process.env,
  NODE_OPTIONS: '',
  CDK8S_OUTDIR: 'dist',
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
};
const run = (cwd: string, command: string, ...args: string[]) => {
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe', timeout: 170_000 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  }
};

let folder: string;
/** The package as npm installs it. */
let installed: string;

/** Packs these sources, compiled by the package's own recipe: lib/ of the checkout may be older. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-pack-'));
  const source = join(folder, 'source');
  mkdirSync(source);
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  for (const file of ['package.json', ...files.filter((name) => name !== 'lib')]) {
    cpSync(join(root, file), join(source, file), { recursive: true });
  }
  run(root, process.execPath, join('scripts', 'build.mjs'), '--out', join(source, 'lib'));
  run(source, 'npm', 'pack', '--ignore-scripts', '--offline', '--pack-destination', folder);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{ "private": true }');
  // Without the peers: what is beside the package then is what it pulls in. No registry is there to get anything from.
  run(empty, 'npm', 'install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund', tarball);
  installed = join(empty, 'node_modules', 'serin');
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const link = (app: string, name: string, target = join(root, 'node_modules', name)) => {
  mkdirSync(dirname(join(app, 'node_modules', name)), { recursive: true });
  symlinkSync(target, join(app, 'node_modules', name));
};

/** An app repo whose node_modules has the package and its peers, and nothing above it. */
function appRepo(name: string): string {
  const app = join(folder, name);
  cpSync(installed, join(app, 'node_modules', 'serin'), { recursive: true });
  for (const name of ['cdk8s', 'constructs', '@types/node']) link(app, name);
  writeFileSync(join(app, 'workload.yaml'), WORKLOAD);
  return app;
}

/** What `cdk8s init typescript-app` makes, with a Canary where the template says so. */
function templatesRepo(): string {
  if (templatesTypeScript === undefined) throw new Error('cdk8s-cli brings no TypeScript 5.9 along: adapt this test');
  const app = appRepo('from-template');
  const values: Record<string, string> = { $base: 'release' };
  cpSync(TEMPLATE, app, { recursive: true, filter: (path) => !path.endsWith('.hooks.sscaff.js') });
  for (const name of ['package.json', 'main.ts']) {
    const text = readFileSync(join(app, name), 'utf8');
    writeFileSync(
      join(app, name),
      text.replace(/\{\{ (\S+) \}\}/g, (_, key: string) => values[key] ?? '*'),
    );
  }
  const main = readFileSync(join(app, 'main.ts'), 'utf8');
  writeFileSync(
    join(app, 'main.ts'),
    main
      .replace("from 'cdk8s';", `from 'cdk8s';\nimport { Duration } from 'cdk8s';\n${IMPORTS}`)
      .replace('// define resources here', CANARY('this')),
  );
  link(app, '@types/jest');
  writeFileSync(join(app, 'rollout.test.ts'), ROLLOUT_TEST);
  for (const name of ['ts-jest', 'ts-node']) link(app, name, join(__dirname, 'stand-ins', name));
  link(app, 'typescript', templatesTypeScript);
  link(app, '.bin/tsc', join(templatesTypeScript, 'bin', 'tsc'));
  link(app, '.bin/jest', join(root, 'node_modules', 'jest', 'bin', 'jest.js'));
  link(app, '.bin/cdk8s', join(CDK8S_CLI, 'bin', 'cdk8s'));
  link(app, '.bin/ts-node', join(__dirname, 'stand-ins', 'ts-node', 'bin.js'));
  return app;
}

const written = (app: string) =>
  parseAllDocuments(readFileSync(join(app, 'dist', 'release.k8s.yaml'), 'utf8')).map((document) => document.toJS());

const packed = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

it('pulls in nothing, and asks for cdk8s and constructs', () => {
  const besides = readdirSync(join(installed, '..')).filter((name) => !name.startsWith('.'));
  expect(besides).toEqual(['serin']);
  const { dependencies, optionalDependencies, bundleDependencies, peerDependencies, peerDependenciesMeta } = packed();
  expect([dependencies, optionalDependencies, bundleDependencies]).toEqual([undefined, undefined, undefined]);
  expect(peerDependencies).toEqual({
    '@pulumi/kubernetes': '^4.0.0',
    '@pulumi/pulumi': '^3.142.0',
    cdk8s: '^2.68.11',
    constructs: '^10.3.0',
  });
  const optional = { optional: true };
  expect(peerDependenciesMeta).toEqual({ '@pulumi/kubernetes': optional, '@pulumi/pulumi': optional });
});

it("is what the template's own compile, test and synth work with", () => {
  const app = templatesRepo();
  run(app, 'npm', 'run', 'compile');
  expect(existsSync(join(app, 'main.js'))).toBe(true);
  run(app, 'npm', 'run', 'synth', '--', '--check-upgrade=false');
  expect(written(app)).toEqual([SYNTHESISED]);
  // The template's own hook updates the snapshot too.
  const tests = JSON.parse(run(app, 'npm', '--silent', 'test', '--', '-u', '--json'));
  expect(tests).toMatchObject({ numPassedTests: 2, numTotalTests: 2 });
  const snapshot = readFileSync(join(app, '__snapshots__', 'main.test.ts.snap'), 'utf8');
  expect(snapshot).toMatch(/"kind": "Canary",\n.*"metadata": \{\n *"name": "podinfo"/s);
});

it('is what a repo of ES modules compiles and synthesises with', () => {
  const app = appRepo('esm');
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    verbatimModuleSyntax: true,
    types: ['node'],
  };
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'esm', private: true, type: 'module' }));
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  writeFileSync(join(app, 'main.ts'), PROGRAM);
  writeFileSync(join(app, 'rollout.test.ts'), `import { test } from 'node:test';${ROLLOUT_TEST}`);
  run(app, process.execPath, TYPESCRIPT, '-p', '.');
  run(app, process.execPath, 'main.js');
  expect(written(app)).toEqual([SYNTHESISED]);
  expect(run(app, process.execPath, '--test', '--test-reporter=tap', 'rollout.test.js')).toContain('# pass 1\n');
});

const { Node10, NodeNext, Bundler } = ts.ModuleResolutionKind;

/** What the package exports for programs: name, types and code. */
const doors = () =>
  Object.entries(packed().exports as Record<string, string | { types: string; default: string }>).flatMap(
    ([door, to]) => (typeof to === 'string' ? [] : [[join('serin', door), to.types, to.default] as const]),
  );

it.each([
  ['node10, as the template has it', Node10, ts.ModuleKind.CommonJS],
  ['nodenext', NodeNext, ts.ModuleKind.NodeNext],
  ['bundler', Bundler, ts.ModuleKind.ESNext],
])('has types at every door under %s', (_, moduleResolution, module) => {
  const importer = join(folder, 'empty', 'main.ts');
  const typesOf = (name: string) =>
    ts.resolveModuleName(name, importer, { moduleResolution, module }, ts.sys).resolvedModule?.resolvedFileName;
  expect(doors().map(([name]) => [name, typesOf(name)])).toEqual(
    doors().map(([name, types]) => [name, join(installed, types)]),
  );
  expect(doors().map(([name]) => name)).toEqual(expect.arrayContaining(['serin', 'serin/pulumi']));
});

it('has code at every door, for require and import', () => {
  const names = doors().map(([name]) => name);
  const program = `
    import { createRequire } from 'node:module';
    import { fileURLToPath } from 'node:url';
    const require = createRequire(process.cwd() + '/main.js');
    const found = (name) => [require.resolve(name), fileURLToPath(import.meta.resolve(name))];
    console.log(JSON.stringify(${JSON.stringify(names)}.map(found)));
  `;
  const found = run(join(folder, 'empty'), process.execPath, '--input-type=module', '-e', program);
  const code = doors().map(([, , path]) => join(installed, path));
  expect(JSON.parse(found)).toEqual(code.map((path) => [path, path]));
});

it('has the command, the resource definitions and no sources or tests', () => {
  const names = readdirSync(installed).sort();
  expect(names).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'crds', 'lib', 'package.json']);
});

/** What `npm pack` gives is enough for an app repo: it compiles and synthesises with the peers alone. */
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
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

jest.setTimeout(180_000);

const root = join(__dirname, '..', '..');
const TYPESCRIPT = require.resolve('typescript/bin/tsc');
/** The version that the template asks for, which cdk8s-cli brings along. */
const TEMPLATES_TYPESCRIPT = ['jsii-rosetta', 'jsii']
  .map((name) => join(root, 'node_modules', name, 'node_modules', 'typescript', 'bin', 'tsc'))
  .find((path) => existsSync(path));
const TEMPLATE = join(dirname(require.resolve('cdk8s-cli/package.json')), 'templates', 'typescript-app');

const PROGRAM = `
import { App, Chart, Duration } from 'cdk8s';
import { Canary, Gate, Metric, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'release', { namespace: 'test' });
new Canary(chart, 'canary', {
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  service: { port: 9898 },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [Metric.successRate({ min: 99 })],
    webhooks: [Gate.onLoadTester('http://flagger-loadtester.test/').confirmPromotion('approval')],
  },
});
app.synth();
`;

/** A rollout test, of a release whose workload is beside it. */
const ROLLOUT_TEST = `
import { test } from 'node:test';
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

const env = { ...process.env, NODE_OPTIONS: '', CDK8S_OUTDIR: 'dist' };
const run = (cwd: string, command: string, ...args: string[]) => {
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe', timeout: 170_000 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  }
};

let folder: string;
let tarball: string;

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
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An app repo whose node_modules has the package and its peers, and nothing above it. */
function appRepo(name: string, manifest: object): string {
  const app = join(folder, name);
  const modules = join(app, 'node_modules');
  mkdirSync(join(modules, 'serin'), { recursive: true });
  run(app, 'tar', '-xzf', tarball, '-C', join(modules, 'serin'), '--strip-components=1');
  for (const peer of peers()) symlinkSync(join(root, 'node_modules', peer), join(modules, peer));
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name, private: true, ...manifest }));
  writeFileSync(join(app, 'main.ts'), PROGRAM);
  writeFileSync(join(app, 'rollout.test.ts'), ROLLOUT_TEST);
  writeFileSync(join(app, 'workload.yaml'), WORKLOAD);
  mkdirSync(join(modules, '@types'));
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  return app;
}

/** Those that every app repo needs; only `serin/pulumi` asks for the optional ones. */
function peers(): string[] {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
}

const written = (app: string) =>
  parseAllDocuments(readFileSync(join(app, 'dist', 'release.k8s.yaml'), 'utf8')).map((document) => document.toJS());

it('needs cdk8s and constructs', () => expect(peers()).toEqual(['cdk8s', 'constructs']));

it.each([
  ['TypeScript that the template asks for', TEMPLATES_TYPESCRIPT, []],
  ['TypeScript of ours', TYPESCRIPT, ['--ignoreDeprecations', '6.0', '--types', 'node']],
])('a repo of the template of cdk8s-cli, CommonJS, with the %s', (name, tsc, flags) => {
  if (tsc === undefined) throw new Error('cdk8s-cli brings no TypeScript along any more: adapt this test');
  const app = appRepo(name.replace(/ /g, '-'), {});
  cpSync(join(TEMPLATE, 'tsconfig.json'), join(app, 'tsconfig.json'));
  run(app, process.execPath, tsc, '-p', '.', ...flags);
  run(app, process.execPath, 'main.js');
  expect(written(app)).toEqual([SYNTHESISED]);
  expect(run(app, process.execPath, '--test', '--test-reporter=tap', 'rollout.test.js')).toContain('# pass 1\n');
});

it('a repo of ES modules', () => {
  const app = appRepo('esm', { type: 'module' });
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    verbatimModuleSyntax: true,
    types: ['node'],
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  run(app, process.execPath, TYPESCRIPT, '-p', '.');
  run(app, process.execPath, 'main.js');
  expect(written(app)).toEqual([SYNTHESISED]);
  expect(run(app, process.execPath, '--test', '--test-reporter=tap', 'rollout.test.js')).toContain('# pass 1\n');
});

it('has the command, the resource definitions and no sources or tests', () => {
  const app = appRepo('look', {});
  const names = readdirSync(join(app, 'node_modules', 'serin')).sort();
  expect(names).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'crds', 'lib', 'package.json']);
});

/** `cdk8s import` of our resource definitions: for those who write no constructs of ours, or another language. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = join(__dirname, '..', '..');
const modules = join(root, 'node_modules');
const KINDS = ['AlertProvider', 'Canary', 'MetricTemplate'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-import-'));
  const definitions = readdirSync(join(root, 'crds')).map((name) => readFileSync(join(root, 'crds', name), 'utf8'));
  writeFileSync(join(folder, 'crds.yaml'), definitions.join('---\n'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['cdk8s', 'constructs']) symlinkSync(join(modules, name), join(folder, 'node_modules', name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, ...args: string[]): void {
  const env = { ...process.env, NODE_OPTIONS: '', CDK8S_OUTDIR: 'dist' };
  try {
    execFileSync(process.execPath, [script, ...args], { cwd: folder, env, stdio: 'pipe', timeout: 60_000 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    throw new Error(`${script} ${args.join(' ')}: ${stdout}${stderr}`);
  }
}

const importing = (language: string, output: string) => {
  const cdk8s = join(modules, 'cdk8s-cli', 'bin', 'cdk8s');
  run(cdk8s, 'import', 'crds.yaml', '--check-upgrade=false', '--language', language, '-o', output);
};

it('gives TypeScript that compiles and synthesises what it is told', () => {
  importing('typescript', 'imports');
  const spec = `{
    targetRef: { apiVersion: 'apps/v1', kind: CanarySpecTargetRefKind.DEPLOYMENT, name: 'podinfo' },
    service: { port: 9898, targetPort: 'http' },
    analysis: {
      interval: '1m',
      threshold: 5,
      stepWeight: 10,
      metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
    },
  }`;
  const program = `
    import { App, Chart } from 'cdk8s';
    import { Canary, CanarySpecTargetRefKind } from './imports/flagger.app';
    const app = new App();
    new Canary(new Chart(app, 'release'), 'canary', { metadata: { name: 'podinfo' }, spec: ${spec} });
    app.synth();
  `;
  writeFileSync(join(folder, 'main.ts'), program);
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--ignoreConfig'];
  run(join(modules, 'typescript', 'bin', 'tsc'), ...flags, 'main.ts');
  run(join(folder, 'main.js'));
  const [canary] = parseAllDocuments(readFileSync(join(folder, 'dist', 'release.k8s.yaml'), 'utf8'));
  expect(canary?.toJS()).toEqual({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      service: { port: 9898, targetPort: 'http' },
      analysis: {
        interval: '1m',
        threshold: 5,
        stepWeight: 10,
        metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
      },
    },
  });
}, 60_000);

const filesOf = (output: string, ending: string) =>
  readdirSync(join(folder, output), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(folder, output, name), 'utf8'))
    .join('\n');

it('gives Python', () => {
  importing('python', 'python');
  const text = filesOf('python', '.py');
  for (const kind of KINDS) expect(text).toMatch(new RegExp(`^class ${kind}\\(`, 'm'));
}, 60_000);

it('gives Go', () => {
  mkdirSync(join(folder, 'golang'));
  writeFileSync(join(folder, 'golang', 'go.mod'), 'module example.com/app\n\ngo 1.22\n');
  importing('go', 'golang');
  const text = filesOf('golang', '.go');
  for (const kind of KINDS) expect(text).toContain(`func New${kind}(`);
}, 60_000);

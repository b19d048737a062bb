/** The Dockerfile, as far as it goes without a container engine: its steps are played, and what comes out is run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { SerinController } from '../../constructs';
import { devDependencies, version } from '../../package.json';
import { Builder, contextOf, instructionsOf, type Stage } from './dockerfile';

const ROOT = join(__dirname, '../..');
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const context = contextOf(readFileSync(join(ROOT, 'Dockerfile.dockerignore'), 'utf8'));

jest.setTimeout(120_000);

let image: Stage;
let build: Stage;

beforeAll(() => {
  const builder = new Builder(ROOT, context, join(ROOT, 'node_modules'));
  const instructions = instructionsOf(dockerfile);
  const second = instructions.findLastIndex(({ name }) => name === 'FROM');
  build = builder.build(instructions.slice(0, second));
  image = builder.build(instructions.slice(second));
  // The Node of the base image; under the folder itself, because this checkout may be closed to other users.
  mkdirSync(join(image.root, 'usr/local/bin'), { recursive: true });
  copyFileSync(process.execPath, join(image.root, 'usr/local/bin/node'));
  execFileSync('chmod', ['-R', 'a-w,a+rX', image.root]);
});

afterAll(() => {
  for (const stage of [build, image]) {
    if (stage === undefined) continue;
    chmodSync(stage.root, 0o755);
    execFileSync('chmod', ['-R', 'u+w', stage.root]);
    rmSync(stage.root, { recursive: true });
  }
});

/** Runs a container of it: its user if we may become that, a file system that nobody may write. */
function run(...args: string[]) {
  const [uid, gid] = image.user.split(':').map(Number);
  const [program = '', ...words] = image.entrypoint;
  const inside = words.map((word) => (word.startsWith('/') ? join(image.root, word) : word));
  const { status, stdout, stderr } = spawnSync(join(image.root, 'usr/local/bin', program), [...inside, ...args], {
    cwd: image.root,
    env: { ...image.env, HOME: '/nowhere', TMPDIR: image.root },
    encoding: 'utf8',
    ...(process.getuid?.() === 0 && { uid, gid }),
  });
  return { status, stdout, stderr };
}

const deployment = () => {
  const chart = new Chart(new App(), 'install', { namespace: 'delivery' });
  new SerinController(chart, 'serin', { customResourceDefinitions: false });
  return chart.toJson().find(({ kind }) => kind === 'Deployment').spec.template.spec;
};

test('is built from everything that the build reads, and from nothing else of the checkout', () => {
  const script = readFileSync(join(ROOT, 'scripts', 'build.mjs'), 'utf8');
  const list = /const COMMAND_SOURCES = \[([^\]]+)\]/.exec(script)?.[1] ?? '';
  const sources = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
  expect(sources.length).toBeGreaterThan(5);
  expect(context).toEqual(expect.arrayContaining(sources));
  expect(context).not.toContain('test');
});

test('has one file of code and the license', () => {
  expect(readdirSync(join(image.root, 'serin')).sort()).toEqual(['LICENSE', 'serin.js']);
});

test('is of a Node that the package takes', () => {
  expect(dockerfile).toContain(`node:${devDependencies.node.split('.')[0]}-`);
});

test('agrees with the Deployment', () => {
  const { securityContext, containers } = deployment();
  expect(image.user).toBe(`${securityContext.runAsUser}:${securityContext.runAsGroup}`);
  expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(image.ports).toEqual([String(containers[0].ports[0].containerPort)]);
  expect(containers[0].command).toBeUndefined();
  expect(image.cmd).toEqual([containers[0].args[0]]);
});

test('--version', () => expect(run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' }));

test.each([
  ['controller', '--mesh-provider'],
  ['loadtester', '--port'],
])('%s --help', (verb, flag) => {
  const { status, stdout } = run(verb, '--help');
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(flag) });
});

test('its command, outside of a cluster, says what is missing', () => {
  const { status, stderr } = run(...image.cmd);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('--kubeconfig') });
});

test('the whole controller works where nothing can be written', () => {
  const { status, stdout, stderr } = run('demo', '--scenario', 'promote', '--exit', '--speed', 'max', '--json');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Promotion completed!');
});

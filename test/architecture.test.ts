/** The import rule of the house: who may know whom, and that nothing pure sees time, chance or the environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const TYPES_ONLY = /^import type |^export type /;

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = text.match(/^(?:import|export)\s[^;]*?from\s+'[^']+'/gms) ?? [];
  const dynamic = [...text.matchAll(/import\('([^']+)'\)/g)].map((match) => `import x from '${match[1]}'`);
  return [...statements, ...dynamic].map((statement) => {
    const target = /from\s+'([^']+)'/.exec(statement)?.[1] ?? '';
    const to = target.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), target)) : target;
    return { from: file, to, typeOnly: TYPES_ONLY.test(statement) };
  });
}

const importsUnder = (folder: string) => sources(folder).flatMap(importsOf);
const broken = (imports: Import[], allowed: (i: Import) => boolean) =>
  imports.filter((i) => !allowed(i)).map((i) => `${i.from} -> ${i.to}`);
const within =
  (...folders: string[]) =>
  (i: Import) =>
    folders.some((folder) => i.to === folder || i.to.startsWith(`${folder}/`));

test('model imports itself, and a hash', () => {
  expect(broken(importsUnder('model'), (i) => within('model')(i) || i.to === 'node:crypto')).toEqual([]);
});

test('rollout imports model and itself', () => {
  expect(broken(importsUnder('controller/rollout'), within('model', 'controller/rollout'))).toEqual([]);
});

test('constructs import model, cdk8s and constructs', () => {
  const cdk8s = (i: Import) => ['cdk8s', 'constructs'].includes(i.to) || i.to.startsWith('node:');
  expect(broken(importsUnder('constructs'), (i) => within('model', 'constructs')(i) || cdk8s(i))).toEqual([]);
});

test.each(['kube', 'analysis', 'gates', 'alerts', 'telemetry'])(
  'controller/%s knows no other room of the controller',
  (room) => {
    const inner = importsUnder(`controller/${room}`).filter((i) => i.to.startsWith('controller/'));
    const rollouts = (i: Import) => within('controller/rollout')(i) && i.typeOnly;
    expect(broken(inner, (i) => within(`controller/${room}`)(i) || rollouts(i))).toEqual([]);
  },
);

test('only controller/kube and controller/http.ts use the network libraries', () => {
  const users = ['controller', 'loadtester', 'sandbox', 'model', 'constructs'].flatMap(importsUnder);
  const kube = users.filter((i) => i.to === '@kubernetes/client-node' && !i.from.startsWith('controller/kube/'));
  const undici = users.filter((i) => i.to === 'undici' && i.from !== 'controller/http.ts');
  expect([...kube, ...undici].map((i) => i.from)).toEqual([]);
});

test('the sandbox does not know the controller that it tests', () => {
  const controllers = importsUnder('sandbox').filter(
    (i) => i.to.startsWith('controller/') || i.to.startsWith('loadtester/'),
  );
  expect(controllers.map((i) => `${i.from} -> ${i.to}`)).toEqual([]);
});

test('rollout tests use the rooms below them, and of the command line the definitions alone', () => {
  const rooms = within('testing', 'controller', 'sandbox', 'loadtester', 'model', 'package.json');
  const known = (i: Import) => rooms(i) || ['cli/crds', 'yaml'].includes(i.to);
  expect(broken(importsUnder('testing'), known)).toEqual([]);
});

test('nobody but the command line uses rollout tests', () => {
  const users = ['model', 'constructs', 'controller', 'sandbox', 'loadtester'].flatMap(importsUnder);
  expect(users.filter(within('testing')).map((i) => i.from)).toEqual([]);
});

test('the simulation knows the controller by its door, and the sandbox', () => {
  const doors = [
    'controller/controller',
    // Which Lease a Canary stands under.
    'controller/kube/shard-plan',
    'controller/rollout/settings',
    'controller/telemetry/log',
    'controller/telemetry/metrics',
  ];
  const outside = (i: Import) => i.to === 'yaml' || i.to.startsWith('node:');
  const allowed = (i: Import) => within('model', 'sandbox', 'simulation')(i) || doors.includes(i.to) || outside(i);
  expect(broken(importsUnder('simulation'), allowed)).toEqual([]);
});

/** Composition roots and the files that are the clock and the network. */
const IMPURE = [
  /^controller\/(main|clock|http)\.ts$/,
  /^cli\//,
  /^sandbox\/(clock|http-front|kubeconfig)\.ts$/,
  /^loadtester\/serve\.ts$/,
  /^simulation\/main\.ts$/,
];
const WORLD = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b|\bprocess\.env\b|(?<!\.)\bset(Timeout|Interval)\(/;

test('time, chance and the environment come through ports', () => {
  const files = ['model', 'constructs', 'controller', 'sandbox', 'loadtester', 'testing', 'simulation'].flatMap(
    sources,
  );
  const guilty = files
    .filter((file) => !IMPURE.some((pattern) => pattern.test(file)))
    .filter((file) => WORLD.test(readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
  expect(guilty).toEqual([]);
});

test('files stay small enough to be one idea', () => {
  const long = ['model', 'constructs', 'controller', 'sandbox', 'loadtester', 'testing', 'simulation', 'cli']
    .flatMap(sources)
    .map((file) => `${file} ${readFileSync(join(ROOT, file), 'utf8').split('\n').length}`)
    .filter((line) => Number(line.split(' ')[1]) > 400);
  expect(long).toEqual([]);
});

/** `serin import` as a command: what it reads, says and returns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { programOf } from '../../cli/import/program';
import type { KubeObject } from '../../model/kube';
import { synthesised } from '../docs/programs';
import { aTerminal } from './fake-terminal';
import { ODD } from './odd-manifests';

const [CANARY, TEMPLATE, ROOM] = ODD as [KubeObject, KubeObject, KubeObject];
const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
const PROPER = `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: web, namespace: shop }
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  service: { port: 80 }
  analysis: { interval: 1m, threshold: 5, stepWeight: 10 }
`;

const together = (...objects: object[]) => objects.map((object) => stringify(object)).join('---\n');
const withoutTitle = (program: string) => program.split('\n').slice(1);
const runs = (program: string) =>
  synthesised({ path: 'imported', text: program, blocks: [{ kind: 'ts', text: program }] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string, name = 'canary.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function importing(args: readonly string[], input = '') {
  const { terminal, written } = aTerminal({}, undefined, input);
  const code = await runCommandLine(['import', ...args], terminal);
  return { code, out: written.out, err: written.err.replaceAll(`${folder}/`, '') };
}

it('explains itself', async () => {
  const { code, out } = await importing(['--help']);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: serin import \[options\] <files\.\.\.>/);
  expect(out).toContain('kubectl get canaries,metrictemplates,alertproviders -o yaml | serin import -');
  for (const line of ['--json', 'Exit codes:', '  1  a file cannot be read', '  2  wrong usage']) {
    expect(out).toContain(line);
  }
});

it('needs files', async () => {
  expect(await importing([])).toEqual({
    code: 2,
    out: '',
    err: "serin: missing required argument 'files', see serin --help\n",
  });
});

it('reads what a cluster gives back, from standard input, and leaves out what it filled in', async () => {
  const served = {
    ...CANARY,
    metadata: {
      ...CANARY.metadata,
      uid: 'x',
      resourceVersion: '1',
      creationTimestamp: null,
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
    status: { phase: 'Initialized' },
  };
  const { code, out } = await importing(['-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [served] }));
  expect(code).toBe(0);
  expect(withoutTitle(out)).toEqual(withoutTitle(programOf([CANARY], 'x')));
});

it('names standard input in what it says', async () => {
  const { code, err } = await importing(['-'], together(SERVICE));
  expect([code, err.split(': ')[1]]).toEqual([2, 'standard input:2']);
});

it('makes one program of several documents in several files', async () => {
  const files = [file(together(TEMPLATE, CANARY), 'a.yaml'), file(together(ROOM), 'b.yaml')];
  const { code, out } = await importing(files);
  expect(code).toBe(0);
  expect(withoutTitle(out)).toEqual(withoutTitle(programOf([TEMPLATE, CANARY, ROOM], 'x')));
  expect(out.split('\n')[0]).toBe(`/** Written by \`serin import ${files.join(' ')}\`. */`);
});

it('knows the merge keys that kubectl knows', async () => {
  const text = PROPER.replace('{ port: 80 }', '{ <<: &base { portName: http }, port: 80 }');
  const { code, out } = await importing([file(text)]);
  expect([code, runs(out)[0]?.['spec']]).toMatchObject([0, { service: { port: 80, portName: 'http' } }]);
});

it('says what it leaves out', async () => {
  const { code, out, err } = await importing([file(together(SERVICE, ROOM))]);
  expect([code, err]).toEqual([
    0,
    'serin: canary.yaml:2: Service web is left out: only kinds of flagger.app are imported\n',
  ]);
  expect(out).toContain("new AlertProvider(chart, 'room-alerts', {");
});

const MISSPELT = PROPER.replace('stepWeight:', 'stepWieght:')
  .replace('{ port: 80 }', '\n    port: 80\n    "x/y": { z: 1 }')
  .replace('namespace: shop', 'namespace: shop, lables: { app: web }')
  .concat('  supsend: true\nspecs: {}\n');

it('keeps unknown fields, and says which they are and what was meant', async () => {
  const { code, out, err } = await importing([file(MISSPELT)]);
  const kept = 'it is kept as a JSON patch, and API servers drop it';
  expect(code).toBe(0);
  expect(err.trim().split('\n')).toEqual([
    `serin: canary.yaml:3: metadata.lables of Canary web is unknown, did you mean labels? ${kept}`,
    `serin: canary.yaml:8: spec.service["x/y"] of Canary web is unknown: ${kept}`,
    `serin: canary.yaml:9: spec.analysis.stepWieght of Canary web is unknown, did you mean stepWeight? ${kept}`,
    `serin: canary.yaml:10: spec.supsend of Canary web is unknown, did you mean suspend? ${kept}`,
    `serin: canary.yaml:11: specs of Canary web is unknown, did you mean spec? ${kept}`,
  ]);
  expect(out).toContain("addJsonPatch(JsonPatch.add('/spec/analysis/stepWieght', 10))");
  expect(out).toContain("addJsonPatch(JsonPatch.add('/specs', {}))");
});

it('takes no known field for unknown', async () => {
  const text = together(...ODD);
  const line = text.split('\n').findIndex((one) => one.includes('x/y~z')) + 1;
  const { err } = await importing([file(text)]);
  expect(err).toBe(
    `serin: canary.yaml:${line}: spec.service["x/y~z"] of Canary 1st.web is unknown: ` +
      'it is kept as a JSON patch, and API servers drop it\n',
  );
});

it('gives every object a program of its own as JSON', async () => {
  const path = file(together(ROOM, SERVICE).concat('---\n', MISSPELT));
  const { code, out } = await importing(['--json', path]);
  const { program, objects, leftOut } = JSON.parse(out);
  expect(code).toBe(0);
  expect(leftOut).toEqual([{ file: path, line: 13, apiVersion: 'v1', kind: 'Service', name: 'web' }]);
  const [room, canary] = objects;
  expect(room).toMatchObject({ file: path, line: 1, kind: 'AlertProvider', name: 'room', namespace: 'ops' });
  expect([room.patches, room.unknown]).toEqual([[], []]);
  expect(runs(room.program)).toEqual([ROOM]);
  expect(canary.patches).toContainEqual({ op: 'add', path: '/spec/analysis/stepWieght', value: 10 });
  expect(canary.unknown).toContainEqual({ path: 'spec.analysis.stepWieght', line: 26, nearest: 'stepWeight' });
  expect(program).toContain("new AlertProvider(chart, 'room-alerts', {");
  expect(program).toContain('new Canary(chart, ');
});

it.each([
  ['another kind', together(SERVICE), 'canary.yaml:2: Service web cannot be imported: give a file with a Canary'],
  ['nothing', '# later\n', 'canary.yaml: no object in it: give a file with a Canary, MetricTemplate or AlertProvider'],
  ['broken YAML', `${PROPER}a: [\n`, 'canary.yaml:9:1: Flow sequence in block collection must be'],
  ['a template', `${PROPER}{{ if x }}: {{\n`, 'render the template first, as `helm template` does\n'],
  ['a key twice', `${PROPER}kind: Canary\n`, 'canary.yaml:8:1: Map keys must be unique: correct the YAML there\n'],
  ['a text', 'hello\n', 'canary.yaml:1: this is no Kubernetes object: give manifests only\n'],
  ['values', `${PROPER}---\na: 1\n`, 'canary.yaml:9: this is no Kubernetes object, apiVersion and kind is missing: '],
  ['a misspelt kind', PROPER.replace('kind: Canary', 'kind: Canry'), 'no kind Canry: did you mean Canary?\n'],
  ['no such kind', PROPER.replace('kind: Canary', 'kind: Release'), 'use one of MetricTemplate, AlertProvider, Canary'],
  ['no name', PROPER.replace('name: web, ', ''), 'canary.yaml:3: this Canary has no name: set metadata.name to a text'],
])('refuses %s with file, line and remedy', async (_, text, message) => {
  const { code, out, err } = await importing([file(text)]);
  expect(err).toContain(message);
  expect([code, out]).toEqual([2, '']);
});

it.each([
  ['a missing file', 'missing.yaml', '(no such file or folder)'],
  ['a folder', '.', '(this is a folder: name the files in it)'],
])('fails on %s', async (_, path, message) => {
  const { code, out, err } = await importing([join(folder, path)]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(message);
});

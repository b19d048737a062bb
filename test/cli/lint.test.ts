/** `serin lint`: files, folders and lists; errors, warnings and advice; exit codes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { aCanary } from '../fixtures';
import { aTerminal } from './fake-terminal';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-lint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const good = () => aCanary({ interval: '1m', threshold: 2, stepWeight: 10 });
const bad = () => aCanary({ interval: 'soon' });
const unwise = () => aCanary({ interval: '1m', threshold: 9, stepWeight: 10 });

function written(name: string, ...objects: object[]): string {
  const path = join(folder, name);
  writeFileSync(path, objects.map((object) => stringify(object)).join('---\n'));
  return path;
}

async function lint(...args: string[]) {
  return lintWith('', ...args);
}

async function lintWith(input: string, ...args: string[]) {
  const { terminal, written: streams } = aTerminal({}, undefined, input);
  const code = await runCommandLine(['lint', ...args], terminal);
  return { code, ...streams };
}

test('nothing to say', async () => {
  const file = written('a.yaml', good());
  const { code, out, err } = await lint('-f', file);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: `Canary test/podinfo ${file}  fine\n\n0 errors, 0 warnings\n`,
    err: '',
  });
  expect((await lint('-f', file, '--strict')).code).toBe(0);
});

test('A#1187: an error has path, value, message and remedy, and fails', async () => {
  const { code, out } = await lint('-f', written('a.yaml', bad()));
  expect(code).toBe(1);
  expect(out).toMatch(
    / {2}error {4}spec\.analysis\.interval \("soon"\) must be a duration of whole ms, s, m or h\n {11}write it like/,
  );
  expect(out).toMatch(/\n1 errors, 0 warnings\n$/);
});

test('advice is a warning: it fails where that is asked for', async () => {
  const file = written('a.yaml', unwise());
  expect((await lint('-f', file)).code).toBe(0);
  const { code, out } = await lint('-f', file, '--strict');
  expect(code).toBe(1);
  expect(out).toContain('spec.analysis.threshold (9) is more than the 5 analyses of a run');
});

test('traffic makes some advice possible', async () => {
  const file = written('a.yaml', good());
  expect((await lint('-f', file, '--traffic', '100')).out).toContain('0 warnings');
  expect((await lint('-f', file, '--traffic', '2')).out).toContain('sees about 12 requests at the first step');
});

test('standard input, alone and beside files', async () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [bad(), good()] };
  const alone = await lintWith(stringify(list), '-f', '-');
  expect(alone.code).toBe(1);
  expect(alone.out).toContain('Canary test/podinfo -\n  error    spec.analysis.interval');
  expect(alone.out).toContain('Canary test/podinfo -  fine');
  const both = await lintWith(
    JSON.stringify(good()),
    '-f',
    '-',
    '-f',
    written('a.yaml', unwise()),
    '-f',
    '-',
    '--json',
  );
  expect(JSON.parse(both.out)).toMatchObject({ errors: 0, warnings: 1 });
  expect((await lintWith('', '-f', '-')).code).toBe(2);
});

test('folders, several files, and other kinds that are left alone', async () => {
  mkdirSync(join(folder, 'deep'));
  written('deep/a.yaml', good(), { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } });
  written('deep/b.json', { ...unwise(), metadata: { name: 'other' } });
  writeFileSync(join(folder, 'notes.txt'), 'no: [yaml');
  const template = { kind: 'MetricTemplate', apiVersion: 'flagger.app/v1beta1', metadata: { name: 't' } };
  const second = written('t.yaml', { ...template, spec: { provider: { type: 'prometheus' }, query: 'up' } });
  const { code, out } = await lint('-f', join(folder, 'deep'), '-f', second, '--json');
  expect(code).toBe(1);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ errors: 1, warnings: 1 });
  expect(report.problems.map(({ object, path }: { object: string; path: string }) => `${object} ${path}`)).toEqual([
    'Canary other spec.analysis.threshold',
    'MetricTemplate t spec.provider.address',
  ]);
});

test.each([
  [['-f', 'EMPTY'], 2, /no Canary, MetricTemplate or AlertProvider in it/],
  [['-f', 'NOWHERE'], 1, /no such file or folder/],
  [['-f', 'FOLDER'], 2, /no \.yaml, \.yml or \.json file in/],
  [[], 2, /required option '-f, --file <path>'/],
])('%j is refused', async (args, code, text) => {
  mkdirSync(join(folder, 'nothing'));
  const paths: Record<string, string> = {
    EMPTY: written('empty.yaml', { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }),
    NOWHERE: join(folder, 'nope.yaml'),
    FOLDER: join(folder, 'nothing'),
  };
  const result = await lint(...args.map((arg) => paths[arg] ?? arg));
  expect(result.code).toBe(code);
  expect(result.err).toMatch(text);
});

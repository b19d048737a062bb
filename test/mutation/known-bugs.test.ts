/** Bugs that controllers had, put in on purpose: the suite finds each (`node test/mutation/known-bugs-run.mjs NAME` for one). */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Found {
  name: string;
  /** The test that failed. */
  caughtBy?: string;
  /** The bug cannot be put in as it is written. */
  problem?: string;
}

const names = globSync('known-bugs/*.ts', { cwd: __dirname }).flatMap((file) =>
  [...readFileSync(join(__dirname, file), 'utf8').matchAll(/^ {4}name: '([^']+)'/gm)].map(([, name]) => name!),
);

let found: Map<string, Found>;

beforeAll(() => {
  const runner = join(__dirname, 'known-bugs-run.mjs');
  const lines = execFileSync(process.execPath, ['--no-warnings', runner], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  found = new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => [JSON.parse(line).name, JSON.parse(line)]),
  );
}, 600_000);

test('without any bug the same tests pass', () => {
  expect(found.get('unharmed')).toEqual({ name: 'unharmed' });
});

test('there are at least 25, each under a name of its own', () => {
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(25);
  expect([...found.keys()].sort()).toEqual(['unharmed', ...names].sort());
});

test.each(names)('%s is found', (name) => {
  expect(found.get(name)?.problem).toBeUndefined();
  expect(found.get(name)?.caughtBy).toEqual(expect.any(String));
});

/**
 * `cdk8s import` of our resource definitions, for those who write no constructs of ours. Python and Go, which need caches
 * and minutes, are in test/cluster/interop.test.ts.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../cluster/control-plane/command';
import { appRepo, env, RELEASE, written } from './imported-release';

const modules = join(__dirname, '..', '..', 'node_modules');

it('F#1419, FPR#1421: gives TypeScript that compiles and synthesises what it is told', async () => {
  const cwd = await appRepo('typescript');
  const run = (...args: string[]) => command(process.execPath, args, { cwd, env, timeoutMs: 60_000 });
  mkdirSync(join(cwd, 'node_modules'));
  for (const name of ['cdk8s', 'constructs']) symlinkSync(join(modules, name), join(cwd, 'node_modules', name));
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', '--ignoreConfig'];
  await run(join(modules, 'typescript', 'bin', 'tsc'), ...flags, 'main.ts');
  await run('main.js');
  expect(written(cwd)).toEqual(RELEASE);
  rmSync(cwd, { recursive: true });
}, 90_000);

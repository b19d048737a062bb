/**
 * `cdk8s import` of our resource definitions in Python and Go: the programs of test/package/imported run and synthesise the
 * same objects as the TypeScript one. They are here, though they need no cluster, for what they need is kept in the cache.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { appRepo, env, RELEASE, written } from '../package/imported-release';
import { cached } from './control-plane/cache';
import { command } from './control-plane/command';

const modules = join(__dirname, '..', '..', 'node_modules');
const versionOf = (name: string) =>
  JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version as string;

/** The interpreter of a virtual environment with cdk8s and constructs from PyPI. */
async function pythonWithCdk8s(requirements: string): Promise<string> {
  const python = (await command('python3', ['--version'])).trim().replace(' ', '-');
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const folder = await cached(`cdk8s-${python}-${pins}`, async (draft) => {
    await command('python3', ['-m', 'venv', draft]);
    // As a module: the shebangs of bin/ name the draft's own path.
    await command(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  });
  return join(folder, 'bin', 'python');
}

/**
 * The Go binding of the installed cdk8s. Its published module is what jsii-pacmak makes of the npm package; not every proxy
 * serves it, so the same tool makes it here.
 */
function goBindingOfCdk8s(): Promise<string> {
  return cached(`cdk8s-go-${versionOf('cdk8s')}-pacmak-${versionOf('jsii-pacmak')}`, async (draft) => {
    const source = join(draft, 'source');
    cpSync(join(modules, 'cdk8s'), source, { recursive: true, dereference: true });
    mkdirSync(join(source, 'node_modules'), { recursive: true });
    symlinkSync(join(modules, 'constructs'), join(source, 'node_modules', 'constructs'));
    const pacmak = join(modules, 'jsii-pacmak', 'bin', 'jsii-pacmak');
    await command(process.execPath, [pacmak, '--target', 'go', '--outdir', draft, '--no-npmignore', source], { env });
    rmSync(source, { recursive: true });
  }).then((folder) => join(folder, 'go', 'cdk8s'));
}

test('Python', async () => {
  const cwd = await appRepo('python');
  await command(await pythonWithCdk8s(join(cwd, 'requirements.txt')), ['main.py'], { cwd, env });
  expect(written(cwd)).toEqual(RELEASE);
  rmSync(cwd, { recursive: true });
}, 300_000);

test('Go', async () => {
  const cwd = await appRepo('go');
  const go = (...args: string[]) => command('go', args, { cwd, env: { ...env, GOFLAGS: '-mod=readonly' } });
  await go('mod', 'edit', `-replace=github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2=${await goBindingOfCdk8s()}`);
  await go('vet', './...');
  await go('run', '.');
  expect(written(cwd)).toEqual(RELEASE);
  rmSync(cwd, { recursive: true });
}, 600_000);

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const built = existsSync(join(root, 'lib', 'serin.js'));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin', 'serin.js'), ...args], { encoding: 'utf8', timeout: 15_000 });

(built ? describe : describe.skip)(`the bundle${built ? '' : ' (lib/ is not built: npm run build)'}`, () => {
  it('carries the resource definitions', () => {
    const { stdout, status } = run('crds');
    expect(status).toBe(0);
    const kinds = [...stdout.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind);
    expect(kinds).toEqual(readdirSync(join(root, 'crds')).map(() => 'CustomResourceDefinition'));
  });

  it('reads kubeconfigs with the part of the Kubernetes client that is in it', () => {
    const { stderr, status } = run('controller', '--kubeconfig', join(root, 'no-such-file'));
    expect(status).not.toBe(0);
    expect(stderr).toContain('no-such-file cannot be read: check --kubeconfig');
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const lib = join(root, 'lib');
const built = existsSync(join(lib, 'constructs', 'index.js'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What bundled libraries look for, and do without. */
const OPTIONAL = new Set(['@aws-sdk/signature-v4-crt']);

// `npm install` builds lib/; who has switched its scripts off has none.
const describeBuilt = built ? describe : describe.skip;

describeBuilt(`the built package${built ? '' : ' (lib/ is not built: npm run build)'}`, () => {
  const files = (ending: string) =>
    ['constructs', 'model', 'testing'].flatMap((room) =>
      readdirSync(join(lib, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(ending))
        .map((name) => join(lib, room, name)),
    );

  it('is what package.json points at', () => {
    expect(existsSync(join(root, manifest.main))).toBe(true);
    expect(existsSync(join(root, manifest.types))).toBe(true);
  });

  it('is plain CommonJS with a Canary in it', () => {
    const { Canary, Metric, Bootstrap } = require(join(root, manifest.main));
    expect([typeof Canary, typeof Metric.successRate, Bootstrap.SYNTH]).toEqual(['function', 'function', 'synth']);
  });

  it('needs nothing but its peers', () => {
    const peers = Object.keys(manifest.peerDependencies);
    const wanted = new Set(
      files('.js').flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/require\("([^".][^"]*)"\)/g)].map(([, name]) => name ?? ''),
      ),
    );
    const strangers = [...wanted].filter((name) => !isBuiltin(name) && !peers.includes(name) && !OPTIONAL.has(name));
    expect(strangers).toEqual([]);
    expect(manifest.dependencies).toBeUndefined();
  });

  it('has rollout tests whose types are all there', () => {
    const { types, default: code } = manifest.exports['./testing'];
    expect(typeof require(join(root, code)).rollout).toBe('function');
    expect(existsSync(join(root, types))).toBe(true);
    const missing = files('.d.ts')
      .filter((name) => name.includes('/testing/'))
      .flatMap((file) =>
        [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, to = '']) =>
          join(file, '..', `${to}.d.ts`),
        ),
      )
      .filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
  });

  it('hides its internals from its types', () => {
    for (const file of files('.d.ts').filter((name) => name.includes('/constructs/'))) {
      expect(readFileSync(file, 'utf8')).not.toMatch(/@internal|_render/);
    }
  });
});

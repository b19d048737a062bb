/** The import rule of the room, in addition to test/architecture.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOM = join(__dirname, '..', '..', 'pulumi');

/** `file -> module` of every import that exists at run time. */
const imports = readdirSync(ROOM).flatMap((file) =>
  [...readFileSync(join(ROOM, file), 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms)].map(
    ([, target = '']) => `${file} -> ${target}`,
  ),
);

it('needs model, constructs, Pulumi and Node', () => {
  const allowed =
    /-> (\.\/[\w-]+|\.\.\/model\/[\w/-]+|\.\.\/constructs\/(analysis|metric|render|service|target-manifest)|@pulumi\/(pulumi|kubernetes)|node:\w+)$/;
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.filter((line) => !allowed.test(line))).toEqual([]);
});

it('sees time and the environment in the files that are there for it', () => {
  const world = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b|\bprocess\.env\b|(?<!\.)\bset(Timeout|Interval)\(/;
  const users = readdirSync(ROOM).filter((file) => world.test(readFileSync(join(ROOM, file), 'utf8')));
  expect(users.sort()).toEqual(['clock.ts', 'credentials.ts', 'kubeconfig.ts']);
});

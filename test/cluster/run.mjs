/**
 * Level 3 of the tests: the real cluster. `npm run test:cluster [-- jest arguments]`, or `-- --keep` to start the control
 * plane for work by hand until Ctrl-C. The harness itself is TypeScript (harness.ts); this file only bundles and runs it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'serin-harness-'));
const outfile = join(folder, 'harness.cjs');
await build({
  entryPoints: [join(here, 'harness.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  logLevel: 'error',
});
const { main } = createRequire(import.meta.url)(outfile);
rmSync(folder, { recursive: true });
await main(here, process.argv.slice(2));

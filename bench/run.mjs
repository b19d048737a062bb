/** Bundles the bench (TypeScript) and runs it: `npm run bench -- --help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'serin-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  entryPoints: { bench: join(here, 'scale/main.ts'), prometheus: join(here, 'scale/prometheus-main.ts') },
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  logLevel: 'error',
});
const { main } = createRequire(import.meta.url)(join(folder, 'bench.cjs'));
process.exit(await main(dirname(here), join(folder, 'prometheus.cjs'), process.argv.slice(2)));

/** Bundles the simulator for Node and runs it: `npm run simulate -- --help`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'serin-simulate-'));
const outfile = join(folder, 'simulate.cjs');
try {
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'simulation', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    sourcemap: 'inline',
    sourcesContent: false,
    // Some bundled ESM dependencies ask for their own place; CommonJS output has no import.meta.
    define: { 'import.meta.url': '__bundle_url' },
    banner: { js: "const __bundle_url = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  });
  const args = ['--enable-source-maps', outfile, join(root, 'crds'), ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

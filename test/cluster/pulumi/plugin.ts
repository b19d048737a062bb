/** Makes the stand-ins executable, under the names by which Pulumi looks for its plugins on the PATH. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const MODULES = join(__dirname, '../../../node_modules');

/**
 * Bundled, because Node does not run TypeScript in several files as it is written here.
 * @param source Name of the file in this folder, without its extension.
 * @returns Path of the executable.
 */
export function installPlugin(folder: string, name: string, source: string): string {
  const outfile = join(folder, `${source}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, `${source}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
  });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nNODE_PATH='${MODULES}' exec '${process.execPath}' '${outfile}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

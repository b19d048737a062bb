/**
 * Builds the package into lib/:
 *   lib/{constructs,model,pulumi} CommonJS with types, for `require('serin')` in app repos (any Node that cdk8s runs on)
 *   lib/serin.js                the command line with the controller, sandbox and load tester, as one file
 * `--if-stale` does nothing when lib/ is newer than every source; `npm install` calls it so (script `prepare`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lib = join(root, 'lib');
const stamp = join(lib, '.built');
const LIBRARY_SOURCES = ['model', 'constructs', 'pulumi'];
const COMMAND_SOURCES = ['model', 'constructs', 'controller', 'sandbox', 'loadtester', 'cli', 'dashboard', 'crds'];
const RECIPES = ['scripts/build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Newest modification time in a file or folder, in milliseconds; 0 when it is not there. Folders count: files leave them. */
function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), stats.mtimeMs);
}

function isFresh() {
  const builtMs = newestMs(stamp);
  const sources = [...LIBRARY_SOURCES, ...COMMAND_SOURCES, ...RECIPES];
  return builtMs > 0 && sources.every((source) => newestMs(join(root, source)) < builtMs);
}

function hasTypeScript(folder) {
  const path = join(root, folder);
  return existsSync(path) && readdirSync(path, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

/** Emits constructs/, model/ and pulumi/. Returns whether they compile. */
function buildLibrary() {
  if (!LIBRARY_SOURCES.every(hasTypeScript)) {
    console.error('build: constructs/, model/ or pulumi/ has no sources yet, lib/constructs is not built');
    return true;
  }
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (done.status !== 0) console.error('build: constructs/, model/ and pulumi/ do not compile, see above');
  else for (const room of LIBRARY_SOURCES) removeOlder(join(lib, room));
  return done.status === 0;
}

/** Removes what earlier builds emitted and this one did not: its source is gone. */
function removeOlder(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) removeOlder(path);
    else if (statSync(path).mtimeMs < startedAt.getTime()) rmSync(path);
  }
}

/**
 * Of the Kubernetes client only KubeConfig is used, and of its generated code only two classes; taking those alone saves
 * 16 MB of typed models that a bundler cannot prove to be unused.
 */
const onlyKubeConfig = {
  name: 'only-kube-config',
  setup(esbuild) {
    const client = join(root, 'node_modules', '@kubernetes', 'client-node', 'dist');
    esbuild.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(client, 'config.js') }));
    esbuild.onLoad({ filter: /client-node[/\\]dist[/\\]gen[/\\]index\.js$/ }, () => ({
      contents: `
        export { createConfiguration } from './configuration.js';
        export { ServerConfiguration } from './servers.js';
      `,
      resolveDir: join(client, 'gen'),
    }));
  },
};

/** Bundles the command line into one file, put in place by a rename so that a running `serin` never sees half of it. */
async function buildCommand() {
  const entry = join(root, 'cli', 'main.ts');
  if (!existsSync(entry)) {
    console.error('build: cli/main.ts is not there yet, lib/serin.js is not built');
    return true;
  }
  const { build } = await import('esbuild');
  const out = join(lib, 'serin.js');
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // Some bundled ESM dependencies ask for their own place; CommonJS output has no import.meta.
    define: {
      'import.meta.url': '__bundle_url',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    banner: { js: "const __bundle_url = require('node:url').pathToFileURL(__filename).href;" },
    sourcemap: 'linked',
    sourcesContent: false,
    keepNames: true,
    plugins: [onlyKubeConfig],
    loader: { '.yaml': 'text', '.html': 'text', '.css': 'text' },
    logLevel: 'warning',
  }).catch(() => undefined); // esbuild has printed why
  for (const file of result?.outputFiles ?? []) {
    writeFileSync(`${file.path}.part`, file.contents);
    renameSync(`${file.path}.part`, file.path);
  }
  return result !== undefined;
}

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);
const startedAt = new Date();
mkdirSync(lib, { recursive: true });
const [libraryBuilt, commandBuilt] = [buildLibrary(), await buildCommand()];
if (!libraryBuilt || !commandBuilt) process.exit(1);
writeFileSync(stamp, '');
utimesSync(stamp, startedAt, startedAt); // what was edited while this ran is newer than the stamp

/**
 * Builds the package into lib/:
 *   lib/{constructs,model,pulumi} CommonJS with types, for `require('serin')` in app repos (any Node that cdk8s runs on)
 *   lib/testing                 rollout tests with the controller and the sandbox, as one CommonJS file with types
 *   lib/serin.js                the command line with the controller, sandbox and load tester, as one file
 * `--out DIR` builds into another folder. `--if-stale` does nothing when lib/ is newer than every source; `npm install` calls it so (script `prepare`).
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = process.argv.indexOf('--out');
const lib = out < 0 ? join(root, 'lib') : resolve(process.argv[out + 1]);
const stamp = join(lib, '.built');
const LIBRARY_SOURCES = ['model', 'constructs', 'pulumi'];
const COMMAND_SOURCES = [
  'model',
  'constructs',
  'controller',
  'sandbox',
  'loadtester',
  'testing',
  'cli',
  'dashboard',
  'crds',
];
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
  const args = ['-p', join(root, 'tsconfig.build.json'), '--outDir', lib];
  const done = spawnSync(process.execPath, [tsc, ...args], { stdio: 'inherit' });
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

/** Of undici the connections and requests only: its door loads fetch, WebSockets, caches and stand-ins as well, half a megabyte of source. */
const onlyConnections = {
  name: 'only-connections',
  setup(esbuild) {
    esbuild.onLoad({ filter: /[/\\]node_modules[/\\]undici[/\\]index\.js$/ }, ({ path }) => ({
      contents: `
        const Dispatcher = require('./lib/dispatcher/dispatcher');
        Object.assign(Dispatcher.prototype, require('./lib/api'));
        exports.Agent = require('./lib/dispatcher/agent');
        exports.Pool = require('./lib/dispatcher/pool');
        exports.ProxyAgent = require('./lib/dispatcher/proxy-agent');
      `,
      resolveDir: dirname(path),
    }));
  },
};

/**
 * Rollout tests ask no vendor: such metrics are scripted, and a release that asks one is refused before it is played. Their
 * clients are half of the bundle.
 */
const withoutVendors = {
  name: 'without-vendors',
  setup(esbuild) {
    const filter = /^(@aws-sdk\/client-cloudwatch|google-auth-library|@influxdata\/influxdb-client)$/;
    esbuild.onResolve({ filter }, ({ path }) => ({ path, namespace: 'vendor' }));
    esbuild.onLoad({ filter: /.*/, namespace: 'vendor' }, ({ path }) => ({
      contents: `throw new Error('${path} is not part of serin/testing');`,
    }));
  },
};

/** Definitions as JSON, which is parsed in a hundredth of the time. */
const definitionsAsJson = {
  name: 'definitions-as-json',
  setup(esbuild) {
    esbuild.onLoad({ filter: /[/\\]crds[/\\]\w+\.yaml$/ }, async ({ path }) => {
      const { parse } = await import('yaml');
      return { contents: JSON.stringify(parse(readFileSync(path, 'utf8'))), loader: 'text' };
    });
  },
};

/**
 * These libraries look at the names of their classes, which a bundle changes where two are alike. Not done for all code
 * (`keepNames`): it costs a call for each function that is made, thousands of times in a tick.
 */
const keepTheirNames = {
  name: 'keep-their-names',
  setup({ onLoad, esbuild: { transform } }) {
    const filter =
      /[/\\]node_modules[/\\](@aws-sdk|@smithy|@peculiar|asn1js|cdk8s|constructs|commander|gaxios)[/\\].*\.c?js$/;
    onLoad({ filter }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { keepNames: true });
      return { contents: code, resolveDir: dirname(path) };
    });
  },
};

/** Node holds a source in twice the memory when one letter of it is not Latin-1; such letters stand in regular expressions and comments. */
const latin1 = (text) =>
  text.replace(/[^\0-\xff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Bundles a file of ours with all that it needs into one, put in place by a rename: a running `serin` never sees half of it. */
async function bundle(entry, outfile, options = {}) {
  if (!existsSync(join(root, entry))) {
    console.error(`build: ${entry} is not there yet, ${outfile} is not built`);
    return true;
  }
  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: root,
    entryPoints: [join(root, entry)],
    outfile,
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
    plugins: [onlyKubeConfig, onlyConnections, keepTheirNames],
    // A process holds the source of all that it may call: a third of it is comments and white space.
    minifyWhitespace: true,
    lineLimit: 200,
    loader: { '.yaml': 'text', '.html': 'text', '.css': 'text' },
    logLevel: 'warning',
    ...options,
  }).catch(() => undefined); // esbuild has printed why
  for (const file of result?.outputFiles ?? []) {
    mkdirSync(dirname(file.path), { recursive: true });
    writeFileSync(`${file.path}.part`, file.path.endsWith('.js') ? latin1(file.text) : file.contents);
    renameSync(`${file.path}.part`, file.path);
  }
  return result !== undefined;
}

/**
 * The types of `serin/testing`: those of its door and of what it names. Each file is declared by itself, so that nothing
 * of the controller is in the package a second time.
 */
async function declareTesting() {
  const ts = (await import('typescript')).default;
  const waiting = ['index'];
  for (const name of waiting) {
    const source = readFileSync(join(root, 'testing', `${name}.ts`), 'utf8');
    const compilerOptions = { stripInternal: true };
    const { outputText } = ts.transpileDeclaration(source, { fileName: `${name}.ts`, compilerOptions });
    writeFileSync(join(lib, 'testing', `${name}.d.ts`), outputText);
    const named = [...outputText.matchAll(/from '\.\/([^']+)'/g)].map(([, found]) => found);
    waiting.push(...named.filter((found) => !waiting.includes(found)));
  }
}

if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);
const startedAt = new Date();
mkdirSync(lib, { recursive: true });
const built = [
  buildLibrary(),
  await bundle('cli/main.ts', join(lib, 'serin.js')),
  await bundle('testing/index.ts', join(lib, 'testing', 'index.js'), {
    plugins: [onlyKubeConfig, onlyConnections, withoutVendors, definitionsAsJson],
  }),
];
if (built.includes(false)) process.exit(1);
await declareTesting();
writeFileSync(stamp, '');
utimesSync(stamp, startedAt, startedAt); // what was edited while this ran is newer than the stamp

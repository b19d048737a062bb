/**
 * Generates docs/api/ from the JSDoc of what `serin` and `serin/pulumi` export: `npm run docs:api`. An export without a
 * sentence is an error. `--check` only says what is stale.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const apiFolder = join(root, 'docs', 'api');
const check = process.argv.includes('--check');

const documentation = {
  entryPoints: ['constructs/index.ts', 'pulumi/index.ts'].map((path) => join(root, path)),
  tsconfig: join(root, 'tsconfig.build.json'),
  plugin: ['typedoc-plugin-markdown'],
  name: 'API reference',
  readme: 'none',
  // What changes without the API: lines of sources, the version.
  disableSources: true,
  includeVersion: false,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  // What comes from cdk8s, constructs and Pulumi is on their pages.
  excludeExternals: true,
  // `npm test` compiles them anyway.
  skipErrorChecking: true,
  // jsii's way: `@default - in words`, or a literal.
  jsDocCompatibility: { defaultTag: false },
  logLevel: 'Warn',
};

/** What is an error. */
const rules = {
  validation: { notDocumented: true, invalidLink: true, notExported: true, rewrittenLink: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
  requiredToBeDocumented: 'Enum EnumMember Variable Function Class Interface Method Accessor TypeAlias'.split(' '),
  // Steps of a computed type.
  intentionallyNotExported: ['pulumi/inputs.ts:Parts', 'pulumi/alert-provider.ts:Plain'],
};

/** Of the Markdown: a page an export, headings a folder. */
const form = {
  router: 'member',
  fileExtension: '.md',
  entryFileName: 'README',
  hidePageHeader: true,
  hideBreadcrumbs: false,
  useCodeBlocks: false,
  parametersFormat: 'table',
  enumMembersFormat: 'table',
  indexFormat: 'table',
};

const draft = mkdtempSync(join(tmpdir(), 'serin-api-'));
process.on('exit', () => rmSync(draft, { recursive: true }));
// Without `out` typedoc would clear docs/.
const app = await Application.bootstrapWithPlugins({ ...documentation, ...rules, ...form, out: draft });
const project = await app.convert();
if (!project) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
process.exitCode = settle(draft);

/** Puts the pages of `from` in place, or says which are stale. Returns the exit code. */
function settle(from) {
  const [made, there] = [pages(from), pages(apiFolder)];
  const stale = [
    ...made.filter((name) => !there.includes(name) || text(from, name) !== text(apiFolder, name)),
    ...there.filter((name) => !made.includes(name)),
  ];
  for (const name of stale) {
    const path = join(apiFolder, name);
    if (check) {
      console.error(`docs/api/${name} is stale: run \`npm run docs:api\``);
    } else if (made.includes(name)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text(from, name));
    } else {
      rmSync(path);
    }
  }
  if (!check) console.log(`docs/api: ${made.length} pages, ${stale.length} of them new or changed`);
  return check && stale.length > 0 ? 1 : 0;
}

function pages(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
}

function text(folder, name) {
  return readFileSync(join(folder, name), 'utf8');
}

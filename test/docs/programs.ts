/** The programs of the pages: compiled together, and each run as `cdk8s synth` runs it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../model/kube';
import { DOCS, type Page, textsOf } from './pages';

const ROOT = join(DOCS, '..');

const sourceOf = (shown: Page, kind: string): string => textsOf(shown, kind).join('\n');

/** What the compiler says of all programs at once, one text each; they are files in memory, beside their pages. */
export function compilerErrors(pages: readonly Page[], kind = 'ts'): string[] {
  const sources = new Map(pages.map((shown) => [join(DOCS, `${shown.path}.ts`), sourceOf(shown, kind)]));
  const options = optionsOf(join(ROOT, 'tsconfig.json'));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  const program = ts.createProgram([...sources.keys()], options, host);
  const files = [...sources.keys()].map((path) => program.getSourceFile(path));
  return files
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

function optionsOf(path: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT, path);
  return { ...options, noEmit: true, types: ['node'] };
}

/** The objects that a page's program writes. */
export function synthesised(shown: Page, kind = 'ts'): KubeObject[] {
  const outdir = mkdtempSync(join(tmpdir(), 'serin-docs-'));
  const before = process.env['CDK8S_OUTDIR'];
  process.env['CDK8S_OUTDIR'] = outdir;
  try {
    const options = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS };
    const { outputText } = ts.transpileModule(sourceOf(shown, kind), { compilerOptions: options });
    new Function('require', 'exports', outputText)((name: string) => modules[name]?.(), {});
    return readdirSync(outdir)
      .sort()
      .flatMap((file) => parseAllDocuments(readFileSync(join(outdir, file), 'utf8')))
      .map((document) => document.toJS() as KubeObject);
  } finally {
    if (before === undefined) delete process.env['CDK8S_OUTDIR'];
    else process.env['CDK8S_OUTDIR'] = before;
    rmSync(outdir, { recursive: true });
  }
}

/** What programs may import. */
const modules: Record<string, () => unknown> = {
  cdk8s: () => require('cdk8s'),
  'cdk8s-plus-27': () => require('cdk8s-plus-27'),
  'cdk8s-plus-33': () => require('cdk8s-plus-33'),
  serin: () => require('../../constructs'),
};

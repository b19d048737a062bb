/** App repos that know Serin only by `cdk8s import` of its definitions: the programs in imported/, one a language. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { command } from '../cluster/control-plane/command';

const root = join(__dirname, '..', '..');
const PROGRAMS = join(__dirname, 'imported');

export type Language = 'typescript' | 'python' | 'go';

/** The environment of app repos: our Node first, none of jest's flags. */
export const env = {
  NODE_OPTIONS: '',
  CDK8S_OUTDIR: 'dist',
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
};

/** A temporary app repo with the program of a language and, in imports/, what `cdk8s import` made for it. */
export async function appRepo(language: Language): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `serin-${language}-`));
  cpSync(join(PROGRAMS, language), folder, { recursive: true });
  const definitions = readdirSync(join(root, 'crds')).map((name) => readFileSync(join(root, 'crds', name), 'utf8'));
  writeFileSync(join(folder, 'crds.yaml'), definitions.join('---\n'));
  const cdk8s = join(root, 'node_modules', 'cdk8s-cli', 'bin', 'cdk8s');
  const flags = ['--check-upgrade=false', '--language', language, '-o', 'imports'];
  await command(process.execPath, [cdk8s, 'import', 'crds.yaml', ...flags], { cwd: folder, env, timeoutMs: 120_000 });
  return folder;
}

const objectsOf = (path: string): unknown[] =>
  parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS());

/** The objects that the program in an app repo wrote. */
export const written = (folder: string): unknown[] => objectsOf(join(folder, 'dist', 'release.k8s.yaml'));

/** What it should write. */
export const RELEASE = objectsOf(join(PROGRAMS, 'release.yaml'));

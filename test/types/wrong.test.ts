/** The compiler refuses the programs of test/types/wrong, each wrong line for the reason that it gives. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(__dirname, 'wrong');
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
const MARK = /^\/\/ @ts-expect-error (TS\d+): .+$/;

/** What the compiler says when nobody expects it: `file:line code`. */
function refused(): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const host = ts.createCompilerHost({ ...options, types: ['node'] });
  const { readFile } = host;
  host.getSourceFile = (path, target) => {
    const text = readFile(path);
    const bare = files.includes(path) ? text?.replaceAll('@ts-expect-error', '') : text;
    return bare === undefined ? undefined : ts.createSourceFile(path, bare, target);
  };
  const program = ts.createProgram(files, { ...options, types: ['node'] }, host);
  return files.flatMap((path) => {
    const source = program.getSourceFile(path)!;
    return program.getSemanticDiagnostics(source).map(({ start = 0, code }) => {
      return `${path}:${source.getLineAndCharacterOfPosition(start).line} TS${code}`;
    });
  });
}

it('wrong programs do not compile, and right ones do', () => {
  const marked = files.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line, index) => ({ place: `${path}:${index + 1}`, code: MARK.exec(line)?.[1] }))
      .filter(({ code }) => code !== undefined)
      .map(({ place, code }) => `${place} ${code}`),
  );
  expect(marked.length).toBeGreaterThan(30);
  expect([...new Set(refused())]).toEqual(marked);
});

it('every expectation says its reason', () => {
  const lines = files.flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  expect(lines.filter((line) => line.includes('@ts-expect-error') && !MARK.test(line))).toEqual([]);
});

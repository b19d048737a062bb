/** The load tester runs no shell: what a shell would act on is a word, or refused. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { realClock } from '../../controller/clock';
import { processRunner } from '../../loadtester/processes';
import { parseProgram } from '../../loadtester/program';
import { TaskRefused } from '../../loadtester/task-refused';
import { LIMIT_MS, nastyText, tried } from './cases';

const folder = mkdtempSync(join(tmpdir(), 'serin-hostile-'));
const canary = join(folder, 'touched');

afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  `$(touch ${canary})`,
  `\`touch ${canary}\``,
  `; touch ${canary}`,
  `&& touch ${canary}`,
  `| tee ${canary}`,
  `> ${canary}`,
  `\n touch ${canary}`,
  `' ; touch ${canary} ; '`,
])('as an argument of a program, %j is a word', async (argument) => {
  const run = processRunner(realClock());
  const code = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const signal = new AbortController().signal;
  const { stdout } = await run(process.execPath, ['-e', code, '--', argument], { signal });
  expect(JSON.parse(stdout)).toEqual([argument]);
  expect(existsSync(canary)).toBe(false);
});

test.each([
  `curl http://a/ ; touch ${canary}`,
  `curl $(touch ${canary}) http://a/`,
  `curl http://a/ > ${canary}`,
  `hey -z 1s \`touch ${canary}\` http://a/`,
  `curl http://a/ & touch ${canary}`,
  `sh -c "touch ${canary}"`,
  `curl -o ${canary} http://a/`,
  `curl file:///etc/passwd`,
  `curl -d @/etc/passwd http://a/`,
  `curl -K ${canary} http://a/`,
])('as a command, %j is refused before anything of it runs', (line) => {
  expect(() => parseProgram(line)).toThrow(TaskRefused);
  expect(existsSync(canary)).toBe(false);
});

test(
  '1,000 command lines: words or a refusal, never another exception',
  () => {
    const line = fc.array(
      fc.oneof(nastyText, fc.constantFrom('curl', 'hey', 'http://a/', '|', '&&', "'", '"', '-d', '-z')),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(line, (words) => {
        try {
          parseProgram(words.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(TaskRefused);
        }
      }),
      tried(1000),
    );
  },
  LIMIT_MS,
);

test('no source of ours can start a shell', () => {
  const sources = globSync('{loadtester,controller,model}/**/*.ts', { cwd: join(__dirname, '../..') });
  const starts = /\b(exec|execSync|execFileSync|spawnSync)\(|shell: true|child_process/;
  const guilty = sources.filter((file) => {
    const text = readFileSync(join(__dirname, '../..', file), 'utf8').replace(/\.exec\(/g, '');
    return starts.test(text);
  });
  expect(guilty).toEqual(['loadtester/processes.ts']);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mortal } from './control-plane/daemon';

/** Suites that take minutes, the slowest first: one of them begun last would keep everybody waiting. */
const SLOWEST = ['tutorial', 'pulumi', 'gitops', 'rights', 'traffic'];

/** Paths of all suites in `folder`, in the order in which they are begun. */
export function allSuites(folder: string): string[] {
  const rank = (name: string) => (SLOWEST.indexOf(name) + SLOWEST.length + 1) % (SLOWEST.length + 1);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.test.ts'.length))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => join(folder, `${name}.test.ts`));
}

/** One run of jest against a plane. */
export interface SuiteRun {
  /** Absolute path of test/cluster. */
  here: string;
  /** For jest: patterns of files, names of tests. */
  args: string[];
  /** The file with the facts of the plane. */
  factsPath: string;
  /** Where jest leaves its results. */
  results: string;
  /** What it says comes when it has ended, in one piece: another run speaks at the same time. */
  quiet: boolean;
}

/** Running jests: each the leader of a process group of its own, so that what its suites started can be ended with it. */
const running = new Set<ChildProcess>();

/** Ends all that runs. */
export function endSuites(): void {
  for (const child of running) endGroup(child);
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty: all of it has ended already.
  }
}

/** Resolves with jest's exit code, when nothing that it started runs any more. */
export function runSuites({ here, args, factsPath, results, quiet }: SuiteRun): Promise<number> {
  const root = resolve(here, '../..');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const [first, ...rest] = mortal(process.execPath, [
    ...['--experimental-vm-modules', '--no-warnings', jest],
    ...['--config', join(here, 'jest.config.cjs'), '--runInBand', '--json', `--outputFile=${results}`],
    ...args,
  ]);
  const child = spawn(first, rest, {
    cwd: root,
    env: { ...process.env, SERIN_TEST_PLANE: factsPath },
    // Standard output has only jest's JSON, which goes to the file too.
    stdio: ['ignore', 'ignore', quiet ? 'pipe' : 'inherit'],
    detached: true,
  });
  running.add(child);
  const said: Buffer[] = [];
  child.stderr?.on('data', (data: Buffer) => said.push(data));
  return new Promise((done) => {
    const end = (code: number) => {
      endGroup(child);
      running.delete(child);
      process.stderr.write(Buffer.concat(said));
      done(code);
    };
    child.on('error', () => end(1));
    child.on('exit', (code) => end(code ?? 1));
  });
}

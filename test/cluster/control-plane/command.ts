import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Text for standard input. */
  input?: string;
  /** Ends the command with SIGKILL after this time. */
  timeoutMs?: number;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, whatever its exit code. `code` is -1 when it could not start or was killed. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ code: -1, stdout, stderr: stderr + error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a command and returns its standard output. @throws Error with the end of its standard error when it fails. */
export async function command(name: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(name, args, options);
  if (code === 0) return stdout;
  throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${stderr.slice(-2000) || stdout.slice(-2000)}`);
}

/** Runs a long command politely (nice 10) with its output in `<folder>/build.log`. @throws Error with the log's end. */
export async function build(name: string, args: readonly string[], logFolder: string, options: CommandOptions) {
  const log = join(logFolder, 'build.log');
  const output = openSync(log, 'a');
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn('nice', ['-n', '10', name, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', output, output],
    });
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => closeSync(output));
  if (code !== 0) throw new Error(`${name} ${args[0]} ended with ${code}:\n${readFileSync(log, 'utf8').slice(-3000)}`);
}

/** Programs as processes: never through a shell, in a group of their own, so that nothing outlives its task (L5). */
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../model/ports';
import { CappedOutput } from './capped-output';

export interface ProcessResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both, in the order in which they came. */
  output: string;
}

export interface ProcessOptions {
  /** Ends the process and all it started. */
  signal: AbortSignal;
  /** Standard input. @default empty */
  input?: string;
  onStarted?: () => void;
}

/** @throws Error when the program cannot be started. */
export type RunProcess = (program: string, args: readonly string[], options: ProcessOptions) => Promise<ProcessResult>;

/** Between asking a process to end and making it. */
const GRACE_MS = 2_000;
/** For what is left in the pipes when a process has ended: something that left its group may hold them open. */
const LINGER_MS = 200;

/** @param env of the processes; absent: that of this one. */
export function processRunner(clock: Clock, env?: NodeJS.ProcessEnv): RunProcess {
  return (program, args, options) => {
    const child = spawn(program, args, { stdio: 'pipe', shell: false, detached: true, ...(env && { env }) });
    return new Run(clock, program, child, options).result;
  };
}

class Run {
  readonly result: Promise<ProcessResult>;
  private readonly stdout = new CappedOutput();
  private readonly stderr = new CappedOutput();
  private readonly output = new CappedOutput();

  constructor(
    private readonly clock: Clock,
    program: string,
    private readonly child: ChildProcess,
    { signal, input = '', onStarted }: ProcessOptions,
  ) {
    this.collect(child.stdout, this.stdout);
    this.collect(child.stderr, this.stderr);
    child.on('spawn', () => onStarted?.());
    // a program that does not read its input is no error
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const end = () => this.end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.result = this.exit(program).finally(() => signal.removeEventListener('abort', end));
  }

  private collect(stream: NodeJS.ReadableStream | null, into: CappedOutput): void {
    const decoder = new StringDecoder('utf8');
    stream?.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      into.add(text);
      this.output.add(text);
    });
  }

  private exit(program: string): Promise<ProcessResult> {
    return new Promise((resolve, reject) => {
      this.child.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ENOENT' ? new Error(`${program}: command not found`) : error);
      });
      const finish = (code: number | null, signal: string | null) => {
        lingering?.cancel();
        const exitCode = code ?? (signal === null ? 1 : 128);
        resolve({ exitCode, stdout: this.stdout.text(), stderr: this.stderr.text(), output: this.output.text() });
      };
      let lingering: { cancel(): void } | undefined;
      this.child.once('exit', (code, signal) => {
        // what it left in the background goes with it
        this.kill('SIGKILL');
        lingering = this.clock.after(LINGER_MS, () => {
          this.child.stdout?.destroy();
          this.child.stderr?.destroy();
        });
        this.child.once('close', () => finish(code, signal));
      });
    });
  }

  private end(): void {
    this.kill('SIGTERM');
    const timer = this.clock.after(GRACE_MS, () => this.kill('SIGKILL'));
    this.child.once('close', () => timer.cancel());
  }

  /** The whole group. */
  private kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // it has ended already
    }
  }
}

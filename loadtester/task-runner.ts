import { formatDuration } from '../model/duration';
import { pause } from '../model/patience';
import type { Clock } from '../model/ports';

export type TaskResult = { ok: true; output: string } | { ok: false; output: string; error: string };

export interface Task {
  /** `<name>.<namespace>` of the Canary. */
  canary: string;
  /** `cmd` or `bash`, for example. */
  type: string;
  /** The command line as it was written. */
  line: string;
  /** `started` may be called when the task has begun to do what it is for. */
  run(signal: AbortSignal, started: () => void): Promise<{ exitCode: number; output: string }>;
}

export interface TaskRunnerOptions {
  clock: Clock;
  /** Of one task. */
  timeoutMs: number;
  /** Tasks at once, of both kinds. */
  maxRunning: number;
  onStart(task: Task): void;
  onSkip(task: Task): void;
  onEnd(task: Task, result: TaskResult): void;
}

/** Too many tasks run already. */
export class TooManyTasks extends Error {}

interface Running {
  end: AbortController;
  result: Promise<TaskResult>;
  started: Promise<void>;
  /** Clients that wait for it; a background task has none and is never ended for want of them. */
  waiting: number;
}

/** What a stop gives tasks to clean up behind themselves. */
const CLEAN_UP_MS = 3_000;

/** Runs tasks: identical ones (Canary, type and command) once at a time, each within its time. */
export class TaskRunner {
  private readonly running = new Map<string, Running>();
  /** Tasks with a result that still clean up. */
  private readonly leaving = new Set<Promise<unknown>>();

  constructor(private readonly options: TaskRunnerOptions) {}

  /** Starts a background task unless it is running already. @throws TooManyTasks */
  start(task: Task): void {
    if (this.running.has(identity(task))) this.options.onSkip(task);
    else this.begin(task);
  }

  /**
   * Starts a background task, or finds it running, and waits until it has begun in earnest or ended.
   * @returns its result when it has ended, undefined when it runs, `silent` when neither happened in time.
   * @throws TooManyTasks
   */
  async startAndSee(task: Task, limitMs: number): Promise<TaskResult | 'silent' | undefined> {
    this.start(task);
    const running = this.running.get(identity(task));
    if (running === undefined) return undefined;
    const seen = new AbortController();
    const silent = pause(this.options.clock, limitMs, seen.signal).then(() => 'silent' as const);
    const result = await Promise.race([running.started, running.result, silent]);
    seen.abort();
    return result ?? undefined;
  }

  /** Runs a task for a client, or joins the one that is running. It ends when no client waits any more. @throws TooManyTasks */
  async wait(task: Task, client: AbortSignal | undefined): Promise<TaskResult> {
    const running = this.running.get(identity(task)) ?? this.begin(task);
    running.waiting++;
    const leave = () => {
      if (--running.waiting === 0) running.end.abort('the client is gone');
    };
    client?.addEventListener('abort', leave, { once: true });
    if (client?.aborted) leave();
    try {
      return await running.result;
    } finally {
      client?.removeEventListener('abort', leave);
    }
  }

  count(): number {
    return this.running.size;
  }

  /** Ends every task, waits for them, and a little for what they clean up. */
  async stop(): Promise<void> {
    const all = [...this.running.values()];
    for (const { end } of all) end.abort('the load tester stops');
    await Promise.all(all.map(({ result }) => result));
    const gone = new AbortController();
    await Promise.race([Promise.all(this.leaving), pause(this.options.clock, CLEAN_UP_MS, gone.signal)]);
    gone.abort();
  }

  private begin(task: Task): Running {
    if (this.running.size >= this.options.maxRunning) {
      throw new TooManyTasks(`${this.running.size} tasks are running, that is the limit`);
    }
    this.options.onStart(task);
    const end = new AbortController();
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const outcome = outcomeOf(task, end.signal, started);
    const gone = outcome.finally(() => this.leaving.delete(gone));
    this.leaving.add(gone);
    const running: Running = { end, waiting: 0, started: hasStarted, result: this.guarded(task, end, outcome) };
    this.running.set(identity(task), running);
    return running;
  }

  /** Never rejects, and does not wait for a task that ignores its end. */
  private async guarded(task: Task, end: AbortController, outcome: Promise<TaskResult>): Promise<TaskResult> {
    const { clock, timeoutMs } = this.options;
    const timer = clock.after(timeoutMs, () => end.abort(`timeout after ${formatDuration(timeoutMs)}`));
    const ended = new Promise<TaskResult>((resolve) => {
      const stop = () => resolve({ ok: false, output: '', error: String(end.signal.reason) });
      end.signal.addEventListener('abort', stop, { once: true });
    });
    const result = await Promise.race([outcome, ended]);
    timer.cancel();
    this.running.delete(identity(task));
    this.options.onEnd(task, result);
    return result;
  }
}

async function outcomeOf(task: Task, signal: AbortSignal, started: () => void): Promise<TaskResult> {
  try {
    const { exitCode, output } = await task.run(signal, started);
    return exitCode === 0 ? { ok: true, output } : { ok: false, output, error: `exit status ${exitCode}` };
  } catch (error) {
    return { ok: false, output: '', error: (error as Error).message };
  }
}

function identity({ canary, type, line }: Task): string {
  return JSON.stringify([canary, type, line]);
}

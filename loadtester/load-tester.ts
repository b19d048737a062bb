import { timingSafeEqual } from 'node:crypto';
import type { Clock, Http, HttpRequest, HttpResponse } from '../model/ports';
import { answer } from './answer';
import { type Gate, type GateStore, Gates } from './gates';
import { keyFiles, type ReadKey } from './key-file';
import { type GenerateLoad, loadGenerator } from './load';
import { type HookPayload, parsePayload } from './payload';
import { processRunner } from './processes';
import { type Listening, serveHttp } from './serve';
import { type BuiltTask, buildTask, failureText, TASK_TYPES, type TaskWorld } from './task-builder';
import { TaskMetrics } from './task-metrics';
import { TaskRefused } from './task-refused';
import { type Task, type TaskResult, TaskRunner, TooManyTasks } from './task-runner';

export interface LoadTesterLog {
  level: 'debug' | 'info' | 'error';
  msg: string;
  /** `<name>.<namespace>` */
  canary?: string;
}

export interface LoadTesterOptions {
  /** Carries the generated requests. */
  http: Http;
  clock: Clock;
  /** Must match the whole namespace of a payload (L4); absent or empty allows all. */
  namespaceRegexp?: string;
  /** Of one task. @defaultValue 1 h */
  timeoutMs?: number;
  /** When set, tasks and gates need `Authorization: Bearer <token>`, or the token as a basic password, and POST. */
  token?: string;
  /** 0 to 1, spreads the workers of a load. @defaultValue no spread */
  random?: () => number;
  /** Makes the load instead of sending requests: a simulated world counts faster than it can send. */
  generate?: GenerateLoad;
  /** Tasks at once. @defaultValue 64 */
  maxRunning?: number;
  /**
   * Programs that hooks may run as processes, without a shell: `helm` and `kubectl` for the task types of that name,
   * and others (ghz, wrk) by their name in a command.
   * @defaultValue none
   */
  programs?: readonly string[];
  /** Environment of those processes. @defaultValue that of this one */
  processEnv?: NodeJS.ProcessEnv;
  /** Reads the keys that hooks name (concord). @defaultValue files in /tmp */
  readKey?: ReadKey;
  /** An opened gate lets one revision pass and is closed for the next (L6). @defaultValue false */
  closeGatesAfterUse?: boolean;
  /** Where opened gates survive a restart. @defaultValue gates live in memory */
  gateStore?: GateStore;
  log?: (entry: LoadTesterLog) => void;
  /** Called after a gate was opened or closed. */
  onGate?: (gate: Gate & { open: boolean }) => void;
}

export interface LoadTester {
  /** Answers in process. */
  handle: Http;
  /** Listens with plain HTTP; port 0 takes a free one. */
  serve(port: number, host: string): Promise<Listening>;
  /** Ends all tasks. */
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const MAX_BODY_BYTES = 1024 * 1024;
/** What `waitForStart` waits for the first answer; hooks themselves wait 10 s. */
const START_LIMIT_MS = 5_000;

/**
 * Makes the hook endpoints of spec traffic-and-metrics 7.
 * @throws Error when `namespaceRegexp` is not a pattern.
 */
export function createLoadTester(options: LoadTesterOptions): LoadTester {
  const tester = new Endpoints(options);
  const handle: Http = (request) => tester.handle(request);
  return {
    handle,
    serve: (port, host) => serveHttp({ handle, clock: options.clock, maxBodyBytes: MAX_BODY_BYTES }, port, host),
    stop: () => tester.stop(),
  };
}

class Endpoints {
  private readonly gates: Gates;
  private readonly metrics = new TaskMetrics();
  private readonly tasks: TaskRunner;
  private readonly world: TaskWorld;
  private readonly allowedNamespace: RegExp | undefined;

  constructor(private readonly options: LoadTesterOptions) {
    const { clock, namespaceRegexp } = options;
    this.gates = gatesOf(options);
    this.world = worldOf(options, this.metrics);
    this.allowedNamespace = namespaceRegexp ? new RegExp(`^(?:${namespaceRegexp})$`) : undefined;
    this.tasks = new TaskRunner({
      clock,
      timeoutMs: options.timeoutMs ?? HOUR_MS,
      maxRunning: options.maxRunning ?? 64,
      onStart: ({ canary, line }) => this.log('info', `task starting ${line}`, canary),
      onSkip: (task) => this.skipped(task),
      onEnd: (task, result) => this.ended(task, result),
    });
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case '/healthz':
        return answer(200, 'OK');
      case '/metrics':
        this.metrics.tasksRunning(this.tasks.count());
        return answer(200, await this.metrics.registry.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
      case '/gate/approve':
        return answer(200, 'OK');
      case '/gate/halt':
        return answer(403, 'Forbidden');
      default:
        return this.guarded(pathname, request);
    }
  }

  async stop(): Promise<void> {
    await this.tasks.stop();
    await this.gates.flush();
  }

  private async guarded(path: string, request: HttpRequest): Promise<HttpResponse> {
    if (!this.authorized(request)) return answer(401, 'Unauthorized');
    const reads = path === '/gate/check' || path === '/rollback/check';
    if (this.options.token && !reads && request.method !== 'POST') return answer(405, 'Method Not Allowed');
    if (Buffer.byteLength(request.body ?? '') > MAX_BODY_BYTES) return answer(413, 'Payload Too Large');
    const payload = parsePayload(request.body ?? '');
    if (payload === undefined) return answer(400);
    if (this.allowedNamespace?.test(payload.namespace) === false) return answer(403, 'Forbidden');
    const [, kind, verb] = /^\/(gate|rollback)\/(check|open|close)$/.exec(path) ?? [];
    if (kind === undefined) return this.runTask(payload, request.signal);
    const gate: Gate = { kind: kind as Gate['kind'], name: payload.name, namespace: payload.namespace };
    await this.gates.load();
    return verb === 'check' ? this.checkGate(gate, payload.checksum) : this.setGate(gate, verb === 'open');
  }

  private authorized({ headers }: HttpRequest): boolean {
    const { token } = this.options;
    if (!token) return true;
    const [, scheme = '', credentials = ''] = /^(\w+) +(\S+)$/.exec(headers?.['authorization'] ?? '') ?? [];
    if (scheme.toLowerCase() === 'bearer') return sameText(credentials, token);
    // a webhook can only carry credentials in its URL: http://any:<token>@flagger-loadtester.test/
    const password = Buffer.from(credentials, 'base64')
      .toString()
      .replace(/^[^:]*:/, '');
    return scheme.toLowerCase() === 'basic' && sameText(password, token);
  }

  private checkGate(gate: Gate, checksum: string): HttpResponse {
    const approved = this.gates.check(gate, checksum);
    this.log('info', `${gate.name}.${gate.namespace} ${gate.kind} check: approved ${approved}`);
    return approved ? answer(200, 'Approved') : answer(403, 'Forbidden');
  }

  private setGate(gate: Gate, open: boolean): HttpResponse {
    this.gates.set(gate, open);
    this.log('info', `${gate.name}.${gate.namespace} ${gate.kind} ${open ? 'opened' : 'closed'}`);
    this.options.onGate?.({ ...gate, open });
    return answer(202);
  }

  private async runTask(payload: HookPayload, client: AbortSignal | undefined): Promise<HttpResponse> {
    const { metadata } = payload;
    if (Object.keys(metadata).length === 0) return answer(400, 'metadata not found in payload');
    const type = metadata['type'] ?? 'cmd';
    try {
      const task = buildTask(payload, type, this.world);
      if (task.blocking) return await this.blocking(task, metadata['returnCmdOutput'] === 'true', client);
      if (metadata['waitForStart'] === 'true') return await this.startAndSee(task);
      this.tasks.start(task);
      return answer(202);
    } catch (error) {
      return this.refusal(error, payload, type);
    }
  }

  private refusal(error: unknown, payload: HookPayload, type: string): HttpResponse {
    if (!(error instanceof TaskRefused || error instanceof TooManyTasks)) throw error;
    const canary = `${payload.name}.${payload.namespace}`;
    const known = (TASK_TYPES as readonly string[]).includes(type);
    this.metrics.task(canary, known ? type : 'unknown', 'refused');
    this.log('error', `command refused ${payload.metadata['cmd'] ?? type}: ${error.message}`, canary);
    return answer(error instanceof TooManyTasks ? 503 : 400, error.message);
  }

  private async blocking(task: BuiltTask, returnOutput: boolean, client: AbortSignal | undefined) {
    const result = await this.tasks.wait(task, client);
    return result.ok ? answer(200, returnOutput ? result.output : '') : answer(500, failureText(task, result));
  }

  /** A load that does not get anywhere is told to the hook, not to the log alone (L7). */
  private async startAndSee(task: BuiltTask): Promise<HttpResponse> {
    const seen = await this.tasks.startAndSee(task, START_LIMIT_MS);
    if (seen === undefined) return answer(202);
    if (seen === 'silent') {
      return answer(500, `command ${task.line} has not started: no answer within ${START_LIMIT_MS / 1000}s`);
    }
    return seen.ok ? answer(202) : answer(500, failureText(task, seen));
  }

  private skipped({ canary, type, line }: Task): void {
    this.metrics.task(canary, type, 'skipped');
    this.log('info', `command skipped ${line} is already running`, canary);
  }

  private ended(task: Task & { logsOutput?: boolean }, result: TaskResult): void {
    const { canary, type, line } = task;
    this.metrics.task(canary, type, result.ok ? 'succeeded' : 'failed');
    if (result.ok) this.log('info', `command finished ${line}`, canary);
    else this.log('error', `command failed ${line} ${result.error} ${result.output}`, canary);
    if (result.ok && task.logsOutput && result.output !== '') this.log('info', result.output, canary);
  }

  private log(level: LoadTesterLog['level'], msg: string, canary?: string): void {
    this.options.log?.(canary === undefined ? { level, msg } : { level, msg, canary });
  }
}

function gatesOf({ closeGatesAfterUse = false, gateStore, log }: LoadTesterOptions): Gates {
  return new Gates({
    closeAfterUse: closeGatesAfterUse,
    ...(gateStore && { store: gateStore }),
    onProblem: (msg) => log?.({ level: 'error', msg }),
  });
}

function worldOf(options: LoadTesterOptions, metrics: TaskMetrics): TaskWorld {
  const { http, clock, random = () => 0, generate, programs = [], processEnv, readKey = keyFiles(['/tmp']) } = options;
  // a load that is made up is answered as soon as it begins
  const simulated: GenerateLoad | undefined =
    generate &&
    ((load, signal, onAnswer) => {
      onAnswer?.();
      return generate(load, signal);
    });
  const run = processRunner(clock, processEnv);
  return { http, clock, metrics, programs, readKey, run, generate: simulated ?? loadGenerator(http, clock, random) };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** From a hook's payload to a task that can be run. */
import type { Clock, Http } from '../model/ports';
import { parseConcord, runConcord } from './concord';
import type { ReadKey } from './key-file';
import type { GenerateLoad } from './load';
import { required } from './metadata';
import { parseNgrinder, runNgrinder } from './ngrinder';
import type { HookPayload } from './payload';
import type { RunProcess } from './processes';
import { parseProgram, runProgram } from './program';
import type { TaskMetrics } from './task-metrics';
import { TaskRefused } from './task-refused';
import type { Task, TaskResult } from './task-runner';
import { parseArguments } from './words';

export interface TaskWorld {
  http: Http;
  clock: Clock;
  generate: GenerateLoad;
  metrics: TaskMetrics;
  /** Names that are run as processes. */
  programs: readonly string[];
  run: RunProcess;
  readKey: ReadKey;
}

export interface BuiltTask extends Task {
  /** The client waits for its end. */
  blocking: boolean;
  logsOutput: boolean;
}

/** The task types, and the program behind those that have one. */
export const TASK_TYPES = ['cmd', 'bash', 'helm', 'helmv3', 'kubectl', 'concord', 'ngrinder'] as const;
const PROGRAMS: Record<string, string> = { helm: 'helm', helmv3: 'helm', kubectl: 'kubectl' };

/** @throws TaskRefused before anything runs. */
export function buildTask(payload: HookPayload, type: string, world: TaskWorld): BuiltTask {
  const canary = `${payload.name}.${payload.namespace}`;
  const logsOutput = type !== 'cmd' || payload.metadata['logCmdOutput'] === 'true';
  const blocking = type !== 'cmd' && type !== 'ngrinder';
  return { canary, type, logsOutput, blocking, ...workOf(payload, type, world, canary) };
}

type Work = Pick<Task, 'line' | 'run'>;

function workOf({ metadata }: HookPayload, type: string, world: TaskWorld, canary: string): Work {
  switch (type) {
    case 'cmd':
    case 'bash':
      return commandWork(required(metadata, 'cmd'), world, canary);
    case 'helm':
    case 'helmv3':
    case 'kubectl':
      return processWork(required(metadata, 'cmd'), type, world);
    case 'concord': {
      const run = parseConcord(metadata);
      const { org, project, repo, entryPoint } = run.form;
      const line = `concord ${run.server} ${org}/${project}/${repo}/${entryPoint}`;
      return { line, run: (signal) => silent(runConcord(run, world, signal)) };
    }
    case 'ngrinder': {
      const run = parseNgrinder(metadata);
      const line = `ngrinder ${run.server} ${run.clone}`;
      return { line, run: (signal, started) => silent(runNgrinder(run, world, signal, started)) };
    }
    default:
      throw new TaskRefused(`unknown task type ${type}`);
  }
}

async function silent(work: Promise<void>): Promise<{ exitCode: number; output: string }> {
  await work;
  return { exitCode: 0, output: '' };
}

function commandWork(line: string, world: TaskWorld, canary: string): Work {
  const program = parseProgram(line, world.programs);
  const generate: GenerateLoad = async (load, signal, onAnswer) => {
    const summary = await world.generate(load, signal, onAnswer);
    for (const [code, count] of Object.entries({ ...summary.statusCodes, ...summary.errors })) {
      world.metrics.request(canary, code, count);
    }
    return summary;
  };
  const { http, clock, run } = world;
  return { line, run: (signal, onStarted) => runProgram(program, { http, clock, generate, run, onStarted }, signal) };
}

function processWork(line: string, type: string, { programs, run }: TaskWorld): Work {
  const program = PROGRAMS[type] ?? type;
  if (!programs.includes(program)) {
    throw new TaskRefused(`task type ${type} is not enabled: ${program} is not among the programs of this load tester`);
  }
  const args = parseArguments(line);
  return { line, run: (signal, onStarted) => run(program, args, { signal, onStarted }) };
}

/** What a client hears of a task that failed. */
export function failureText({ type, line }: Task, result: Extract<TaskResult, { ok: false }>): string {
  return type === 'concord' ? result.error : `command ${line} failed: ${result.output}: ${result.error}`;
}

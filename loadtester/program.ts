import { pause } from '../model/patience';
import type { Clock, Http } from '../model/ports';
import { CappedOutput } from './capped-output';
import { type CurlCommand, parseCurl, runCurl } from './curl';
import { type GrepCommand, parseGrep, runGrep } from './grep';
import { parseHey } from './hey';
import { type GenerateLoad, type Load, summaryText } from './load';
import { numberValue } from './options';
import type { RunProcess } from './processes';
import { CommandRefused, type Pipeline, parseCommandLine } from './words';

export interface CommandResult {
  exitCode: number;
  output: string;
  /** What a terminal would show beside the output of a pipe. */
  errors: string;
}

/** What commands need from outside. */
export interface Surroundings {
  http: Http;
  clock: Clock;
  generate: GenerateLoad;
  /** Absent when no programs are allowed. */
  run?: RunProcess;
  /** Called when the first request of a load is answered, or a program has started. */
  onStarted?: () => void;
}

type Command =
  | { kind: 'curl'; curl: CurlCommand }
  | { kind: 'hey'; load: Load }
  | { kind: 'grep'; grep: GrepCommand }
  | { kind: 'sleep'; ms: number }
  | { kind: 'echo'; text: string }
  | { kind: 'program'; name: string; args: string[] };

/** A command line, checked before anything of it runs. */
export type Program = Array<{ when: Pipeline['when']; commands: Command[] }>;

/**
 * @param programs names that are run as processes.
 * @throws CommandRefused when any part of the line is not supported.
 */
export function parseProgram(line: string, programs: readonly string[] = []): Program {
  const parse = (words: string[]) => parseCommand(words, programs);
  return parseCommandLine(line).map(({ when, commands }) => ({ when, commands: commands.map(parse) }));
}

function parseCommand(words: string[], programs: readonly string[]): Command {
  const [name = '', ...args] = words;
  switch (name) {
    case 'curl':
      return { kind: 'curl', curl: parseCurl(args) };
    case 'hey':
      return { kind: 'hey', load: parseHey(args) };
    case 'grep':
      return { kind: 'grep', grep: parseGrep(args) };
    case 'sleep':
      return {
        kind: 'sleep',
        ms: numberValue('sleep', 'seconds', (args[0] ?? '').replace(/s$/, ''), 0, 86_400) * 1000,
      };
    case 'echo':
      return { kind: 'echo', text: `${args.join(' ')}\n` };
    default:
      if (programs.includes(name)) return { kind: 'program', name, args };
      throw new CommandRefused(`command ${JSON.stringify(name)} is not supported`, programs);
  }
}

/** Runs it as a shell would: the exit code of the last command that ran, output without its middle beyond 128 KiB. */
export async function runProgram(
  program: Program,
  around: Surroundings,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  let exitCode = 0;
  const output = new CappedOutput(64 * 1024);
  for (const { when, commands } of program) {
    if (signal.aborted) break;
    if ((when === 'success' && exitCode !== 0) || (when === 'failure' && exitCode === 0)) continue;
    const result = await runPipeline(commands, around, signal);
    exitCode = result.exitCode;
    output.add(result.errors + result.output);
  }
  return { exitCode, output: output.text() };
}

async function runPipeline(commands: Command[], around: Surroundings, signal: AbortSignal): Promise<CommandResult> {
  let input = '';
  let errors = '';
  let exitCode = 0;
  for (const command of commands) {
    const result = await run(command, input, around, signal);
    input = result.output;
    errors += result.errors;
    exitCode = result.exitCode;
  }
  return { exitCode, output: input, errors };
}

async function run(command: Command, input: string, around: Surroundings, signal: AbortSignal): Promise<CommandResult> {
  switch (command.kind) {
    case 'curl':
      return runCurl(around.http, command.curl, signal);
    case 'grep':
      return runGrep(command.grep, input);
    case 'echo':
      return { exitCode: 0, output: command.text, errors: '' };
    case 'sleep':
      await pause(around.clock, command.ms, signal);
      return { exitCode: 0, output: '', errors: '' };
    case 'hey':
      return runHey(around, command.load, signal);
    case 'program':
      return runProcess(around, command, input, signal);
  }
}

async function runProcess(
  { run: start, onStarted }: Surroundings,
  { name, args }: { name: string; args: string[] },
  input: string,
  signal: AbortSignal,
): Promise<CommandResult> {
  if (start === undefined) throw new CommandRefused(`command ${JSON.stringify(name)} is not supported`);
  const { exitCode, stdout, stderr } = await start(name, args, { signal, input, ...(onStarted && { onStarted }) });
  return { exitCode, output: stdout, errors: stderr };
}

/** Fails only when nothing answered: what the answers were is for the metrics to judge. */
async function runHey({ generate, onStarted }: Surroundings, load: Load, signal: AbortSignal): Promise<CommandResult> {
  try {
    const summary = await generate(load, signal, onStarted);
    const answered = Object.keys(summary.statusCodes).length > 0;
    const tried = Object.keys(summary.errors).length > 0;
    return { exitCode: tried && !answered ? 1 : 0, output: summaryText(summary), errors: '' };
  } catch (error) {
    return { exitCode: 1, output: '', errors: `hey: ${(error as Error).message}\n` };
  }
}

import { runInNewContext } from 'node:vm';
import { allValues, lastValue, parseOptions } from './options';
import type { CommandResult } from './program';
import { CommandRefused } from './words';

const FLAGS = { '-q': 'flag', '-i': 'flag', '-v': 'flag', '-E': 'flag', '-F': 'flag', '-c': 'flag' } as const;
const OPTIONS = { ...FLAGS, '-e': 'value' } as const;
/** A pattern that needs longer backtracks without end. */
const MATCH_TIMEOUT_MS = 1_000;

export interface GrepCommand {
  pattern: RegExp;
  invert: boolean;
  quiet: boolean;
  count: boolean;
}

/** Reads the words after `grep`. @throws CommandRefused for options, files and patterns that it cannot take. */
export function parseGrep(args: string[]): GrepCommand {
  const parsed = parseOptions('grep', args, OPTIONS, true);
  const has = (name: string) => lastValue(parsed, name) !== undefined;
  const explicit = allValues(parsed, '-e');
  const [pattern, ...files] = [...explicit, ...parsed.operands];
  if (pattern === undefined) throw new CommandRefused('grep: the pattern is missing');
  if (files.length > 0) throw new CommandRefused(`grep: only one pattern and no file, unexpected "${files[0]}"`);
  const source = has('-F') ? literal(pattern) : has('-E') ? extended(pattern) : extended(basicToExtended(pattern));
  return { pattern: compile(source, has('-i'), pattern), invert: has('-v'), quiet: has('-q'), count: has('-c') };
}

/** Keeps the lines that match; exit code 1 when there are none. */
export function runGrep({ pattern, invert, quiet, count }: GrepCommand, input: string): CommandResult {
  const lines = input.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let kept: string[];
  try {
    const code = 'lines.filter((line) => pattern.test(line) !== invert)';
    kept = [...runInNewContext(code, { lines, pattern, invert }, { timeout: MATCH_TIMEOUT_MS })];
  } catch (error) {
    return { exitCode: 2, output: '', errors: `grep: ${(error as Error).message}\n` };
  }
  const output = quiet ? '' : count ? `${kept.length}\n` : kept.map((line) => `${line}\n`).join('');
  return { exitCode: kept.length > 0 ? 0 : 1, output, errors: '' };
}

function compile(source: string, ignoreCase: boolean, written: string): RegExp {
  try {
    return new RegExp(source, ignoreCase ? 'i' : '');
  } catch {
    throw new CommandRefused(`grep: "${written}" is not a pattern`);
  }
}

function literal(pattern: string): string {
  return pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Basic patterns have the meaning of `+ ? | ( ) { }` the other way round. */
function basicToExtended(pattern: string): string {
  return pattern.replace(/\[[^\]]+\]|\\([+?|(){}])|([+?|(){}])|\\[\s\S]/g, (all, escaped, bare) => {
    if (escaped !== undefined) return escaped;
    return bare === undefined ? all : `\\${bare}`;
  });
}

const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-\\/:-@\\[-`{-~',
};

function extended(pattern: string): string {
  return pattern.replace(/\[:(\w+):\]/g, (_, name: string) => {
    const characters = CLASSES[name];
    if (characters === undefined) throw new CommandRefused(`grep: unknown character class ${name}`);
    return characters;
  });
}

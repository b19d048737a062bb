import { TaskRefused } from './task-refused';

/**
 * Command lines as words, without a shell. The part of the shell's grammar that hooks use: quotes, pipes and chains.
 * Everything that would need a real shell is refused, so nothing is ever half understood.
 */

/** One `a | b | c`, and when it runs after the pipeline before it. */
export interface Pipeline {
  when: 'always' | 'success' | 'failure';
  /** Words of each command. */
  commands: string[][];
}

/** A command line that is not run; the message is for the author of the hook. */
export class CommandRefused extends TaskRefused {
  constructor(what: string, programs: readonly string[] = []) {
    const names = ['hey', 'curl', 'grep', 'sleep', ...programs].join(', ');
    super(`${what} (no shell is run: supported are ${names} and echo with quotes, |, &&, || and ;)`);
    this.name = 'CommandRefused';
  }
}

const ARGUMENT = /(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\])+/y;

/**
 * The arguments of one program (L8): quotes and backslashes group words, every other character stands for itself, as
 * no shell will see it.
 * @throws TaskRefused when a quote is not closed.
 */
export function parseArguments(line: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < line.length; ) {
    const word = match(ARGUMENT, line, at);
    const space = word === '' ? match(/\s+/y, line, at) : '';
    if (word === '' && space === '') throw new TaskRefused(`column ${at + 1}: a quote is not closed`);
    if (word !== '') words.push(unquoted(word));
    at += word.length + space.length;
    const next = line[at];
    // `a"b` is an unclosed quote, not two words
    if (word !== '' && next !== undefined && !/\s/.test(next)) {
      throw new TaskRefused(`column ${at + 1}: a quote is not closed`);
    }
  }
  return words;
}

type Part = { word: string } | { sign: '|' | '||' | '&&' | ';' };

/** @throws CommandRefused for unclosed quotes, variables, redirections, substitutions, background jobs and empty commands. */
export function parseCommandLine(line: string): Pipeline[] {
  const pipelines: Pipeline[] = [];
  let commands: string[][] = [[]];
  let when: Pipeline['when'] = 'always';
  const finish = (next: Pipeline['when']) => {
    pipelines.push({ when, commands });
    commands = [[]];
    when = next;
  };
  for (const part of split(line)) {
    if ('word' in part) commands.at(-1)?.push(part.word);
    else if (part.sign === '|') commands.push([]);
    else finish(part.sign === '&&' ? 'success' : part.sign === '||' ? 'failure' : 'always');
  }
  const empty = commands.length === 1 && commands[0]?.length === 0;
  if (!(empty && when === 'always')) finish('always');
  if (pipelines.some((pipeline) => pipeline.commands.some((words) => words.length === 0))) {
    throw new CommandRefused('a command is empty');
  }
  return pipelines;
}

const PATTERNS = {
  space: /[ \t\r]+|\\\n|#[^\n]*/y,
  sign: /\|\||&&|\||;|\n/y,
  // a $ that no name follows is a plain one, the end of a grep pattern for example
  word: /(?:'[^']*'|"(?:[^"\\`$]|\$(?![\w({?!#@*$-])|\\[\s\S])*"|\\[\s\S]|\$(?=[\s|&;]|$)|[^\s'"\\|&;<>()`$])+/y,
};

function split(line: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < line.length; ) {
    const space = match(PATTERNS.space, line, at);
    const sign = match(PATTERNS.sign, line, at);
    const word = match(PATTERNS.word, line, at);
    if (space !== '') at += space.length;
    else if (sign !== '') {
      parts.push({ sign: sign === '\n' ? ';' : (sign as '|') });
      at += sign.length;
    } else if (word !== '') {
      parts.push({ word: unquoted(word) });
      at += word.length;
      refuseAt(line, at);
    } else throw refusal(line, at);
  }
  return withoutEmptyLines(parts);
}

/** A word must end at a space, a sign or the end: `a"b` is an unclosed quote, not two words. */
function refuseAt(line: string, at: number): void {
  const next = line[at];
  if (next !== undefined && !/[\s|&;]/.test(next)) throw refusal(line, at);
}

function match(pattern: RegExp, line: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0] ?? '';
}

const REASONS: Record<string, string> = {
  "'": 'a quote is not closed',
  '"': 'a quote is not closed, or it has a $variable or a `command` inside',
  $: 'variables are not supported, use single quotes for a plain $',
  '`': 'command substitution is not supported',
  '<': 'redirection is not supported',
  '>': 'redirection is not supported',
  '(': 'subshells are not supported',
  ')': 'subshells are not supported',
  '&': 'background jobs are not supported, put quotes around a URL that has an &',
};

function refusal(line: string, at: number): CommandRefused {
  return new CommandRefused(`column ${at + 1}: ${REASONS[line[at] ?? ''] ?? 'not understood'}`);
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single, double, escaped) => {
    if (single !== undefined) return single;
    if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
    // inside double quotes only these lose their backslash
    return String(double).replace(/\\(["\\$`\n])/g, (_all, character: string) => (character === '\n' ? '' : character));
  });
}

/** Line breaks at the start, at the end, after another sign and in a row mean nothing. */
function withoutEmptyLines(parts: Part[]): Part[] {
  return parts.filter((part, index) => {
    if ('word' in part || part.sign !== ';') return true;
    const before = parts[index - 1];
    return before !== undefined && 'word' in before;
  });
}

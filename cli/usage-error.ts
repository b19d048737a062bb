/** How a failure becomes one line on the terminal and an exit code. */
import { CommanderError } from 'commander';
import { coloursOf, type Terminal } from './terminal';

/** Everything went well, it failed, or it was asked for in a way that makes no sense. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command line makes no sense; the message says what to write instead. */
export class UsageError extends Error {
  readonly code = 'Usage';
}

/** Writes `serin: <message>` and returns the exit code. Stacks are for SERIN_DEBUG=1. */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { red } = coloursOf(terminal.stderr, terminal.env);
  terminal.stderr.write(`${red('serin:')} ${oneLine(error)}\n`);
  if (terminal.env['SERIN_DEBUG'] === '1' && error instanceof Error) terminal.stderr.write(`${error.stack}\n`);
  return isUsage(error) ? EXIT.usage : EXIT.failed;
}

function isUsage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof CommanderError || code === 'Usage' || code === 'FlagInvalid';
}

const REMEDIES: Record<string, string> = {
  EADDRINUSE: 'another process has this port: choose another with --port',
  EACCES: 'not allowed: choose a port above 1023 or a file that you may write',
  EISDIR: 'this is a folder: name the files in it',
  ENOENT: 'no such file or folder',
};

function oneLine(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  const text = (message ?? String(error)).replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  if (error instanceof CommanderError) return `${text.replace(/\.$/, '')}, see serin --help`;
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return remedy === undefined ? text : `${text} (${remedy})`;
}

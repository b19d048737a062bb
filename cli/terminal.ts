/** What a verb may touch of its process: two streams, the environment, and the wish to end. */
import { text } from 'node:stream/consumers';
import picocolors from 'picocolors';

/** A stream that may be a terminal. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface Terminal {
  stdout: Screen;
  stderr: Screen;
  /** All of standard input, when it has ended. */
  stdin(): Promise<string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Resolves with the signal's name when the user wants to end. */
  interrupted: Promise<string>;
}

export type Colours = ReturnType<typeof picocolors.createColors>;

/** The real process. The second Ctrl-C does not wait for anything. */
export function processTerminal(): Terminal {
  // `serin crds | head` closes the pipe early: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let signals = 0;
  const interrupted = new Promise<string>((resolve) => {
    const onSignal = (signal: string) => {
      if (++signals > 1) process.exit(130);
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
  });
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: () => text(process.stdin),
    env: process.env,
    interrupted,
  };
}

/** Colours for a screen: none for files and pipes, NO_COLOR (any value) and TERM=dumb; FORCE_COLOR wants them anyway. */
export function coloursOf(screen: Screen, env: Terminal['env'], wanted = true): Colours {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const able = screen.isTTY === true && env['TERM'] !== 'dumb';
  return picocolors.createColors(wanted && !env['NO_COLOR'] && (forced || able));
}

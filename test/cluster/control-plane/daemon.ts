import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A server process that this process started. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Whether it is still there. */
  running(): boolean;
  /** Ends it: SIGTERM, then SIGKILL after 5 s (or SIGKILL at once), and waits until it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const GRACE_MS = 5000;
const SETPRIV = '/usr/bin/setpriv';
const alive = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a server with its output in `logFile`. It ends at the latest when this process does. */
export function startDaemon(
  name: string,
  command: string,
  args: readonly string[],
  logFile: string,
  env: Record<string, string> = {},
): Daemon {
  const output = openSync(logFile, 'a');
  const [first, ...rest] = mortal(command, args);
  const child = spawn(first, rest, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  closeSync(output);
  if (child.pid === undefined) throw new Error(`${name}: cannot start ${command}`);
  alive.add(child);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      alive.delete(child);
      resolve();
    });
  });
  return {
    name,
    pid: child.pid,
    logFile,
    running: () => child.exitCode === null && child.signalCode === null,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** The command line, so wrapped that the kernel ends the process when we die in a way that no handler sees. */
export function mortal(command: string, args: readonly string[]): [string, ...string[]] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--', command, ...args] : [command, ...args];
}

/** Waits until `ready` is true. @throws Error with the daemon's last log lines when it ends or time is up. */
export async function untilReady(daemon: Daemon, ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const problem = await until(async () => !daemon.running() || (await ready()), timeoutMs);
  if (problem === undefined && daemon.running()) return;
  const log = readFileSync(daemon.logFile, 'utf8').slice(-3000);
  throw new Error(`${daemon.name} ${daemon.running() ? `is not ready after ${timeoutMs} ms` : 'ended'}:\n${log}`);
}

/** Asks every 100 ms; an error of `check` counts as no. Returns what was wrong last when time is up. */
export async function until(check: () => Promise<boolean>, timeoutMs: number): Promise<Error | undefined> {
  const end = performance.now() + timeoutMs;
  let last: Error | undefined;
  do {
    try {
      if (await check()) return undefined;
      last = new Error('not yet');
    } catch (error) {
      last = error as Error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (performance.now() < end);
  return last;
}

/** Ports on loopback that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listening() {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Serin as users run it: processes from the bundle, ended by pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const BUNDLE = join(__dirname, '../../lib/serin.js');

/** A TCP port of loopback that is free right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class SerinProcess {
  private child: ChildProcess | undefined;
  /** Standard error, newest last; bounded. */
  readonly lines: string[] = [];

  constructor(private readonly args: string[]) {}

  start(): void {
    const child = spawn(process.execPath, [BUNDLE, ...this.args], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.lines.push(...text.split('\n').filter((line) => line !== ''));
      this.lines.splice(0, this.lines.length - 2000);
    });
    this.child = child;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get exitCode(): number | null | undefined {
    return this.child?.exitCode;
  }

  /** Ends it: SIGTERM lets it finish its ticks, SIGKILL does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill(signal);
    await once(child, 'exit');
    return child.exitCode;
  }

  /** Waits until an HTTP path of it answers 200. */
  async ready(url: string, timeoutMs = 20_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.status === 200) return;
      if (this.child?.exitCode !== null || performance.now() > end) {
        throw new Error(`${this.args.join(' ')} is not ready:\n${this.lines.slice(-20).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

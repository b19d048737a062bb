/** The controller as users run it, with a probe in it that counts what it holds. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** As in the image, in a pod with the 512 MiB of the Deployment. */
export const IMAGE_FLAGS = ['--max-semi-space-size=4', '--min-semi-space-size=4', '--max-old-space-size=256'];

export interface Counted {
  /** What keeps the event loop alive, by kind: `Timeout`, `TCPSocketWrap` and so on. */
  resources: Record<string, number>;
  /** Of the process and of its sockets and servers. */
  listeners: number;
  /** AbortSignals that somebody still holds. */
  signals: number;
  /** Heap and buffers after garbage collection. */
  heapBytes: number;
  rssBytes: number;
}

export interface WatchedOptions {
  /** Beyond `controller`. */
  args: string[];
  /** Of the package: where lib/serin.js is. */
  root?: string;
}

export class WatchedProcess {
  private readonly log: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log.push(...text.split('\n').filter((line) => line !== ''));
      this.log.splice(0, this.log.length - 500);
    });
  }

  /** Starts it and waits until it is ready. */
  static async start({ args, root = ROOT }: WatchedOptions): Promise<WatchedProcess> {
    const port = await freePort();
    const child = fork(join(root, 'lib/serin.js'), ['controller', `--port=${port}`, ...args], {
      execArgv: [...IMAGE_FLAGS, '--expose-gc', '--require', join(root, 'test/soak/probe.cjs')],
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const started = new WatchedProcess(child, port);
    await started.ready();
    return started;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Newest last. */
  get lines(): readonly string[] {
    return this.log;
  }

  /** Collects garbage, and counts what is left. */
  async count(): Promise<Counted> {
    const answer = once(this.child, 'message', { signal: AbortSignal.timeout(30_000) });
    this.child.send('count');
    const [{ counted }] = (await answer) as [{ counted: Counted }];
    return counted;
  }

  /** The series of /metrics with their values. */
  async series(): Promise<Map<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }

  /** @returns the exit code after SIGTERM. */
  async end(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    return this.child.exitCode;
  }

  private async ready(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => undefined);
      if (answer?.status === 200) return;
      if (this.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the controller is not ready:\n${this.log.slice(-20).join('\n')}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A controller as a process of its own: started, watched, ended by its pid. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, freePorts, startDaemon, until } from '../../test/cluster/control-plane/daemon';
import type { Plane } from '../../test/cluster/control-plane/plane';
import { identity } from './bench-plane';
import { memoryMb } from './process-figures';

const READY_MS = 120_000;

export class ControllerProcess {
  private daemon: Daemon | undefined;
  private port = 0;

  private constructor(
    readonly name: string,
    /** As the audit log has it. */
    readonly user: string,
    private readonly kubeconfigPath: string,
    private readonly template: readonly string[],
    private readonly prometheus: string,
    private readonly logFile: string,
  ) {}

  static async prepare(
    plane: Plane,
    name: string,
    command: readonly string[],
    { prometheus, core }: { prometheus: string; core: number | undefined },
  ): Promise<ControllerProcess> {
    const { user, kubeconfigPath } = await identity(plane, name);
    const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command];
    return new ControllerProcess(name, user, kubeconfigPath, pinned, prometheus, join(plane.folder, `${name}.log`));
  }

  /** @throws Error with the end of its log when it has ended by itself. */
  get pid(): number {
    if (this.daemon === undefined) throw new Error(`${this.name} is not started`);
    if (!this.daemon.running()) throw new Error(`${this.name} has ended by itself:\n${this.log()}`);
    return this.daemon.pid;
  }

  /** Resolves when it says that it is ready. @returns after how many milliseconds */
  async start(): Promise<number> {
    [this.port = 0] = await freePorts(1);
    const values = { kubeconfig: this.kubeconfigPath, prometheus: this.prometheus, port: String(this.port) };
    const filled = this.template.map((word) =>
      word.replace(/\{(kubeconfig|prometheus|port)\}/g, (_, key: keyof typeof values) => values[key]),
    );
    const [command = '', ...args] = filled;
    const startedMs = performance.now();
    const daemon = startDaemon(this.name, command, args, this.logFile);
    this.daemon = daemon;
    const problem = await until(async () => !daemon.running() || (await this.isReady()), READY_MS);
    if (problem !== undefined || !daemon.running()) {
      throw new Error(`${this.name} did not become ready:\n${this.log()}`);
    }
    return Math.round(performance.now() - startedMs);
  }

  memory(): { resident: number; peak: number } {
    return memoryMb(this.pid);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.daemon?.stop(signal);
    this.daemon = undefined;
  }

  /** The end of what it wrote. */
  log(): string {
    return readFileSync(this.logFile, 'utf8').slice(-3000);
  }

  /** The reference has no /readyz. */
  private async isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`);
    if (answer.status !== 404) return answer.ok;
    return (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok;
  }
}

/** One watch of one process: its lines may be late, come twice, stop coming, or break off. */
import type { Clock } from '../model/ports';

export class WatchTap implements AsyncIterable<string> {
  private readonly ready: string[] = [];
  private readonly recent: string[] = [];
  private wake: (() => void) | undefined;
  private over: { error?: unknown } | undefined;
  private lagMs = 0;
  private silent = false;
  private lastDueMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly source: AsyncIterable<string>,
    private readonly onEnd: () => void,
  ) {
    void this.pump();
  }

  /** From now on lines come this much later; those before them stay before them. */
  delay(ms: number): void {
    this.lagMs = ms;
  }

  /** Nothing more arrives, and the connection stays open. */
  hush(): void {
    this.silent = true;
  }

  /** The last lines come once more. */
  replay(count: number): void {
    for (const line of this.recent.slice(-count)) this.push(line);
  }

  drop(): void {
    this.finish({ error: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    try {
      for (;;) {
        while (this.ready.length > 0) yield this.ready.shift()!;
        if (this.over?.error) throw this.over.error;
        if (this.over) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      this.finish({});
    }
  }

  private async pump(): Promise<void> {
    try {
      for await (const line of this.source) this.take(line);
      this.afterLast(() => this.finish({}));
    } catch (error) {
      this.afterLast(() => this.finish({ error }));
    }
  }

  private take(line: string): void {
    this.lastDueMs = Math.max(this.lastDueMs, this.clock.now() + this.lagMs);
    this.afterLast(() => this.push(line));
  }

  private afterLast(task: () => void): void {
    const waitMs = this.lastDueMs - this.clock.now();
    if (waitMs > 0) this.clock.after(waitMs, task);
    else task();
  }

  private push(line: string): void {
    if (this.over || this.silent) return;
    this.ready.push(line);
    this.recent.push(line);
    if (this.recent.length > 4) this.recent.shift();
    this.wake?.();
  }

  private finish(over: { error?: unknown }): void {
    if (this.over) return;
    this.over = over;
    this.onEnd();
    this.wake?.();
  }
}

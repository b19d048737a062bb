import type { Clock, Timer } from '../../../model/ports';

/** Time that moves when a test says so, or by itself from timer to timer in `runUntil`. */
export class ManualClock implements Clock {
  private timers: Array<{ atMs: number; task: () => void }> = [];

  constructor(private nowMs = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.nowMs;
  }

  after(ms: number, task: () => void): Timer {
    const timer = { atMs: this.nowMs + Math.max(0, ms), task };
    this.timers.push(timer);
    return { cancel: () => this.remove(timer) };
  }

  /** Timers that would still fire. */
  get pending(): number {
    return this.timers.length;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (let next = this.next(); next !== undefined && next.atMs <= endMs; next = this.next()) {
      this.fire(next);
      await settle();
    }
    this.nowMs = endMs;
  }

  /** Lets time pass until `work` is done; fails when nothing is left that could finish it. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = () => {
      done = true;
    };
    work.then(finish, finish);
    for (let turn = 0; turn < 100_000; turn++) {
      await settle();
      if (done) return work;
      const next = this.next();
      if (next !== undefined) this.fire(next);
      else if (turn > 100) throw new Error('the work waits for something that no timer will bring');
    }
    throw new Error('the work does not end');
  }

  private next() {
    return [...this.timers].sort((a, b) => a.atMs - b.atMs)[0];
  }

  private fire(timer: { atMs: number; task: () => void }): void {
    this.remove(timer);
    this.nowMs = Math.max(this.nowMs, timer.atMs);
    timer.task();
  }

  private remove(timer: object): void {
    this.timers = this.timers.filter((other) => other !== timer);
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

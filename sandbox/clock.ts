/** The sandbox's clocks: one that only moves when told to, and one that runs faster than the wall's. */
import { performance } from 'node:perf_hooks';
import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock, Timer } from '../model/ports';

interface Entry extends Timer {
  dueMs: number;
  order: number;
  task: (() => void) | undefined;
}

/** Timers by (due time, insertion). Cancelled ones stay in the heap without a task until they surface. */
class TimerHeap {
  private readonly entries: Entry[] = [];
  private inserted = 0;
  private live = 0;

  add(dueMs: number, task: () => void): Entry {
    const entry: Entry = { dueMs, order: this.inserted++, task, cancel: () => this.drop(entry) };
    this.entries.push(entry);
    this.live++;
    this.rise(this.entries.length - 1);
    return entry;
  }

  /** The earliest live timer, left in place. */
  peek(): Entry | undefined {
    while (this.entries.length > 0 && this.entries[0]!.task === undefined) this.removeTop();
    return this.entries[0];
  }

  /** Takes the earliest timer that is due at `nowMs`. */
  take(nowMs: number): (() => void) | undefined {
    const top = this.peek();
    if (!top || top.dueMs > nowMs) return undefined;
    this.removeTop();
    const task = top.task;
    this.drop(top);
    return task;
  }

  get size(): number {
    return this.live;
  }

  private drop(entry: Entry): void {
    if (entry.task === undefined) return;
    entry.task = undefined;
    this.live--;
  }

  private removeTop(): void {
    const last = this.entries.pop()!;
    if (this.entries.length === 0) return;
    this.entries[0] = last;
    this.sink(0);
  }

  private rise(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(this.entries[parent]!, this.entries[index]!)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private sink(index: number): void {
    for (;;) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.entries.length && before(this.entries[child]!, this.entries[first]!)) first = child;
      }
      if (first === index) return;
      this.swap(index, first);
      index = first;
    }
  }

  private swap(a: number, b: number): void {
    [this.entries[a], this.entries[b]] = [this.entries[b]!, this.entries[a]!];
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.order < b.order;
}

/**
 * Time that stands still until a test moves it. Between two timers all promise work is finished, so a run is a pure
 * function of its inputs; code under it must not wait for sockets or other real IO.
 */
export class VirtualClock implements Clock {
  private readonly timers = new TimerHeap();
  private moving = false;

  /** @param startMs Unix milliseconds. @default 2026-01-01T00:00:00Z */
  constructor(private nowMs = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.nowMs;
  }

  after(ms: number, task: () => void): Timer {
    return this.timers.add(this.nowMs + Math.max(ms, 0), task);
  }

  /** How many timers are waiting. */
  pending(): number {
    return this.timers.size;
  }

  /** Moves on by `ms` milliseconds, running what falls due on the way. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.nowMs + ms);
  }

  /** Moves on to `timeMs` (Unix milliseconds), running what falls due on the way. */
  async advanceTo(timeMs: number): Promise<void> {
    await this.move(async () => {
      while (await this.step(timeMs)) {}
      this.nowMs = Math.max(this.nowMs, timeMs);
    });
  }

  /**
   * Jumps from timer to timer until `predicate` holds, and returns the milliseconds that took.
   * @throws Error when `limitMs` have passed, or no timer is left, before it holds.
   */
  async runUntil(predicate: () => boolean | Promise<boolean>, limits: { limitMs: number }): Promise<number> {
    const startMs = this.nowMs;
    const endMs = startMs + limits.limitMs;
    await this.move(async () => {
      while (!(await predicate())) {
        if (await this.step(endMs)) continue;
        if (await predicate()) return;
        const why = this.timers.size === 0 ? 'no timer is left' : `${limits.limitMs} ms of virtual time have passed`;
        throw new Error(`the awaited condition does not hold and ${why}`);
      }
    });
    return this.nowMs - startMs;
  }

  private async move(work: () => Promise<void>): Promise<void> {
    if (this.moving) throw new Error('the virtual clock is already moving: await the call before');
    this.moving = true;
    try {
      await settle();
      await work();
    } finally {
      this.moving = false;
    }
  }

  /** Runs the next timer if it is due by `untilMs`; true when it ran one. */
  private async step(untilMs: number): Promise<boolean> {
    const next = this.timers.peek();
    if (!next || next.dueMs > untilMs) return false;
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    this.timers.take(this.nowMs)?.();
    await settle();
    return true;
  }
}

/** One turn of the event loop empties the microtask queue; a second one lets work that itself waited a turn finish. */
async function settle(): Promise<void> {
  await macrotask();
  await macrotask();
}

/** setTimeout's own limit: longer delays would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export interface ScaledClockOptions {
  /** Unix milliseconds at the start. @default the wall's time */
  startMs?: number;
  /** Let the process end while timers wait. @default false */
  unref?: boolean;
}

/** Real time running `speed` times as fast, for the demo. Timers never fire early and keep their order. */
export function scaledClock(speed: number, options: ScaledClockOptions = {}): Clock {
  if (!(speed > 0 && Number.isFinite(speed))) throw new Error(`speed must be a positive number, got ${speed}`);
  const originMs = options.startMs ?? Date.now();
  const wallOriginMs = performance.now();
  const timers = new TimerHeap();
  let alarm: NodeJS.Timeout | undefined;
  const now = () => Math.floor(originMs + (performance.now() - wallOriginMs) * speed);
  const arm = () => {
    clearTimeout(alarm);
    const next = timers.peek();
    if (!next) return;
    alarm = setTimeout(ring, Math.min(LONGEST_DELAY_MS, Math.max(0, (next.dueMs - now()) / speed)));
    if (options.unref) alarm.unref();
  };
  const ring = () => {
    const task = timers.take(now());
    arm();
    task?.();
  };
  const after = (ms: number, task: () => void): Timer => {
    const timer = timers.add(now() + Math.max(ms, 0), task);
    if (timers.peek() === timer) arm();
    return {
      cancel() {
        timer.cancel();
        if (timers.size === 0) clearTimeout(alarm);
      },
    };
  };
  return { now, after };
}

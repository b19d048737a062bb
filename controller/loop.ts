/** Keys to ticks: merged, one at a time for each key, requeued when the decision says. The only catch is here. */
import type { Clock, Timer } from '../model/ports';
import { spreadMs } from './spread';

export type Outside = <T>(wait: () => Promise<T>) => Promise<T>;

/** When to look again. */
export interface Again {
  afterMs: number;
  /** So much earlier will do as well. @default 0 */
  earlyMs?: number;
  /** When many are due, so much later will do as well. @default 0 */
  lateMs?: number;
}

export interface LoopOptions {
  clock: Clock;
  /** What it awaits inside `outside` does not count as work: who waits for a slow server keeps nobody else waiting. */
  tick(key: string, outside: Outside): Promise<Again | undefined>;
  /** Told of every failed tick. @returns false for failures that are no news, such as a lost race for a write. */
  onError(key: string, error: unknown): void;
  /** Milliseconds between the time a tick was due and its start. */
  onLateness?(ms: number): void;
  /** Ticks at the same time, over all keys. @default 32 */
  concurrency?: number;
}

interface KeyState {
  running: boolean;
  /** Something changed while it ran or waited. */
  dirty: boolean;
  /** Versions of objects that changed while it ran, and those that its tick made itself. */
  changed: Set<string>;
  own: Set<string>;
  failures: number;
  timer?: Timer;
  /** When the queued tick became due, or when the next one will be at the latest, Unix milliseconds. */
  dueAt: number;
}

/** Ends a tick that waits for others, where nobody may use its answer any more. */
class Left extends Error {}

/** What those get at the end who wait for others. */
const GRACE_MS = 3_000;
/**
 * How late a wait may end, and how early at most, as a part of its length: waking up costs as much as a good part of a tick. With it
 * steps of 10 s share moments of half a second also when they took half a second of their interval themselves.
 */
const SLACK = 1 / 38;
/** Waits that may end together, about: with fewer the process wakes up and asks Prometheus more often, more wait for each other. */
const COMPANY = 8;
/** The same of waits that may end much later: they find the moments for those that follow, which are longer. */
const FIRST_COMPANY = 1.5 * COMPANY;
/** More waits than so many times what there would be if all were evenly spread are moved apart. */
const CROWD = 1.25;
/** So many ticks go on without a pause: thousands that one answer sets free would hold up timers and the Lease for seconds. */
const BURST = 32;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 30_000;

export class Loop {
  private readonly keys = new Map<string, KeyState>();
  private readonly queue: string[] = [];
  /** Ticks that work, and ticks that wait for others. */
  private inFlight = 0;
  private waiting = 0;
  /** Let those go on whose wait is over and that wait for their turn, the first one first. */
  private readonly back = new Set<() => void>();
  private backWasLast = false;
  /** Turns since the last pause, and the next one. */
  private burst = 0;
  private pause: Timer | undefined;
  /** What ends the waiting of a key. */
  private readonly leave = new Map<string, () => void>();
  private active = false;
  private lastTickAt: number;
  private idle: Array<() => void> = [];
  /** Told at the end of the next tick. */
  private ended: Array<() => void> = [];

  constructor(private readonly options: LoopOptions) {
    this.lastTickAt = options.clock.now();
  }

  /** Begins to tick; what was queued before runs now, or in phases when it is much. */
  start(): void {
    this.active = true;
    const queued = this.queue.splice(0);
    for (const key of queued) this.stateOf(key).dirty = false;
    this.enqueueAll(queued);
  }

  /** Look at all of these, in phases when they are many; what changes or is due meanwhile does not wait for its phase. */
  enqueueAll(keys: readonly string[]): void {
    const now = this.options.clock.now();
    for (const key of keys) {
      const waitMs = this.active ? spreadMs(key, keys.length) : 0;
      const state = this.stateOf(key);
      if (waitMs === 0 || state.running) this.enqueue(key);
      else if (!state.dirty && !(state.timer && state.dueAt <= now + waitMs))
        this.later(key, state, { afterMs: waitMs });
    }
  }

  /** No new ticks; resolves when the running ones have ended. Those that wait for others do so a little longer. */
  async stop(graceMs = GRACE_MS): Promise<void> {
    this.active = false;
    this.queue.length = 0;
    for (const state of this.keys.values()) {
      state.timer?.cancel();
      state.dirty = false;
    }
    if (this.inFlight + this.waiting > 0) {
      const grace = this.options.clock.after(graceMs, () => this.leaveAll(() => true));
      await new Promise<void>((resolve) => this.idle.push(resolve));
      grace.cancel();
    }
    this.pause?.cancel();
    this.pause = undefined;
    this.keys.clear();
  }

  /**
   * Look at a key soon; many calls before that make one tick.
   * @param version of the object that changed
   */
  enqueue(key: string, version?: string): void {
    const state = this.stateOf(key);
    if (state.dirty) return;
    if (state.running && version !== undefined) {
      if (state.changed.size === 0) state.dueAt = this.options.clock.now();
      state.changed.add(version);
      return;
    }
    state.dirty = true;
    state.timer?.cancel();
    delete state.timer;
    state.dueAt = this.options.clock.now();
    if (!state.running) this.queue.push(key);
    this.pump();
  }

  /** The tick of the key that runs made this version itself, and nothing follows from it; a watch may tell it before or after. */
  wrote(key: string, version: string): void {
    this.keys.get(key)?.own.add(version);
  }

  /** A key that is gone: no more ticks, nothing kept. */
  forget(key: string): void {
    const state = this.keys.get(key);
    if (state === undefined) return;
    state.timer?.cancel();
    delete state.timer;
    if (!state.running && !state.dirty) this.keys.delete(key);
  }

  /** Resolves when no tick of these keys is under way. Those that wait for others end now, without their answers. */
  async quiet(isOne: (key: string) => boolean): Promise<void> {
    this.leaveAll(isOne);
    const busy = () => [...this.keys].some(([key, { running }]) => running && isOne(key));
    while (busy()) await new Promise<void>((resolve) => this.ended.push(resolve));
  }

  /** Keys that wait for their turn, those whose tick has begun included. */
  depth(): number {
    return this.queue.length + this.back.size;
  }

  /** Milliseconds since the last tick began, when no tick is under way or waiting for its turn; else 0. */
  quietMs(): number {
    const busy = this.depth() > 0 || this.inFlight + this.waiting > 0;
    return busy ? 0 : this.options.clock.now() - this.lastTickAt;
  }

  /** Milliseconds for which keys have been waiting without any tick; 0 when nothing waits. */
  stuckMs(): number {
    return this.depth() === 0 ? 0 : this.options.clock.now() - this.lastTickAt;
  }

  private stateOf(key: string): KeyState {
    const known = this.keys.get(key);
    if (known) return known;
    const state: KeyState = {
      running: false,
      dirty: false,
      changed: new Set(),
      own: new Set(),
      failures: 0,
      dueAt: 0,
    };
    this.keys.set(key, state);
    return state;
  }

  private leaveAll(isOne: (key: string) => boolean): void {
    for (const [key, leave] of [...this.leave]) if (isOne(key)) leave();
  }

  private pump(): void {
    while (this.inFlight < (this.options.concurrency ?? 32) && this.depth() > 0) {
      if (this.burst >= BURST) {
        this.breathe();
        return;
      }
      const begin = this.next();
      if (begin === undefined) return;
      this.burst++;
      this.inFlight++;
      this.lastTickAt = this.options.clock.now();
      begin();
    }
  }

  /** By turns, when both wait: a tick that goes on, and one that begins. */
  private next(): (() => void) | undefined {
    const mayBegin = this.active && (this.back.size === 0 || this.backWasLast);
    const key = mayBegin ? this.queue.shift() : undefined;
    this.backWasLast = key === undefined;
    if (key !== undefined) return () => void this.run(key, this.stateOf(key));
    const [begin] = this.back;
    if (begin !== undefined) this.back.delete(begin);
    return begin;
  }

  /** Timers, answers and watches first. */
  private breathe(): void {
    this.pause ??= this.options.clock.after(0, () => {
      this.pause = undefined;
      this.burst = 0;
      this.pump();
    });
  }

  private async run(key: string, state: KeyState): Promise<void> {
    state.running = true;
    state.dirty = false;
    state.changed.clear();
    state.own.clear();
    this.options.onLateness?.(Math.max(0, this.lastTickAt - state.dueAt));
    const next = await this.ticked(key, state);
    this.inFlight--;
    state.running = false;
    this.again(key, state, next);
    for (const told of this.ended.splice(0)) told();
    if (this.inFlight + this.waiting === 0) for (const done of this.idle.splice(0)) done();
    this.pump();
  }

  private async ticked(key: string, state: KeyState): Promise<Again | undefined> {
    try {
      const next = await this.options.tick(key, (wait) => this.outside(key, wait));
      state.failures = 0;
      return next;
    } catch (error) {
      if (error instanceof Left) return undefined;
      this.options.onError(key, error);
      return { afterMs: Math.min(FIRST_RETRY_MS * 2 ** state.failures++, LAST_RETRY_MS) };
    }
  }

  private async outside<T>(key: string, wait: () => Promise<T>): Promise<T> {
    this.inFlight--;
    this.waiting++;
    this.pump();
    const left = new Promise<never>((_, reject) => this.leave.set(key, () => reject(new Left())));
    let hasTurn = false;
    let begin = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = () => {
        hasTurn = true;
        resolve();
      };
    });
    try {
      const answer = await Promise.race([wait(), left]);
      this.back.add(begin);
      this.pump();
      await Promise.race([turn, left]);
      return answer;
    } finally {
      this.leave.delete(key);
      this.waiting--;
      // It failed or was left: it has nothing to do any more that could keep others waiting.
      if (!hasTurn) this.inFlight++;
      this.back.delete(begin);
    }
  }

  private again(key: string, state: KeyState, next: Again | undefined): void {
    if (!this.active) return;
    state.dirty ||= [...state.changed].some((version) => !state.own.has(version));
    // After a failure the back-off holds even if something changed meanwhile: a flapping server is not hammered.
    if (state.dirty && state.failures === 0) {
      this.queue.push(key);
      return;
    }
    state.dirty = false;
    if (next === undefined) {
      this.keys.delete(key);
      return;
    }
    this.later(key, state, next);
  }

  private later(key: string, state: KeyState, { afterMs, earlyMs = 0, lateMs = 0 }: Again): void {
    state.timer?.cancel();
    state.dueAt = this.options.clock.now() + afterMs + lateMs;
    const due = () => {
      delete state.timer;
      state.dirty = true;
      this.queue.push(key);
      this.pump();
    };
    const { size } = this.keys;
    const apartMs = (afterMs + lateMs) / size;
    const slackMs = Math.min(afterMs * SLACK, (COMPANY / 2) * apartMs);
    const companyMs = size > 1 ? FIRST_COMPANY * apartMs : 0;
    state.timer = this.options.clock.after(afterMs, due, {
      earlyMs: Math.min(earlyMs, slackMs),
      lateMs: Math.max(slackMs, Math.min(lateMs, companyMs)),
      crowd: { company: COMPANY, perMs: CROWD / apartMs, earlyMs, lateMs: Math.max(lateMs, slackMs) },
    });
  }
}

/** Waiting that ends: by time, from outside, or because the work is done. */
import { pause, withinLimit } from '../../model/patience';
import type { Clock } from '../../model/ports';

/** Timers that fire when they are told, and what became of them. */
class Timers implements Clock {
  readonly waiting = new Map<number, { ms: number; task: () => void }>();
  private made = 0;
  now = () => 0;
  after(ms: number, task: () => void) {
    const id = ++this.made;
    this.waiting.set(id, { ms, task });
    return { cancel: () => void this.waiting.delete(id) };
  }
  fire(): void {
    for (const { task } of [...this.waiting.values()]) task();
  }
  get ms(): number[] {
    return [...this.waiting.values()].map((timer) => timer.ms);
  }
}

/** How many listeners a signal has is not told: whether it still has one is. */
function signalThatCounts() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...all: Parameters<typeof add>) => {
    listeners += 1;
    add(...all);
  };
  signal.removeEventListener = (...all: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...all);
  };
  return { controller, signal, listeners: () => listeners };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await soon();
  return settled;
}

test('a pause lasts its time', async () => {
  const timers = new Timers();
  const paused = pause(timers, 50);
  expect(timers.ms).toEqual([50]);
  expect(await isSettled(paused)).toBe(false);
  timers.fire();
  expect(await isSettled(paused)).toBe(true);
});

test('a pause ends with its signal, and leaves nothing behind', async () => {
  const timers = new Timers();
  const { controller, signal, listeners } = signalThatCounts();
  const paused = pause(timers, 50, signal);
  expect([await isSettled(paused), listeners()]).toEqual([false, 1]);
  controller.abort();
  expect([await isSettled(paused), listeners(), timers.ms]).toEqual([true, 0, []]);
});

test('a pause with a signal that has fired is none', async () => {
  const timers = new Timers();
  const { signal, listeners } = signalThatCounts();
  const paused = pause(timers, 50, AbortSignal.abort());
  expect([await isSettled(paused), timers.ms]).toEqual([true, []]);
  pause(timers, 50, signal);
  timers.fire();
  expect([listeners(), timers.ms]).toEqual([0, []]);
});

const limit = (clock: Clock, outer?: AbortSignal) => ({
  clock,
  timeoutMs: 50,
  ...(outer && { outer }),
  ended: (end: string) => new Error(end),
});

test.each([
  ['an answer', async () => 'done', 'done'],
  [
    'a failure',
    () => {
      throw new Error('at once');
    },
    'at once',
  ],
  ['a refusal', () => Promise.reject(new Error('refused')), 'refused'],
])('work that ends with %s leaves nothing behind', async (_, work: () => Promise<string>, result) => {
  const timers = new Timers();
  const { signal, listeners } = signalThatCounts();
  const ended = withinLimit(limit(timers, signal), work).catch((error: Error) => error.message);
  expect([timers.ms, listeners()]).toEqual([[50], 1]);
  expect(await ended).toBe(result);
  await soon();
  expect([timers.ms, listeners()]).toEqual([[], 0]);
});

test.each([
  ['time', 'ETIMEDOUT'],
  ['its caller', 'EABORTED'],
])('work that ignores its signal is ended by %s', async (by, end) => {
  const timers = new Timers();
  const { controller, signal, listeners } = signalThatCounts();
  let inner = AbortSignal.abort();
  const work = withinLimit(limit(timers, signal), (its) => {
    inner = its;
    return new Promise(() => undefined);
  });
  await soon();
  expect(inner.aborted).toBe(false);
  if (by === 'time') timers.fire();
  else controller.abort();
  await expect(work).rejects.toThrow(end);
  expect([inner.aborted, (inner.reason as Error).message, timers.ms, listeners()]).toEqual([true, end, [], 0]);
});

test('a caller that has given up before gets no answer', async () => {
  const timers = new Timers();
  const work = withinLimit(limit(timers, AbortSignal.abort()), async () => 'done');
  await expect(work).rejects.toThrow('EABORTED');
  expect(timers.ms).toEqual([]);
});

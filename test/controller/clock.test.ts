import { stat } from 'node:fs';
import { momentNear, realClock } from '../../controller/clock';
import type { Slack } from '../../model/ports';

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('timers fire after their time, cancelled ones never, far ones not at once', async () => {
  const clock = realClock();
  const startMs = clock.now();
  const fired: string[] = [];
  const slacks = [undefined, { earlyMs: 1000, lateMs: 1000 }];
  const far = slacks.map((slack) => clock.after(2 ** 40, () => fired.push('far'), slack));
  clock.after(5, () => fired.push('cancelled')).cancel();
  await new Promise<void>((resolve) => clock.after(10, resolve));
  for (const timer of far) timer.cancel();
  expect(fired).toEqual([]);
  expect(clock.now()).toBeGreaterThanOrEqual(startMs);
});

test('what need not wait comes before any timer', async () => {
  const clock = realClock();
  const fired: string[] = [];
  // Only after input the order is certain: timers that are due by now come in the next turn.
  await new Promise<void>((resolve) => stat('.', () => resolve()));
  const timer = new Promise<void>((resolve) => setTimeout(resolve, 0)).then(() => fired.push('timer'));
  clock.after(0, () => fired.push('now'));
  clock.after(-5, () => fired.push('never')).cancel();
  await timer;
  expect(fired).toEqual(['now', 'timer']);
});

test('an answer that is there comes before a deadline that has passed, when nobody could look at either', async () => {
  const clock = realClock();
  const fired: string[] = [];
  // What comes next are timers.
  await new Promise((resolve) => setImmediate(resolve));
  const deadline = new Promise<void>((resolve) => clock.after(10, () => resolve(void fired.push('deadline'))));
  const answer = new Promise<void>((resolve) => stat('.', () => resolve(void fired.push('answer'))));
  const until = performance.now() + 50;
  while (performance.now() < until);
  await Promise.all([deadline, answer]);
  expect(fired).toEqual(['answer', 'deadline']);
});

test('what has slack comes together, not before its time, in order', async () => {
  const clock = realClock();
  const begun = performance.now();
  const fired: number[] = [];
  const early: number[] = [];
  let wakeUps = 0;
  let awake = false;
  const done = Array.from({ length: 30 }, (_, index) => {
    const ms = 30 - index;
    return new Promise<void>((resolve) => {
      const task = () => {
        if (performance.now() - begun < ms - 1) early.push(ms);
        fired.push(ms);
        if (!awake) wakeUps++;
        awake = true;
        queueMicrotask(() => (awake = false));
        resolve();
      };
      clock.after(ms, task, { earlyMs: 0, lateMs: 16 });
    });
  });
  await Promise.all(done);
  expect(early).toEqual([]);
  expect(wakeUps).toBeLessThanOrEqual(4);
  const moments = fired.map((ms) => Math.ceil((begun + ms) / 15.625));
  expect(Math.max(...moments.map((at, index) => Math.max(...moments.slice(0, index + 1)) - at))).toBeLessThanOrEqual(1);
});

test('a moment goes on without those that are cancelled, and goes when nobody waits for it', async () => {
  const clock = realClock();
  const before = timers();
  const more = () => timers() - before;
  const fired: string[] = [];
  const counts: number[] = [];
  await new Promise<void>((resolve) => {
    const [slack, wide] = [
      { earlyMs: 0, lateMs: 10 },
      { earlyMs: 250, lateMs: 250 },
    ];
    const one = clock.after(600_000, () => fired.push('one'), wide);
    clock.after(20, () => resolve(void fired.push('two')), slack);
    const three = clock.after(20, () => fired.push('three'), slack);
    counts.push(more());
    for (const timer of [one, three, one]) {
      timer.cancel();
      counts.push(more());
    }
  });
  expect(fired).toEqual(['two']);
  expect(counts).toEqual([2, 1, 1, 1]);
});

/** With nobody waiting anywhere. */
const near = (wantedMs: number, slack: Slack) => momentNear(wantedMs, slack, () => 0);

test('moments lie within the slack, as near to what is wanted as those that most can share', () => {
  const late = { earlyMs: 0, lateMs: 20 };
  const either = { earlyMs: 250, lateMs: 250 };
  const uneven = { earlyMs: 10, lateMs: 90 };
  expect([1_000, 1_001, 1_019].map((ms) => near(ms, late))).toEqual([1_000, 1_015.625, 1_031.25]);
  expect([1_000, 1_249, 1_250, 1_499].map((ms) => near(ms, either))).toEqual([1_000, 1_000, 1_500, 1_500]);
  expect([1_009, 1_011, 1_099].map((ms) => near(ms, uneven))).toEqual([1_000, 1_062.5, 1_125]);
  expect([1_091, 1_000].map((ms) => near(ms, { earlyMs: 90, lateMs: 5 }))).toEqual([1_062.5, 1_000]);
  expect([1_001, 2_001].map((ms) => near(ms, { earlyMs: 0, lateMs: 5_000 }))).toEqual([2_000, 4_000]);
  expect(near(1_000, { earlyMs: 3, lateMs: 3 })).toBeUndefined();
});

test('what comes a little late each time keeps its pace', () => {
  const either = { earlyMs: 250, lateMs: 250 };
  let at = 777;
  const moments = Array.from({ length: 4 }, () => (at = near(at + 40 + 10_000, either)!));
  expect(moments).toEqual([11_000, 21_000, 31_000, 41_000]);
});

test('a moment that lies far from others is one for all that have less time', () => {
  for (const windowMs of [16, 32, 63, 125, 250, 500, 1_000, 2_000]) {
    const slack = { earlyMs: windowMs / 2, lateMs: windowMs / 2 };
    const odd = 7 * Math.max(1_000, windowMs);
    expect(near(odd, slack)).toBe(odd);
    const at = near(7_123.4, slack)!;
    expect(near(at, { earlyMs: 4, lateMs: 4 })).toBe(at);
  }
});

describe('a crowd', () => {
  const slack = (earlyMs: number, lateMs: number, perMs = 0.1) => ({
    earlyMs: 10,
    lateMs: 10,
    crowd: { company: 2, perMs, earlyMs, lateMs },
  });
  /** The smallest distance between two moments here. */
  const GRAIN = 15.625;
  /** By how many grains after a second. */
  const among = (waiting: Record<number, number>) => (at: number) => waiting[(at - 1_000) / GRAIN] ?? 0;
  const grainsTo = (at: number | undefined) => ((at ?? Number.NaN) - 1_000) / GRAIN;

  test('is left for the nearest moment without one, no further away than it may be', () => {
    const waiting = among({ 0: 2, [-1]: 2, 1: 2, [-2]: 1 });
    expect(grainsTo(momentNear(1_000, slack(100, 100), waiting))).toBe(-2);
    expect(grainsTo(momentNear(1_000, slack(0, 100), waiting))).toBe(2);
    expect(grainsTo(momentNear(1_000, slack(20, 30), waiting))).toBe(0);
  });

  test('is joined where it is smallest when all moments have one', () => {
    const waiting = among({ [-2]: 5, [-1]: 3, 0: 4, 1: 6, 2: 2 });
    expect(grainsTo(momentNear(1_000, slack(40, 20), waiting))).toBe(-1);
  });

  test('is more than the company it may have, and more than what comes in the time between two moments', () => {
    const where = (one: Slack, waiting: number) => grainsTo(momentNear(1_000, one, among({ 0: waiting })));
    expect(where(slack(100, 100), 1)).toBe(0);
    const five = { ...slack(100, 100), crowd: { ...slack(100, 100).crowd, company: 5 } };
    expect([where(five, 4), where(five, 5)]).toEqual([0, -1]);
    const many = slack(100, 100, 3.5 / GRAIN);
    expect([where(many, 3), where(many, 4)]).toEqual([0, -1]);
  });

  test('is left also by what has too little slack to share a moment', () => {
    const exact = { earlyMs: 0, lateMs: 2, crowd: { company: 2, perMs: 0.1, earlyMs: 0, lateMs: 5_000 } };
    expect(grainsTo(momentNear(1_001, exact, among({})))).toBe(1);
    expect(grainsTo(momentNear(1_001, exact, among({ 1: 2 })))).toBe(2);
  });

  test('does not matter to short waits, which have no time for it', () => {
    expect(
      momentNear(1_001, { earlyMs: 0, lateMs: 1, crowd: { company: 2, perMs: 1, earlyMs: 0, lateMs: 1 } }, among({})),
    ).toBeUndefined();
  });

  test('of waits that begin together spreads out', async () => {
    const clock = realClock();
    const at: number[] = [];
    const crowd = { company: 2, perMs: 0.1, earlyMs: 0, lateMs: 200 };
    const begun = performance.now();
    const waits = Array.from({ length: 24 }, () => {
      return new Promise<void>((resolve) => {
        clock.after(20, () => resolve(void at.push(performance.now() - begun)), { earlyMs: 0, lateMs: 10, crowd });
      });
    });
    await Promise.all(waits);
    expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan(150);
  });
});

/** Keys to ticks. */
import { type Again, Loop, type LoopOptions } from '../../controller/loop';
import type { Clock, Slack } from '../../model/ports';
import { ManualClock } from './gates/manual-clock';

function aLoop(tick: LoopOptions['tick'], more: Partial<LoopOptions> = {}) {
  const clock = new ManualClock();
  const failed: string[] = [];
  const loop = new Loop({ clock, tick, onError: (key) => failed.push(key), ...more });
  return { clock, loop, failed };
}

test('a key whose ticks fail is tried again with growing pauses, and stops no other', async () => {
  const ticks: string[] = [];
  const { clock, loop, failed } = aLoop(async (key) => {
    ticks.push(`${key} ${clock.now() - begun}`);
    if (key === 'bad') throw new Error('it makes no sense');
    return { afterMs: 1000 };
  });
  const begun = clock.now();
  loop.enqueue('bad');
  loop.enqueue('good');
  loop.start();
  await clock.advance(1500);
  expect(ticks).toEqual(['bad 0', 'good 0', 'bad 200', 'bad 600', 'good 1000', 'bad 1400']);
  expect(failed).toEqual(['bad', 'bad', 'bad', 'bad']);
  await loop.stop();
});

test('a failing key that changes all the time is not tried oftener for it', async () => {
  let ticks = 0;
  const { clock, loop } = aLoop(async () => {
    ticks++;
    loop.enqueue('bad');
    throw new Error('again');
  });
  loop.enqueue('bad');
  loop.start();
  await clock.advance(650);
  expect(ticks).toBe(3);
  await loop.stop();
});

test('many changes make one tick, and a change during a tick makes one more', async () => {
  let ticks = 0;
  const { clock, loop } = aLoop(async () => {
    if (++ticks === 1) for (let i = 0; i < 5; i++) loop.enqueue('a');
    return undefined;
  });
  for (let i = 0; i < 5; i++) loop.enqueue('a');
  loop.start();
  await clock.advance(60_000);
  expect(ticks).toBe(2);
});

test('what a tick wrote itself brings no other tick, whoever tells of it first; any other change does', async () => {
  let ticks = 0;
  const others: (string | undefined)[] = [undefined, '3'];
  const { clock, loop } = aLoop(async () => {
    ticks++;
    loop.enqueue('a', '1');
    loop.wrote('a', '1');
    loop.wrote('a', '2');
    loop.enqueue('a', '2');
    if (others.length > 0) loop.enqueue('a', others.pop());
    return undefined;
  });
  loop.start();
  loop.enqueue('a', '1');
  await clock.advance(60_000);
  expect(ticks).toBe(3);
});

test('one key never ticks twice at a time, and no more keys at a time than allowed', async () => {
  let now = 0;
  let most = 0;
  const running = new Set<string>();
  const { clock, loop } = aLoop(
    async (key) => {
      expect(running.has(key)).toBe(false);
      running.add(key);
      most = Math.max(most, ++now);
      loop.enqueue(key);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      now--;
      running.delete(key);
      return undefined;
    },
    { concurrency: 3 },
  );
  for (const key of 'abcdefgh') loop.enqueue(key);
  loop.start();
  await clock.advance(200);
  expect(most).toBe(3);
  const stopped = loop.stop();
  await clock.advance(20);
  await stopped;
  expect(now).toBe(0);
});

test('a key that is forgotten is not looked at again', async () => {
  let ticks = 0;
  const { clock, loop } = aLoop(async () => {
    ticks++;
    return { afterMs: 100 };
  });
  loop.enqueue('a');
  loop.start();
  await clock.advance(50);
  loop.forget('a');
  await clock.advance(1000);
  expect(ticks).toBe(1);
});

test('how long nothing was looked at, while something waits', async () => {
  const { clock, loop } = aLoop(() => new Promise(() => {}), { concurrency: 1 });
  loop.start();
  loop.enqueue('hangs');
  expect(loop.stuckMs()).toBe(0);
  loop.enqueue('waits');
  await clock.advance(5000);
  expect(loop.stuckMs()).toBe(5000);
  expect(loop.depth()).toBe(1);
});

test('waits have slack, less of it where many wait, and are early only as far as they may be', async () => {
  const clock = new ManualClock();
  const slacks: (Slack | undefined)[] = [];
  const noting: Clock = {
    now: () => clock.now(),
    after: (ms, task, slack) => {
      slacks.push(slack);
      return clock.after(ms, task);
    },
  };
  const lastSlack = async (keys: number, again: Partial<Again>) => {
    // What is left of 10 s when the step itself took half a second.
    const next = { afterMs: 9_500, ...again };
    const loop = new Loop({ clock: noting, tick: async () => next, onError: () => {} });
    loop.start();
    for (let key = 0; key < keys; key++) loop.enqueue(String(key));
    await clock.advance(0);
    await loop.stop();
    return slacks.splice(0).at(-1);
  };
  const slackOf = async (keys: number, earlyMs?: number) => {
    const { earlyMs: early, lateMs: late } = (await lastSlack(keys, earlyMs === undefined ? {} : { earlyMs })) ?? {};
    return [early, late];
  };
  expect([await slackOf(1), await slackOf(80), await slackOf(500)]).toEqual([
    [0, 250],
    [0, 250],
    [0, 76],
  ]);
  expect([await slackOf(1, 500), await slackOf(1, 90), await slackOf(500, 90)]).toEqual([
    [250, 250],
    [90, 250],
    [76, 76],
  ]);
  // A run's first weight may wait for company, where there is any.
  expect((await lastSlack(80, { lateMs: 10_000 }))?.lateMs).toBe(2_925);
  expect((await lastSlack(500, { lateMs: 10_000 }))?.lateMs).toBe(468);
  expect((await lastSlack(1, { lateMs: 10_000 }))?.lateMs).toBe(250);
  // A quarter more than if they were evenly spread; out of a crowd they may go as far as was said.
  expect((await lastSlack(500, { earlyMs: 500 }))?.crowd).toEqual({
    company: 8,
    perMs: 1.25 / 19,
    earlyMs: 500,
    lateMs: 76,
  });
  expect((await lastSlack(80, { lateMs: 10_000 }))?.crowd).toEqual({
    company: 8,
    perMs: 1.25 / 243.75,
    earlyMs: 0,
    lateMs: 10_000,
  });
});

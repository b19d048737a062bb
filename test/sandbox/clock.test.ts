import fc from 'fast-check';
import { scaledClock, VirtualClock } from '../../sandbox/clock';

describe('the virtual clock', () => {
  test('runs timers by time, then by insertion', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 40 }), async (delays) => {
        const clock = new VirtualClock(1000);
        const seen: { at: number; id: number }[] = [];
        delays.forEach((ms, id) => {
          clock.after(ms, () => seen.push({ at: clock.now(), id }));
        });
        await clock.advance(50);
        const expected = delays.map((ms, id) => ({ at: 1000 + ms, id })).sort((a, b) => a.at - b.at || a.id - b.id);
        expect(seen).toEqual(expected);
        expect(clock.now()).toBe(1050);
      }),
      { numRuns: 50 },
    );
  });

  test('finishes promise work before the next timer', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(1, async () => {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      seen.push('first');
      clock.after(0, () => seen.push('child'));
    });
    clock.after(2, () => seen.push('second'));
    await clock.advance(5);
    expect(seen).toEqual(['first', 'child', 'second']);
  });

  test('a cancelled timer does not run and does not count', async () => {
    const clock = new VirtualClock();
    const ran = jest.fn();
    const timer = clock.after(10, ran);
    clock.after(20, () => undefined);
    timer.cancel();
    timer.cancel();
    expect(clock.pending()).toBe(1);
    await clock.advance(30);
    expect(ran).not.toHaveBeenCalled();
    expect(clock.pending()).toBe(0);
  });

  test('runUntil jumps to the moment and stops there', async () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const tick = () => {
      ticks++;
      clock.after(1000, tick);
    };
    tick();
    expect(await clock.runUntil(() => ticks === 5, { limitMs: 60_000 })).toBe(4000);
    expect(clock.now()).toBe(4000);
    await expect(clock.runUntil(() => false, { limitMs: 3000 })).rejects.toThrow('3000 ms of virtual time');
  });

  test('runUntil says when nothing is left to run, and two movers are refused', async () => {
    const clock = new VirtualClock();
    await expect(clock.runUntil(() => false, { limitMs: 10 })).rejects.toThrow('no timer is left');
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already moving');
    await first;
  });
});

test('the scaled clock keeps order and never fires early', async () => {
  const clock = scaledClock(1000, { startMs: 5000 });
  const seen: string[] = [];
  const due = clock.now() + 4000;
  clock.after(9000, () => seen.push('never')).cancel();
  await new Promise<void>((resolve) => {
    clock.after(4000, () => {
      seen.push('late');
      resolve();
    });
    clock.after(1000, () => seen.push('early'));
  });
  expect(seen).toEqual(['early', 'late']);
  expect(clock.now()).toBeGreaterThanOrEqual(due);
  expect(() => scaledClock(0)).toThrow('positive');
});

/** When memory is given back: after work, when it is quiet, and not all the time. */
import { collectGarbage, SpareMemory } from '../../controller/spare-memory';
import { ManualClock } from './gates/manual-clock';

/** Quiet since `quietSince`; `collected` has the seconds at which memory was given back. */
function aProcess() {
  const clock = new ManualClock();
  const begun = clock.now();
  const state = { quietSince: begun, isPutAway: false, collected: [] as number[] };
  const spare = new SpareMemory({
    clock,
    quietMs: () => clock.now() - state.quietSince,
    putAway: () => {
      state.isPutAway = true;
    },
    collect: () => {
      expect(state.isPutAway).toBe(true);
      state.isPutAway = false;
      state.collected.push((clock.now() - begun) / 1000);
    },
  });
  spare.start();
  return { clock, state, spare };
}

test('once after a start, and then not again while nothing happens', async () => {
  const { clock, state, spare } = aProcess();
  await clock.advance(3_600_000);
  expect(state.collected).toEqual([60]);
  spare.stop();
});

test('after work, once it is over', async () => {
  const { clock, state, spare } = aProcess();
  await clock.advance(100_000);
  for (let second = 0; second < 100; second += 1) {
    state.quietSince = clock.now();
    await clock.advance(1000);
  }
  expect(state.collected).toEqual([60]);
  await clock.advance(100_000);
  expect(state.collected).toEqual([60, 205]);
  spare.stop();
});

test('at most once a minute in the pauses of a few ticks, and never after the end', async () => {
  const { clock, state, spare } = aProcess();
  for (let tick = 0; tick < 30; tick += 1) {
    await clock.advance(10_000);
    state.quietSince = clock.now();
  }
  expect(state.collected.length).toBeGreaterThan(1);
  expect(state.collected.length).toBeLessThanOrEqual(5);
  spare.stop();
  const before = state.collected.length;
  await clock.advance(1_000_000);
  expect(state.collected).toHaveLength(before);
});

test('what nobody holds any more is gone', async () => {
  const lost = new WeakRef(new Array(1000).fill('spare'));
  // A WeakRef keeps its object to the end of the job that made it.
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  expect(lost.deref()).toBeUndefined();
});

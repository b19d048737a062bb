/** Many keys at one moment are looked at in phases, and nothing else is moved. */
import fc from 'fast-check';
import type { GroupingProvider } from '../../controller/analysis/metric-provider';
import { builtinQuery } from '../../controller/analysis/queries';
import { QueryBatches } from '../../controller/analysis/query-batches';
import { shardOf } from '../../controller/kube/shard-plan';
import { Loop, type LoopOptions } from '../../controller/loop';
import { PHASE_MS, spreadMs } from '../../controller/spread';
import { VARIABLES } from './analysis/questions';
import { ManualClock } from './gates/manual-clock';

const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `team-${index % 7}/app-${index}`);

function tally<T>(all: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

test('few wait for nothing, many wait whole phases and 5 s at most, each always the same', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20_000), (key, count) => {
      const waitMs = spreadMs(key, count);
      expect(waitMs).toBe(spreadMs(key, count));
      expect(waitMs % PHASE_MS).toBe(0);
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThan(5_000);
      if (count <= 200) expect(waitMs).toBe(0);
    }),
  );
});

test.each([1_000, 5_000])('the phases of %i are about equal, also those of one shard', (count) => {
  const keys = keysOf(count);
  const phases = tally(keys.map((key) => spreadMs(key, count)));
  expect(phases.size).toBe(count / 200);
  expect(Math.max(...phases.values())).toBeLessThan(280);
  const ofShard = keys.filter((key) => shardOf(key, 5) === 3);
  expect(tally(ofShard.map((key) => spreadMs(key, count))).size).toBe(count / 200);
});

function aLoop(tick: LoopOptions['tick']) {
  const clock = new ManualClock();
  const loop = new Loop({
    clock,
    tick,
    onError: (_, error) => {
      throw error;
    },
  });
  return { clock, loop, begun: clock.now() };
}

test('after a start a thousand keys tick in five phases, and from then on when each is due', async () => {
  const ticks = new Map<string, number[]>();
  const { clock, loop, begun } = aLoop(async (key) => {
    ticks.set(key, [...(ticks.get(key) ?? []), clock.now() - begun]);
    return { afterMs: 10_000 };
  });
  const keys = keysOf(1_000);
  for (const key of keys) loop.enqueue(key);
  loop.start();
  await clock.advance(31_000);
  for (const [key, times] of ticks) {
    const first = spreadMs(key, 1_000);
    expect([key, times]).toEqual([key, [0, 10_000, 20_000, 30_000].map((ms) => ms + first)]);
  }
  expect(ticks.size).toBe(1_000);
  await loop.stop();
});

test('what changes does not wait for its phase, and what is due before it keeps its time', async () => {
  const ticks: string[] = [];
  const { clock, loop, begun } = aLoop(async (key) => {
    ticks.push(`${key} ${clock.now() - begun}`);
    return key === 'due' ? { afterMs: 100 } : undefined;
  });
  const keys = keysOf(5_000);
  const late = keys.find((key) => spreadMs(key, 5_001) >= 4_000)!;
  loop.start();
  loop.enqueue('due');
  await clock.advance(50);
  loop.enqueueAll([...keys, 'due']);
  loop.enqueue(late);
  await clock.advance(60);
  expect(ticks.filter((tick) => tick.startsWith(`${late} `))).toEqual([`${late} 50`]);
  expect(ticks).toContain('due 100');
  await clock.advance(5_000);
  expect(ticks.filter((tick) => tick.startsWith(`${late} `))).toHaveLength(1);
  expect(new Set(ticks.map((tick) => tick.split(' ')[0])).size).toBe(5_001);
  await loop.stop();
});

test('the Canaries of a phase share their queries', async () => {
  const sizes: number[] = [];
  const one = async (query: string) => {
    sizes.push(new Set(query.match(/app-\d+/g)).size);
    await new Promise<void>((resolve) => clock.after(20, resolve));
    return 1;
  };
  const server = { query: one, queryEach: async (query: string) => one(query).then(() => new Map()) };
  const { clock, loop } = aLoop(async (key, outside) => {
    const { query, grouped } = builtinQuery('request-duration', 'istio', { ...VARIABLES, target: key.split('/')[1]! })!;
    const address = 'http://prometheus';
    await outside(() =>
      batches.ask({ server: server as unknown as GroupingProvider, address, query, grouped: grouped! }),
    );
    return { afterMs: 10_000 };
  });
  const batches = new QueryBatches(clock);
  for (const key of keysOf(1_000)) loop.enqueue(key);
  loop.start();
  await clock.advance(9_000);
  // Of each of the five phases the first asks at once, and the others together.
  expect(sizes.length).toBeLessThanOrEqual(5 * 2);
  expect(sizes.reduce((all, size) => all + size)).toBe(1_000);
  await loop.stop();
});

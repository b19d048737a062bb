/** What is left to chance, and what makes pods slow for a while. */
import { App } from '../../../sandbox/mesh/app';
import { DrawnSharing } from '../../../sandbox/mesh/sharing';
import { poisson, seeded } from '../../../sandbox/random';
import { HEALTHY, latencyAt } from '../../../sandbox/workloads/behaviour';
import { aWorld, IMAGES, split } from './fixture';

const MOMENT = { nowMs: 0, slowdown: 1 };

test.each([0.2, 3, 40, 500])('poisson numbers have the mean %f and as much variance', (mean) => {
  const random = seeded(3);
  const drawn = Array.from({ length: 20_000 }, () => poisson(mean, random));
  const average = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  const variance = drawn.reduce((sum, one) => sum + (one - average) ** 2, 0) / drawn.length;
  expect(average / mean).toBeCloseTo(1, 1);
  expect(variance / mean).toBeGreaterThan(0.9);
  expect(variance / mean).toBeLessThan(1.1);
});

test('drawn shares are near the weights, and a weight of 0 gets nothing', () => {
  const sharing = new DrawnSharing(seeded(1));
  const parts = sharing.divide(10_000, [
    { key: 'a', weight: 90 },
    { key: 'b', weight: 10 },
    { key: 'c', weight: 0 },
  ]);
  expect(parts.get('a')! + parts.get('b')!).toBe(10_000);
  expect(Math.abs(parts.get('b')! - 1000)).toBeLessThan(150);
  expect(parts.get('b')).not.toBe(1000);
  expect(parts.has('c')).toBe(false);
});

test('quantiles lie on straight lines between their points', () => {
  const latency = {
    quantiles: [
      [0.5, 40],
      [0.99, 300],
      [1, 900],
    ] as const,
  };
  expect([0, 0.25, 0.5, 0.745, 0.99, 0.995, 1].map((share) => Math.round(latencyAt(latency, share)))).toEqual([
    0, 20, 40, 170, 300, 600, 900,
  ]);
});

test('drawn errors have their share, not exactly', () => {
  const app = new App(0.5, seeded(3));
  const failed = Array.from({ length: 5000 }, () => app.answer('/', { ...HEALTHY, errorRate: 0.1 }, MOMENT)).filter(
    ({ status }) => status === 500,
  ).length;
  expect(Math.abs(failed - 500)).toBeLessThan(80);
  expect(failed).not.toBe(500);
});

test('a cold pod is slow and fails until both its requests and its time are over', () => {
  const warmUp = { requests: 3, ms: 1000, slowdown: 10, errorRate: 1 };
  const behaviour = { ...HEALTHY, latencyMs: { baseMs: 10, spreadMs: 0 }, warmUp };
  const app = new App(0);
  const seen = [0, 100, 200, 300, 999, 1000, 2000].map((nowMs) => app.answer('/', behaviour, { nowMs, slowdown: 1 }));
  expect(seen.map(({ status }) => status)).toEqual([500, 500, 500, 500, 500, 200, 200]);
  expect(seen.map(({ latencyMs }) => latencyMs)).toEqual([100, 100, 100, 100, 100, 10, 10]);
});

test('neighbours slow the pods of their nodes down, in bursts', async () => {
  const world = await aWorld();
  world.route([split(100, 0)]);
  await world.clock.advance(1000);
  world.sandbox.users.slowAboveMs = 100;
  world.sandbox.neighbour({ everyMs: 60_000, forMs: 10_000, slowdown: 100, nodes: 3 });
  const load = world.sandbox.ingress({ host: 'app.example.com', perSecond: 10 });
  await world.clock.advance(9_500);
  const during = world.sandbox.users.reset();
  await world.clock.advance(20_000);
  const after = world.sandbox.users.reset();
  load.stop();
  expect(during.slow).toBe(during.requests);
  expect(during.byVersion[IMAGES.GOOD]?.slow).toBe(during.requests);
  expect(after.requests).toBeGreaterThan(150);
  expect(after.slow).toBe(0);
});

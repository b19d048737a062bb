/** F#1600: pods for the traffic that comes back. */
import fc from 'fast-check';
import { type Load, replicasFor } from '../../../controller/rollout/capacity';

const load = (weight: number, primary: number, canary: number, exact = true): Load => ({
  weight,
  primary,
  canary,
  exact,
});

test.each([
  ['half and half, both sized for their half', 100, load(50, 5, 5), 10],
  ['blue/green: the primary at its minimum', 100, load(0, 2, 10), 10],
  ['a small canary at its minimum is no measure', 100, load(90, 9, 2), 10],
  ['a primary that was not shrunk yet', 100, load(50, 10, 5), 10],
  ['a step back', 60, load(50, 5, 5), 6],
  ['matching requests only: their share is unknown, so both together', 100, load(0, 4, 3, false), 7],
  ['nothing comes back', 100, load(100, 4, 3), 0],
  ['less than now', 40, load(50, 4, 3), 0],
])('%s', (_, next, given, wanted) => {
  expect(replicasFor(next, given)).toBe(wanted);
});

test('more traffic never needs fewer pods, and both sides together are always enough', () => {
  const loads = fc.record({
    weight: fc.integer({ min: 0, max: 99 }),
    primary: fc.integer({ min: 1, max: 200 }),
    canary: fc.integer({ min: 1, max: 200 }),
    exact: fc.boolean(),
  });
  const weights = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }));
  fc.assert(
    fc.property(loads, weights, (given, [a, b]) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      expect(replicasFor(less, given)).toBeLessThanOrEqual(replicasFor(more, given));
      expect(replicasFor(more, given)).toBeLessThanOrEqual(given.primary + given.canary);
    }),
  );
});

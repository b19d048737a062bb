import fc from 'fast-check';
import type { Deployment, ReplicaSet } from '../../../sandbox/workloads/objects';
import {
  nextNewReplicas,
  nextOldReplicas,
  proportional,
  rolloutBounds,
} from '../../../sandbox/workloads/rolling-update';
import { aDeployment } from './cluster';

const aSet = (replicas: number, availableReplicas = replicas) =>
  ({ spec: { replicas }, status: { replicas, availableReplicas } }) as ReplicaSet;

const strategy = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment =>
  aDeployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } });

test.each([
  [strategy(10, '25%', '25%'), { maxSurge: 3, maxUnavailable: 2 }],
  [strategy(1, '25%', '25%'), { maxSurge: 1, maxUnavailable: 0 }],
  [strategy(4, 0, 0), { maxSurge: 0, maxUnavailable: 1 }],
  [aDeployment({ replicas: 3 }), { maxSurge: 1, maxUnavailable: 0 }],
])('surge rounds up, unavailable rounds down (%#)', (deployment, expected) => {
  expect(rolloutBounds(deployment)).toEqual(expected);
});

const sizes = fc.record({
  replicas: fc.integer({ min: 1, max: 12 }),
  surge: fc.integer({ min: 0, max: 4 }),
  unavailable: fc.integer({ min: 0, max: 4 }),
});

test('every rollout ends, and keeps the bounds at every step', () => {
  fc.assert(
    fc.property(sizes, ({ replicas, surge, unavailable }) => {
      const deployment = strategy(replicas, surge, unavailable);
      const { maxSurge, maxUnavailable } = rolloutBounds(deployment);
      let newest = aSet(0);
      let old = [aSet(replicas)];
      for (let step = 0; step < 60; step++) {
        newest = aSet(nextNewReplicas(deployment, newest, old), newest.status!.availableReplicas);
        old = nextOldReplicas(deployment, newest, old).map((count) => aSet(count));
        const total = newest.spec.replicas! + old[0]!.spec.replicas!;
        const available = newest.status!.availableReplicas! + old[0]!.status!.availableReplicas!;
        expect(total).toBeLessThanOrEqual(replicas + maxSurge);
        expect(available).toBeGreaterThanOrEqual(replicas - maxUnavailable);
        newest = aSet(newest.spec.replicas!, Math.min(newest.spec.replicas!, newest.status!.availableReplicas! + 1));
      }
      expect([newest.spec.replicas, old[0]!.spec.replicas]).toEqual([replicas, 0]);
    }),
  );
});

test('a resize in the middle keeps the wanted total', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), ({ replicas, surge }, a, b) => {
      const deployment = strategy(replicas, surge, 1);
      const next = proportional(deployment, [aSet(a), aSet(b)]);
      expect(next[0]! + next[1]!).toBe(replicas + surge);
      expect(Math.min(...next)).toBeGreaterThanOrEqual(0);
    }),
  );
});

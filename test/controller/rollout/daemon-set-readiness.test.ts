/** Readiness of DaemonSets: order, texts and clock (spec workloads 2.3, C8, C10, W4). */
import { daemonSetReadiness } from '../../../controller/rollout/readiness';
import type { KubeObject } from '../../../model/kube';
import { START } from '../../fixtures';

const MINUTE = 60_000;

interface Counts {
  desired?: number;
  updated?: number;
  available?: number;
  generation?: number;
}

function readiness({ desired = 4, updated = 4, available = 4, generation = 2 }: Counts, percent = 100, unreadyMs = 0) {
  const daemonSet: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'podinfo', generation },
    status: {
      observedGeneration: 2,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberAvailable: available,
    },
  };
  const rule = { thresholdPercent: percent, deadlineSeconds: 60, now: START };
  return daemonSetReadiness(daemonSet, rule, START - unreadyMs);
}

test.each<[string, Counts, number, string | undefined]>([
  ['all there', {}, 100, undefined],
  ['enough there', { available: 3 }, 75, undefined],
  ['not observed', { generation: 3 }, 100, 'observed daemonset generation less than desired generation'],
  ['old pods', { updated: 1 }, 100, '1 out of 4 new pods have been updated'],
  ['too few', { available: 2 }, 75, '2 of 3 (readyThreshold 75%) updated pods are available'],
  [
    'C10: rounded up',
    { desired: 1, updated: 1, available: 0 },
    50,
    '0 of 1 (readyThreshold 50%) updated pods are available',
  ],
  [
    'C10: no node fits',
    { desired: 0, updated: 0, available: 0 },
    100,
    '0 of 1 (readyThreshold 100%) updated pods are available',
  ],
])('%s', (_, counts, percent, text) => {
  const found = readiness(counts, percent);
  expect(found).toEqual(
    text === undefined
      ? { ready: true }
      : {
          ready: false,
          retriable: true,
          message: `waiting for rollout to finish: ${text}`,
          available: counts.available ?? 4,
        },
  );
});

test('W4: the deadline counts from when it became unready', () => {
  expect(readiness({ available: 1 }, 100, MINUTE)).toMatchObject({ ready: false, retriable: true });
  expect(readiness({ available: 1 }, 100, MINUTE + 1)).toMatchObject({
    ready: false,
    retriable: false,
    message: 'exceeded its progressDeadlineSeconds: 60',
  });
  expect(readiness({}, 100, 10 * MINUTE)).toEqual({ ready: true });
});

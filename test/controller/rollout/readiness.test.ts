/** When a Deployment is ready, and until when waiting for it makes sense. */
import {
  availableReplicas,
  deploymentReadiness,
  isWorthSaying,
  readySinceMs,
} from '../../../controller/rollout/readiness';
import { aDeployment, START } from '../../fixtures';

interface Pods {
  wanted?: number;
  updated?: number;
  total?: number;
  available?: number;
  observed?: number;
  conditions?: object[];
}

function deployment({
  wanted = 4,
  updated = wanted,
  total = updated,
  available = updated,
  observed = 1,
  conditions = [],
}: Pods) {
  const made = aDeployment('a:1', { replicas: wanted });
  return {
    ...made,
    metadata: { ...made.metadata, generation: 1 },
    status: {
      observedGeneration: observed,
      replicas: total,
      updatedReplicas: updated,
      availableReplicas: available,
      conditions,
    },
  };
}

const readiness = (pods: Pods, thresholdPercent = 100, now = START) =>
  deploymentReadiness(deployment(pods), { thresholdPercent, deadlineSeconds: 60, now });

const WAIT = 'waiting for rollout to finish: ';

test.each<[string, Pods, number, string | undefined]>([
  ['all pods there', {}, 100, undefined],
  ['enough of them', { available: 3 }, 75, undefined],
  [
    'a part of a pod is a pod',
    { available: 2 },
    51,
    `${WAIT}2 of 3 (readyThreshold 51%) updated replicas are available`,
  ],
  ['one missing', { available: 3 }, 100, `${WAIT}3 of 4 (readyThreshold 100%) updated replicas are available`],
  [
    'C10, W24: half of one pod is one pod',
    { wanted: 1, available: 0 },
    50,
    `${WAIT}0 of 1 (readyThreshold 50%) updated replicas are available`,
  ],
  [
    'C10, W24: nothing of four is one pod',
    { available: 0 },
    0,
    `${WAIT}0 of 1 (readyThreshold 0%) updated replicas are available`,
  ],
  ['not all replaced', { updated: 3, total: 4 }, 100, `${WAIT}3 out of 4 new replicas have been updated`],
  ['old ones still there', { total: 6 }, 100, `${WAIT}2 old replicas are pending termination`],
  ['not looked at yet', { observed: 0 }, 100, `${WAIT}observed deployment generation less than desired generation`],
])('%s', (_, pods, threshold, message) => {
  const found = readiness(pods, threshold);
  if (message === undefined) expect(found).toEqual({ ready: true });
  else
    expect(found).toEqual({ ready: false, retriable: true, message, available: pods.available ?? pods.updated ?? 4 });
});

test('a Deployment whose controller gave up is not waited for', () => {
  const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
  expect(readiness({ available: 1, conditions })).toEqual({
    ready: false,
    retriable: false,
    message: 'deployment "podinfo" exceeded its progress deadline',
    available: 1,
  });
});

test('the deadline counts from when pods were last missed', () => {
  const lastUpdateTime = new Date(START).toISOString();
  const missing = { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', lastUpdateTime };
  const conditions = [missing, { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }];
  expect(readiness({ available: 0, conditions }, 100, START + 60_000)).toMatchObject({ retriable: true });
  expect(readiness({ available: 0, conditions }, 100, START + 60_001)).toMatchObject({ retriable: false });
  expect(readiness({ available: 0, conditions: [missing] }, 100, START + 60_001)).toMatchObject({ retriable: true });
  const other = [{ ...missing, reason: 'Other' }, ...conditions.slice(1)];
  expect(readiness({ available: 0, conditions: other }, 100, START + 60_001)).toMatchObject({ retriable: true });
});

test('since when it is ready', () => {
  const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const conditions = [
    { type: 'Available', status: 'True', lastUpdateTime: at(5) },
    { type: 'Progressing', status: 'True', lastUpdateTime: at(9) },
    { type: 'ReplicaFailure', status: 'True', lastUpdateTime: at(20) },
    { type: 'Available', status: 'False', lastUpdateTime: at(30) },
  ];
  expect(readySinceMs(deployment({ conditions }))).toBe(START + 9000);
  expect(readySinceMs(aDeployment())).toBe(0);
});

test('what is available, of each kind', () => {
  expect(availableReplicas(undefined)).toBe(0);
  expect(availableReplicas(aDeployment())).toBe(0);
  expect(availableReplicas(deployment({ available: 3 }))).toBe(3);
  expect(
    availableReplicas({ ...aDeployment(), kind: 'DaemonSet', status: { numberAvailable: 2, availableReplicas: 9 } }),
  ).toBe(2);
});

test('that nobody has looked yet is no news', () => {
  expect(
    isWorthSaying(`podinfo.test not ready: ${WAIT}observed deployment generation less than desired generation`),
  ).toBe(false);
  expect(
    isWorthSaying(`podinfo.test not ready: ${WAIT}observed daemonset generation less than desired generation`),
  ).toBe(false);
  expect(isWorthSaying(`podinfo.test not ready: ${WAIT}1 old replicas are pending termination`)).toBe(true);
});

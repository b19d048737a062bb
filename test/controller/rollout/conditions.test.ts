/** Conditions as people and kstatus read them, and when their times move. */
import { conditionsFor, isStalledWith, recoveredConditions } from '../../../controller/rollout/conditions';
import type { Observation } from '../../../controller/rollout/observation';
import type { CanaryCondition, Phase } from '../../../model/canary';
import { aCanary, aDeployment, START } from '../../fixtures';
import { Stage } from './stage';

const NOW = '2026-11-24T12:00:00Z';
const BEFORE = '2026-11-24T11:00:00Z';

const withConditions = (...conditions: CanaryCondition[]): Observation => {
  const seen = new Stage(aCanary(), aDeployment()).observation();
  return { ...seen, now: START, canary: { ...seen.canary, status: { phase: 'Progressing', conditions } } as never };
};

const STARTING = 'New Deployment detected, starting initialization.';

test.each<[Phase, string, string, string]>([
  ['', 'Unknown', 'Initializing', STARTING],
  ['Initializing', 'Unknown', 'Initializing', STARTING],
  ['Initialized', 'True', 'Initialized', 'Deployment initialization completed.'],
  ['Waiting', 'Unknown', 'Waiting', 'Waiting for approval.'],
  ['Progressing', 'Unknown', 'Progressing', 'New revision detected, progressing canary analysis.'],
  ['WaitingPromotion', 'Unknown', 'WaitingPromotion', 'Waiting for approval.'],
  ['Promoting', 'Unknown', 'Promoting', 'Canary analysis completed, starting primary rolling update.'],
  ['Finalising', 'Unknown', 'Finalising', 'Canary analysis completed, routing all traffic to primary.'],
  ['Succeeded', 'True', 'Succeeded', 'Canary analysis completed successfully, promotion finished.'],
  ['Failed', 'False', 'Failed', 'Canary analysis failed, Deployment scaled to zero.'],
  ['Terminating', 'Unknown', 'Terminating', STARTING],
  ['Terminated', 'Unknown', 'Terminated', STARTING],
])('phase %j is Promoted %s', (phase, status, reason, message) => {
  const kstatus: Record<string, string> =
    status === 'True'
      ? { Ready: 'True' }
      : { Ready: 'False', [phase === 'Failed' ? 'Stalled' : 'Reconciling']: 'True' };
  const times = { lastUpdateTime: NOW, lastTransitionTime: NOW };
  expect(conditionsFor(withConditions(), phase)).toEqual([
    { type: 'Promoted', status, reason, message, ...times },
    ...Object.entries(kstatus).map(([type, is]) => ({ type, status: is, reason, message, ...times })),
  ]);
});

test('why a phase was reached follows its message', () => {
  const [promoted] = conditionsFor(withConditions(), 'Waiting', 'Ask Ann.');
  expect(promoted?.message).toBe('Waiting for approval. Ask Ann.');
});

const waiting: CanaryCondition = {
  type: 'Promoted',
  status: 'Unknown',
  reason: 'Waiting',
  message: 'Waiting for approval.',
  lastUpdateTime: BEFORE,
  lastTransitionTime: BEFORE,
};

test.each<[string, Partial<CanaryCondition>, string, string | undefined]>([
  ['that says the same stays as it is', {}, BEFORE, BEFORE],
  ['with another message is updated', { message: 'Before.' }, NOW, BEFORE],
  ['with another reason is updated', { reason: 'Progressing' }, NOW, BEFORE],
  ['with another status moves', { status: 'True' }, NOW, NOW],
  ['that never said when it moved did so now', { message: 'B.', lastTransitionTime: undefined as never }, NOW, NOW],
  ['of another type is another one', { type: 'Mine' }, NOW, NOW],
])('a condition %s', (_, change, lastUpdateTime, lastTransitionTime) => {
  const [promoted] = conditionsFor(withConditions({ ...waiting, ...change }), 'Waiting');
  expect(promoted).toEqual({ ...waiting, lastUpdateTime, lastTransitionTime });
});

test.each<[string, CanaryCondition[], boolean]>([
  ['nothing', [], false],
  ['another condition that says so', [{ ...waiting, type: 'Ready', message: 'wrong' }], false],
  ['Stalled with another message', [{ ...waiting, type: 'Stalled', message: 'also wrong' }], false],
  ['Stalled with the message', [waiting, { ...waiting, type: 'Stalled', message: 'wrong' }], true],
])('stalled already, by %s', (_, conditions, is) => {
  expect(isStalledWith(withConditions(...conditions), 'wrong')).toBe(is);
});

test.each<[string, CanaryCondition[], boolean]>([
  ['a failed run', [{ ...waiting, type: 'Stalled', reason: 'Failed' }], false],
  ['another condition for such a reason', [{ ...waiting, type: 'Ready', reason: 'InvalidSpec' }], false],
  ['a spec that was wrong', [{ ...waiting, type: 'Stalled', reason: 'InvalidSpec' }], true],
  ['a provider that was not supported', [{ ...waiting, type: 'Stalled', reason: 'NotSupported' }], true],
  ['a target that was taken', [{ ...waiting, type: 'Stalled', reason: 'TargetTaken' }], true],
])('recovers from %s', (_, conditions, does) => {
  const found = recoveredConditions(withConditions(...conditions));
  expect(found?.map(({ type, reason }) => `${type} ${reason}`)).toEqual(
    does ? ['Promoted Progressing', 'Ready Progressing', 'Reconciling Progressing'] : undefined,
  );
});

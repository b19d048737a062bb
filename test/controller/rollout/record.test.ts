/** The decision record and the conditions that others wait for. */
import type { CanaryCondition } from '../../../model/canary';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from './stage';

const KSTATUS = ['Ready', 'Reconciling', 'Stalled'];

const conditionsOf = (stage: Stage) =>
  Object.fromEntries(
    (stage.status.conditions ?? [])
      .filter(({ type }) => KSTATUS.includes(type))
      .map(({ type, status }) => [type, status]),
  );

/** The conditions at each change of phase, in order. */
async function transitions(stage: Stage, until: string): Promise<[string, Record<string, string>][]> {
  const seen: [string, Record<string, string>][] = [];
  const end = stage.now + 3_600_000;
  while (stage.now < end && (stage.status.phase !== until || seen.at(-1)?.[0] !== until)) {
    const version = JSON.stringify(stage.status);
    const requeueAfterMs = await stage.tick();
    const phase = stage.status.phase ?? '';
    if (seen.at(-1)?.[0] !== phase) seen.push([phase, conditionsOf(stage)]);
    if (JSON.stringify(stage.status) === version) stage.now += Math.max(requeueAfterMs ?? 1000, 1);
  }
  return seen;
}

test('A#4672, F#830: conditions of a promotion, phase by phase', async () => {
  const stage = new Stage(aCanary({ webhooks: [aHook('cr', 'confirm-rollout')] }), aDeployment());
  expect(await transitions(stage, 'Initialized')).toEqual([
    ['Initializing', { Ready: 'False', Reconciling: 'True' }],
    ['Initialized', { Ready: 'True' }],
  ]);
  stage.setImage('a:2');
  stage.hooks['cr'] = { passed: false, error: '' };
  expect((await transitions(stage, 'Waiting')).at(-1)).toEqual(['Waiting', { Ready: 'False', Reconciling: 'True' }]);
  stage.hooks['cr'] = { passed: true, body: '' };
  expect(await transitions(stage, 'Succeeded')).toEqual([
    ['Progressing', { Ready: 'False', Reconciling: 'True' }],
    ['Promoting', { Ready: 'False', Reconciling: 'True' }],
    ['Finalising', { Ready: 'False', Reconciling: 'True' }],
    ['Succeeded', { Ready: 'True' }],
  ]);
});

test('A#352: a failed run is not ready and stalled, and a new one is neither', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  await stage.until('Initialized');
  stage.metrics['request-success-rate'] = 0;
  stage.setImage('a:2');
  expect((await transitions(stage, 'Failed')).at(-1)).toEqual(['Failed', { Ready: 'False', Stalled: 'True' }]);
  stage.metrics['request-success-rate'] = 100;
  stage.setImage('a:3');
  expect((await transitions(stage, 'Progressing')).at(-1)).toEqual([
    'Progressing',
    { Ready: 'False', Reconciling: 'True' },
  ]);
});

test('lastTransitionTime moves with the status of a condition, lastUpdateTime with anything it says', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  await stage.until('Initialized');
  const at = (type: string) => stage.status.conditions?.find((c) => c.type === type) as CanaryCondition;
  const initialized = at('Promoted');
  await stage.after(60);
  stage.setImage('a:2');
  await stage.until('Progressing');
  expect(at('Promoted').lastTransitionTime).not.toBe(initialized.lastTransitionTime);
  const progressing = at('Promoted');
  await stage.until('Promoting');
  expect(at('Promoted')).toMatchObject({ status: 'Unknown', lastTransitionTime: progressing.lastTransitionTime });
  expect(at('Promoted').lastUpdateTime).not.toBe(progressing.lastUpdateTime);
});

test('observedGeneration follows the spec, also when nothing else changes', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  await stage.until('Initialized');
  await stage.after(10);
  stage.edit('Canary', 'podinfo', (object) => {
    (object as ReturnType<typeof aCanary>).spec.analysis.threshold = 7;
  });
  await stage.settleTicks();
  expect(stage.status.observedGeneration).toBe(stage.canary.metadata.generation);
});

test('the record of a run: what each check said, against which range, and how it ended', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  await stage.until('Initialized');
  stage.metrics['request-success-rate'] = 69.17;
  stage.setImage('a:2');
  await stage.until('Failed');
  expect(stage.status.runs).toEqual([
    {
      revision: stage.status.lastAppliedSpec,
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      outcome: 'failed',
      reason: 'FailedChecksThreshold',
      checks: [
        {
          name: 'request-success-rate',
          verdict: 'fail',
          value: 69.17,
          range: { min: 99 },
          window: '1m',
          message: 'Halt podinfo.test advancement success rate 69.17% < 99%',
        },
      ],
    },
  ]);
});

test('A#2166: the record keeps the last ten runs, and each way to end', async () => {
  const stage = new Stage(aCanary({ threshold: 1 }), aDeployment());
  await stage.until('Initialized');
  stage.metrics['request-success-rate'] = 0;
  for (let i = 0; i < 11; i++) {
    stage.setImage(`a:${i}`);
    await stage.until('Progressing');
    await stage.until('Failed');
  }
  stage.metrics['request-success-rate'] = 100;
  stage.setImage('a:superseded');
  await stage.until('Progressing');
  await stage.after(10);
  stage.setImage('a:good');
  await stage.settleTicks();
  await stage.until('Succeeded');
  stage.setImage('a:withdrawn');
  await stage.until('Progressing');
  stage.setImage('a:good');
  await stage.settleTicks();
  expect(stage.status.runs).toHaveLength(10);
  expect(stage.status.runs?.slice(-3).map(({ outcome }) => outcome)).toEqual(['superseded', 'promoted', 'withdrawn']);
});

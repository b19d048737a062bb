import type { Canary, CanaryRun, CanaryStatus } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { defaultDeadlineMs } from '../../pulumi/patience';
import { type Applied, type Seen, verdictOn } from '../../pulumi/verdict';

const APPLIED: Applied = { hash: 's1-new', configs: { 'configmap/settings': 'c2' } };

const canary = (status: CanaryStatus | undefined, spec: object = {}): Canary =>
  ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: 'test', generation: 1 },
    spec,
    ...(status && { status }),
  }) as unknown as Canary;

const seen = (status: CanaryStatus | undefined, more: Partial<Seen> = {}): Seen => ({
  canary: canary(status),
  present: APPLIED,
  primary: undefined,
  ...more,
});

const primary = (revision: string, configs: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'podinfo-primary',
    annotations: { 'serin.dev/revision': revision, 'serin.dev/tracked-configs': JSON.stringify(configs) },
  },
});

const verdict = (status: CanaryStatus | undefined, more: Partial<Seen> = {}) => verdictOn(APPLIED, seen(status, more));

/** A status that is about what was applied. */
const about = (status: CanaryStatus): CanaryStatus => ({
  lastAppliedSpec: APPLIED.hash,
  trackedConfigs: APPLIED.configs,
  ...status,
});

const RUN: CanaryRun = {
  revision: APPLIED.hash,
  startedAt: '2026-01-01T00:00:00Z',
  checks: [
    { name: 'request-success-rate', verdict: 'pass', value: 99.5678 },
    { name: 'request-duration', verdict: 'fail', value: 812 },
    { name: 'load', verdict: 'noData' },
  ],
};

const OLD: CanaryStatus = { phase: 'Succeeded', lastAppliedSpec: 's1-old', lastPromotedSpec: 's1-old' };

describe('a revision is promoted', () => {
  it.each([
    ['as the first one', about({ phase: 'Initialized' })],
    ['after its run', about({ phase: 'Succeeded', lastPromotedSpec: APPLIED.hash })],
    ['where configs are not tracked', { phase: 'Succeeded', lastAppliedSpec: APPLIED.hash } as CanaryStatus],
  ])('%s', (_, status) => expect(verdict(status)).toMatchObject({ is: 'promoted' }));

  it('when the target went back to it after another one failed', () => {
    const back = about({ phase: 'Failed', lastPromotedSpec: APPLIED.hash });
    expect(verdict(back, { primary: primary(APPLIED.hash, APPLIED.configs) })).toMatchObject({ is: 'promoted' });
  });
});

describe('a revision is rolled back', () => {
  const status = about({
    phase: 'Failed',
    conditions: [
      {
        type: 'Promoted',
        status: 'False',
        reason: 'Failed',
        message: 'Canary analysis failed, Deployment scaled to zero.',
      },
      { type: 'Stalled', status: 'True', reason: 'Failed' },
    ],
    runs: [
      {
        revision: APPLIED.hash,
        startedAt: '2026-11-24T08:00:00Z',
        outcome: 'failed',
        reason: 'FailedChecksThreshold',
        checks: [
          { name: 'request-duration', verdict: 'pass' },
          { name: 'request-success-rate', verdict: 'fail', message: 'success rate 93.10% < 99%' },
        ],
      },
    ],
  });

  it('with the reason of the run and what its checks said', () => {
    expect(verdict(status)).toEqual({
      is: 'failed',
      reason: 'FailedChecksThreshold',
      message: 'revision s1-new was rolled back: success rate 93.10% < 99%',
    });
  });

  it('with the condition when no check says why', () => {
    expect(verdict({ ...status, runs: [] })).toEqual({
      is: 'failed',
      reason: 'Failed',
      message: 'revision s1-new was rolled back: Canary analysis failed, Deployment scaled to zero.',
    });
  });

  it('when only its configs are new, and the primary runs the same template with the old ones', () => {
    const promoted = primary(APPLIED.hash, { 'configmap/settings': 'c1' });
    expect(verdict(status, { primary: promoted })).toMatchObject({ is: 'failed' });
  });
});

describe('a revision is waited for', () => {
  it.each<[string, CanaryStatus | undefined, string]>([
    ['before the controller saw the Canary', undefined, 'waiting for the controller to see the Canary'],
    ['while the primary is made', { phase: 'Initializing' }, 'waiting for the primary to be ready'],
    ['before its run', OLD, 'waiting for the run of revision s1-new to begin'],
    [
      'before the run of its configs',
      about({ phase: 'Succeeded', trackedConfigs: { 'configmap/settings': 'c1' } }),
      'waiting for the run of revision s1-new to begin',
    ],
    ['after another one failed', { ...OLD, phase: 'Failed' }, 'waiting for the run of revision s1-new to begin'],
    ['by a gate', { ...OLD, phase: 'Waiting' }, 'revision s1-new waits for approval'],
    [
      'in its analysis',
      about({ phase: 'Progressing', canaryWeight: 20, failedChecks: 1 }),
      'analysing: 20 % of the traffic to the canary, 1 failed checks',
    ],
    [
      'in its analysis, with what the checks of the last step said',
      about({ phase: 'Progressing', canaryWeight: 20, runs: [RUN] }),
      'analysing: 20 % of the traffic to the canary (request-success-rate 99.57, request-duration 812 fail, load noData)',
    ],
    [
      'in its analysis, without the checks of another run',
      about({ phase: 'Progressing', canaryWeight: 20, runs: [{ ...RUN, revision: 's1-old' }] }),
      'analysing: 20 % of the traffic to the canary',
    ],
    [
      'by the gate of the promotion',
      about({ phase: 'WaitingPromotion' }),
      'the analysis is done: the promotion waits for approval',
    ],
    ['in its promotion', about({ phase: 'Promoting' }), 'the analysis is done: promoting'],
    ['while the traffic returns', about({ phase: 'Finalising' }), 'promoted: the traffic is back on the primary'],
    [
      'as long as the status is of another controller',
      { phase: 'Succeeded', lastAppliedSpec: '5c7d9f' },
      'waiting for Serin: another controller wrote the status',
    ],
  ])('%s', (_, status, message) => expect(verdict(status)).toEqual({ is: 'pending', message }));
});

describe('a revision has no chance', () => {
  it('when the target was changed again', () => {
    const present = { hash: 's1-other', configs: {} };
    expect(verdict(about({ phase: 'Progressing' }), { present })).toMatchObject({
      is: 'failed',
      reason: 'RevisionChanged',
    });
  });

  it('when the target is gone', () =>
    expect(verdict(about({ phase: 'Progressing' }), { present: undefined })).toMatchObject({ reason: 'TargetGone' }));

  it('when the Canary is on its way out', () =>
    expect(verdict(about({ phase: 'Terminating' }))).toMatchObject({ is: 'failed', reason: 'Deleted' }));

  it('when the Canary cannot work as it is written', () => {
    const message = 'spec.service: is missing: set service.port';
    const conditions: CanaryStatus['conditions'] = [
      { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
    ];
    expect(verdict(about({ phase: 'Succeeded', conditions }))).toEqual({
      is: 'stalled',
      reason: 'InvalidSpec',
      message,
    });
  });
});

it('nobody waits for a Canary that is suspended', () => {
  expect(verdict(OLD, { canary: canary(OLD, { suspend: true }) })).toMatchObject({ is: 'suspended' });
  const midway = about({ phase: 'Progressing' });
  expect(verdict(midway, { canary: canary(midway, { suspend: true }) })).toMatchObject({ is: 'suspended' });
});

describe('the default deadline', () => {
  const minutes = (analysis: object) =>
    defaultDeadlineMs({ analysis: { interval: '5m', threshold: 5, ...analysis } }) / 60_000;

  it('is an hour for short runs', () => {
    expect(defaultDeadlineMs({ analysis: { interval: '10s', threshold: 1, iterations: 3 } })).toBe(3_600_000);
  });

  it('grows with the steps', () => {
    expect(minutes({ stepWeight: 2, maxWeight: 50 })).toBe(2 * ((25 + 1 + 5) * 5 + 20));
    expect(minutes({ stepWeights: [1, 5, 25, 50], stepWeightPromotion: 10 })).toBe(2 * ((4 + 10 + 5) * 5 + 20));
  });
});

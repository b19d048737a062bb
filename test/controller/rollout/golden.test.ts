/** The golden traces of behaviour-reference section 10, row by row, with the waits of behaviour.md section 2 taken out. */
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { type Row, Stage } from './stage';

/** What a trace row is compared by. */
const seen = (rows: Row[]) =>
  rows.filter((row) => row.says.length > 0).map(({ says, phase, weight, routes }) => ({ says, phase, weight, routes }));

const row = (says: string[], phase: string, weight: number, routes: string) => ({ says, phase, weight, routes });

/** A Canary that was bootstrapped, and whose target then got another image. */
async function released(analysis: Parameters<typeof aCanary>[0] = {}, spec: Parameters<typeof aCanary>[1] = {}) {
  const stage = new Stage(aCanary(analysis, spec), aDeployment());
  await stage.until('Initialized');
  await stage.after(60);
  stage.setImage('stefanprodan/podinfo:3.1.1');
  return stage;
}

test('bootstrap', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  stage.held.set('podinfo-primary', 'updating');
  const waiting = await stage.settleTicks();
  expect(seen(waiting)).toEqual([
    row(['N all the metrics providers are available!'], 'Initializing', 0, '-'),
    row(
      ['W podinfo-primary.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated'],
      'Initializing',
      0,
      '-',
    ),
  ]);
  expect(stage.get('Service', 'podinfo')).toBeUndefined();

  stage.held.clear();
  stage.settle();
  const done = await stage.settleTicks();
  expect(seen(done)).toEqual([row(['N Initialization done! podinfo.test'], 'Initialized', 0, '100/0')]);
  expect(done.flatMap((r) => r.alerts)).toEqual([
    { severity: 'info', message: 'New Deployment detected, initialization completed.', withMetadata: true },
  ]);
  await stage.after(5);
  expect(stage.rows.at(-1)?.replicas).toBe(0);
  expect(stage.status.conditions?.[0]).toMatchObject({ type: 'Promoted', status: 'True', reason: 'Initialized' });
});

test('progressive with every hook', async () => {
  const stage = await released({
    webhooks: [
      aHook('pre', 'pre-rollout'),
      aHook('load', 'rollout'),
      aHook('rb', 'rollback'),
      aHook('cr', 'confirm-rollout'),
      aHook('cti', 'confirm-traffic-increase'),
      aHook('cp', 'confirm-promotion'),
      aHook('post', 'post-rollout'),
    ],
  });
  const rows = await stage.until('Succeeded');
  expect(seen(rows)).toEqual([
    row(
      ['N Confirm-rollout check cr passed', 'N New revision detected! Scaling up podinfo.test'],
      'Progressing',
      0,
      '100/0',
    ),
    row(
      [
        'N Rollback hook rb not signaling a rollback',
        'N Starting canary analysis for podinfo.test',
        'N Pre-rollout check pre passed',
        'N Confirm-traffic-increase check cti passed',
        'N Advance podinfo.test canary weight 20',
      ],
      'Progressing',
      20,
      '80/20',
    ),
    row(
      [
        'N Rollback hook rb not signaling a rollback',
        'N Confirm-traffic-increase check cti passed',
        'N Advance podinfo.test canary weight 40',
      ],
      'Progressing',
      40,
      '60/40',
    ),
    row(
      [
        'N Rollback hook rb not signaling a rollback',
        'N Confirm-traffic-increase check cti passed',
        'N Advance podinfo.test canary weight 60',
      ],
      'Progressing',
      60,
      '40/60',
    ),
    row(
      [
        'N Rollback hook rb not signaling a rollback',
        'N Confirm-traffic-increase check cti passed',
        'N Confirm-promotion check cp passed',
        'N Copying podinfo.test template spec to podinfo-primary.test',
      ],
      'Promoting',
      60,
      '40/60',
    ),
    row(['N Routing all traffic to primary'], 'Finalising', 0, '100/0'),
    row(
      ['N Post-rollout check post passed', 'N Promotion completed! Scaling down podinfo.test'],
      'Succeeded',
      0,
      '100/0',
    ),
  ]);
  const calls = rows.map((r) => r.calls).filter((c) => c.length > 0);
  expect(calls).toEqual([
    ['cr'],
    ['rb', 'pre', 'cti'],
    ['rb', 'load', 'cti'],
    ['rb', 'load', 'cti'],
    ['rb', 'load', 'cti', 'cp'],
    ['post'],
  ]);
  expect(stage.rows.at(-1)?.replicas).toBe(0);
  expect(rows.flatMap((r) => r.alerts.map((a) => `${a.severity} ${a.message}`))).toEqual([
    'info New revision detected, progressing canary analysis.',
    'info Canary analysis completed successfully, promotion finished.',
  ]);
});

const START_RUN = row(['N New revision detected! Scaling up podinfo.test'], 'Progressing', 0, '100/0');
const COPYING = 'N Copying podinfo.test template spec to podinfo-primary.test';
const DONE = row(['N Promotion completed! Scaling down podinfo.test'], 'Succeeded', 0, '100/0');
const BACK = row(['N Routing all traffic to primary'], 'Finalising', 0, '100/0');
const STARTING = 'N Starting canary analysis for podinfo.test';

test('mirror before progressive steps', async () => {
  const stage = await released({ mirror: true });
  expect(seen(await stage.until('Succeeded'))).toEqual([
    START_RUN,
    row([STARTING, 'N Advance podinfo.test canary weight 0'], 'Progressing', 0, '100/0m'),
    row(['N Advance podinfo.test canary weight 20'], 'Progressing', 20, '80/20'),
    row(['N Advance podinfo.test canary weight 40'], 'Progressing', 40, '60/40'),
    row(['N Advance podinfo.test canary weight 60'], 'Progressing', 60, '40/60'),
    row([COPYING], 'Promoting', 60, '40/60'),
    BACK,
    DONE,
  ]);
});

test('F#381: stepWeightPromotion', async () => {
  const stage = await released({ stepWeightPromotion: 25 });
  expect(seen(await stage.until('Succeeded')).slice(4)).toEqual([
    row([COPYING], 'Promoting', 60, '40/60'),
    row(['N Advance podinfo.test primary weight 65'], 'Promoting', 35, '65/35'),
    row(['N Advance podinfo.test primary weight 90'], 'Promoting', 10, '90/10'),
    row(['N Advance podinfo.test primary weight 100'], 'Finalising', 0, '100/0'),
    DONE,
  ]);
});

test('A/B', async () => {
  const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
  const stage = await released({ iterations: 2, match });
  expect(seen(await stage.until('Succeeded'))).toEqual([
    START_RUN,
    row([STARTING, 'N Advance podinfo.test canary iteration 1/2'], 'Progressing', 0, '0/100'),
    row(['N Advance podinfo.test canary iteration 2/2'], 'Progressing', 0, '0/100'),
    row([COPYING], 'Promoting', 0, '0/100'),
    BACK,
    DONE,
  ]);
});

test('blue/green', async () => {
  const stage = await released({ iterations: 2 });
  expect(seen(await stage.until('Succeeded'))).toEqual([
    START_RUN,
    row([STARTING, 'N Advance podinfo.test canary iteration 1/2'], 'Progressing', 0, '100/0'),
    row(['N Advance podinfo.test canary iteration 2/2'], 'Progressing', 0, '100/0'),
    row(['N Routing all traffic to canary'], 'Progressing', 0, '0/100'),
    row([COPYING], 'Promoting', 0, '0/100'),
    BACK,
    DONE,
  ]);
});

test('blue/green with mirroring: the mirroring section of the tutorial', async () => {
  const stage = await released({ iterations: 2, mirror: true });
  expect(seen(await stage.until('Succeeded'))).toEqual([
    START_RUN,
    row([STARTING, 'N Advance podinfo.test canary iteration 1/2'], 'Progressing', 0, '100/0m'),
    row(['N Advance podinfo.test canary iteration 2/2'], 'Progressing', 0, '100/0m'),
    row(['N Stop traffic mirroring and route all traffic to canary'], 'Progressing', 0, '0/100'),
    row([COPYING], 'Promoting', 0, '0/100'),
    BACK,
    DONE,
  ]);
});

test('skipAnalysis awaits readiness and promotes without checks', async () => {
  const stage = await released({}, { skipAnalysis: true });
  stage.metrics['request-success-rate'] = 0;
  expect(seen(await stage.until('Succeeded'))).toEqual([
    START_RUN,
    row([COPYING], 'Promoting', 0, '100/0'),
    row(['N Promotion completed! Canary analysis was skipped for podinfo.test'], 'Succeeded', 0, '100/0'),
  ]);
});

test('failure by checks', async () => {
  const stage = await released();
  await stage.settleTicks();
  stage.metrics['request-success-rate'] = 69.17;
  const rows = await stage.until('Failed');
  expect(seen(rows)).toEqual([
    row(['W Halt podinfo.test advancement success rate 69.17% < 99%'], 'Progressing', 20, '80/20'),
    row(['W Halt podinfo.test advancement success rate 69.17% < 99%'], 'Progressing', 20, '80/20'),
    row(
      ['W Rolling back podinfo.test failed checks threshold reached 2', 'W Canary failed! Scaling down podinfo.test'],
      'Failed',
      0,
      '100/0',
    ),
  ]);
  expect(rows.flatMap((r) => r.alerts)).toEqual([
    { severity: 'error', message: 'Failed checks threshold reached 2', withMetadata: false },
  ]);
  await stage.after(5);
  expect(stage.rows.at(-1)?.replicas).toBe(0);
  expect(stage.status).toMatchObject({ failedChecks: 0, canaryWeight: 0 });
  expect(stage.status.conditions?.[0]).toMatchObject({
    status: 'False',
    reason: 'Failed',
    message: 'Canary analysis failed, Deployment scaled to zero.',
  });
});

test('failing pre-rollout hook', async () => {
  const stage = await released({ webhooks: [aHook('pre', 'pre-rollout'), aHook('post', 'post-rollout')] });
  stage.hooks['pre'] = { passed: false, error: 'no token' };
  stage.hooks['post'] = { passed: false, error: 'gone' };
  const halt = 'W Halt podinfo.test advancement pre-rollout check pre failed no token';
  expect(seen(await stage.until('Failed'))).toEqual([
    START_RUN,
    row([STARTING, halt], 'Progressing', 0, '100/0'),
    row([STARTING, halt], 'Progressing', 0, '100/0'),
    row(
      ['W Rolling back podinfo.test failed checks threshold reached 2', 'W Canary failed! Scaling down podinfo.test'],
      'Failed',
      0,
      '100/0',
    ),
    row(['W Post-rollout hook post failed gone'], 'Failed', 0, '100/0'),
  ]);
});

test('canary past its deadline says so and alerts (B4)', async () => {
  const stage = await released();
  stage.held.set('podinfo', 'deadline');
  const rows = await stage.until('Failed');
  const why = 'canary deployment podinfo.test not ready: deployment "podinfo" exceeded its progress deadline';
  expect(seen(rows)).toEqual([
    START_RUN,
    row(
      [
        `W ${why}`,
        `W Rolling back podinfo.test progress deadline exceeded ${why}`,
        'W Canary failed! Scaling down podinfo.test',
      ],
      'Failed',
      0,
      '100/0',
    ),
  ]);
  expect(rows.flatMap((r) => r.alerts).map((a) => a.severity)).toEqual(['info', 'error']);
  expect(stage.status.conditions?.[0]?.message).toContain('exceeded its progress deadline');
});

test('rollback hook', async () => {
  const stage = await released({ webhooks: [aHook('rb', 'rollback'), aHook('post', 'post-rollout')] });
  await stage.settleTicks();
  stage.hooks['rb'] = { passed: true, body: '' };
  await stage.after(10);
  expect(stage.texts().slice(-4)).toEqual([
    'W Rollback check rb passed',
    'W Rolling back podinfo.test manual webhook invoked',
    'W Canary failed! Scaling down podinfo.test',
    'N Post-rollout check post passed',
  ]);
  expect(stage.status.phase).toBe('Failed');
});

test('a revision change half-way restarts at zero', async () => {
  const stage = await released();
  await stage.settleTicks();
  await stage.after(10);
  expect(stage.status.canaryWeight).toBe(40);
  stage.setImage('stefanprodan/podinfo:3.1.2');
  stage.held.set('podinfo', 'unavailable');
  stage.settle();
  expect(seen(await stage.settleTicks())).toEqual([
    row(['N New revision detected! Restarting analysis for podinfo.test'], 'Progressing', 0, '100/0'),
    row(
      [
        'W canary deployment podinfo.test not ready: waiting for rollout to finish: 0 out of 1 new replicas have been updated',
      ],
      'Progressing',
      0,
      '100/0',
    ),
  ]);
  stage.held.clear();
  stage.settle();
  expect(seen(await stage.settleTicks())).toEqual([
    row([STARTING, 'N Advance podinfo.test canary weight 20'], 'Progressing', 20, '80/20'),
  ]);
  expect(seen(await stage.until('Succeeded')).at(-1)).toEqual(DONE);
});

test('failed promotion sends traffic to whoever is ready', async () => {
  const stage = await released();
  await stage.until('Promoting');
  stage.held.set('podinfo-primary', 'deadline');
  stage.settle();
  const rows = await stage.until('Failed');
  const why = 'podinfo-primary.test not ready: deployment "podinfo-primary" exceeded its progress deadline';
  expect(seen(rows)).toEqual([
    row([`W Promotion of podinfo.test failed, primary not ready: ${why}`], 'Failed', 100, '0/100'),
  ]);
  expect(stage.rows.at(-1)?.replicas).toBe(1);
});

test('confirm-rollout closed, then opened', async () => {
  const stage = await released({ webhooks: [aHook('cr', 'confirm-rollout')] });
  stage.hooks['cr'] = { passed: false, error: 'Forbidden' };
  expect(seen(await stage.settleTicks())).toEqual([
    row(['W Halt podinfo.test advancement waiting for approval cr'], 'Waiting', 0, '100/0'),
  ]);
  expect(seen(await stage.after(10))).toEqual([]);
  expect(stage.rows.at(-1)?.calls).toEqual(['cr']);
  stage.hooks['cr'] = { passed: true, body: '' };
  expect(seen(await stage.after(10)).slice(0, 1)).toEqual([
    row(
      ['N Confirm-rollout check cr passed', 'N New revision detected! Scaling up podinfo.test'],
      'Progressing',
      0,
      '100/0',
    ),
  ]);
});

test('confirm-promotion closed, then opened: the live weight is shown (C13)', async () => {
  const stage = await released({ webhooks: [aHook('cp', 'confirm-promotion')] });
  stage.hooks['cp'] = { passed: false, error: 'Forbidden' };
  const rows = await stage.until('WaitingPromotion');
  expect(seen(rows).at(-1)).toEqual(
    row(['W Halt podinfo.test advancement waiting for promotion approval cp'], 'WaitingPromotion', 60, '40/60'),
  );
  expect(stage.status.iterations ?? 0).toBe(0);
  expect(seen(await stage.after(10))).toEqual([]);
  stage.hooks['cp'] = { passed: true, body: '' };
  await stage.until('Succeeded');
  expect(stage.texts().slice(-4)).toEqual([
    'N Confirm-promotion check cp passed',
    COPYING,
    'N Routing all traffic to primary',
    'N Promotion completed! Scaling down podinfo.test',
  ]);
});

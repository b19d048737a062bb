/** Bugs of other controllers that no test of ours was about yet, played on ours; each test is named after its thread. */

import { Stage } from '../controller/rollout/stage';
import { image, initialized } from '../controller/rollout/staged';
import { aCanary, aDeployment, aHook } from '../fixtures';

const replicas = (stage: Stage, name: string): number =>
  (stage.get('Deployment', name) as unknown as { spec: { replicas: number } }).spec.replicas;

test('A#1292, A#1415: an abort with nothing in progress scales nothing, and the primary never goes to zero', async () => {
  const stage = new Stage(aCanary({ webhooks: [aHook('abort', 'rollback')] }), aDeployment());
  await stage.until('Initialized');
  await stage.after(10);
  const before = replicas(stage, 'podinfo-primary');
  stage.hooks['abort'] = { passed: true, body: '' };
  for (let i = 0; i < 10; i++) await stage.after(10);
  expect(replicas(stage, 'podinfo-primary')).toBe(before);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Initialized', routes: '100/0', writes: [] });
});

test('A#2929: an aborted revision is not tried again by itself, nor by a new process', async () => {
  const stage = await initialized();
  stage.metrics['request-success-rate'] = 0;
  stage.setImage('a:2');
  await stage.until('Failed');
  await stage.after(10);
  stage.metrics['request-success-rate'] = 100;
  stage.restart();
  for (let i = 0; i < 20; i++) await stage.after(60);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Failed', routes: '100/0', replicas: 0, writes: [] });
});

test('F#189: a maxWeight that is no multiple of stepWeight ends the analysis, and no weight is above 100', async () => {
  const stage = new Stage(aCanary({ stepWeight: 30, maxWeight: 50 }), aDeployment());
  await stage.until('Initialized');
  await stage.after(10);
  stage.setImage('a:2');
  await stage.until('Progressing');
  const rows = await stage.until('Succeeded');
  const split = rows.map(({ routes }) => routes);
  expect(split.filter((one, at) => one !== split[at - 1])).toEqual(['70/30', '40/60', '100/0']);
});

test('F#1581: a metric that is neither built in nor a query nor a template never passes', async () => {
  const stage = new Stage(aCanary({ metrics: [{ name: 'nothing', thresholdRange: { max: 1 } }] }), aDeployment());
  await stage.settleTicks();
  stage.setImage('a:2');
  for (let i = 0; i < 20; i++) await stage.after(10);
  const primary = stage.get('Deployment', 'podinfo-primary');
  if (primary) expect(image(stage, 'podinfo-primary')).not.toBe('a:2');
  expect(stage.status.phase).not.toBe('Succeeded');
});

test('F#1353, A#1466: no values are no pass: the canary gets no more traffic', async () => {
  const stage = await initialized();
  stage.metrics['request-success-rate'] = { outcome: 'noData', message: 'no values found', query: 'q' };
  stage.setImage('a:2');
  await stage.until('Progressing');
  for (let i = 0; i < 6; i++) await stage.after(10);
  expect(stage.rows.map(({ routes }) => routes)).not.toContain('60/40');
  expect(image(stage, 'podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
});

test('F#780: a Deployment that something restarts in a loop begins no busy loop here', async () => {
  const stage = await initialized();
  for (let i = 0; i < 20; i++) {
    stage.setImage(`a:${i}`);
    await stage.after(3);
  }
  expect(stage.status.phase).toBe('Progressing');
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:19');
});

/** What must never happen: unchanged targets that start, lost releases, traffic to nothing, one bad object hurting. */
import type { Canary } from '../../../model/canary';
import { primaryWorkload } from '../../../model/objects/primary-workload';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from './stage';
import { image, initialized } from './staged';

test('an idle Canary writes nothing and asks to be looked at only when something changes', async () => {
  const stage = await initialized();
  const requeueAfterMs = await stage.tick();
  expect(requeueAfterMs).toBeUndefined();
  expect(stage.rows.at(-1)).toMatchObject({ reason: 'Unchanged', writes: [], says: [], calls: [] });
});

test('a progressing tick makes at most three writes: routes, status, and one event', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.settleTicks();
  await stage.after(10);
  const step = stage.rows.find((row) => row.says.includes('N Advance podinfo.test canary weight 40'))!;
  expect(step.writes).toEqual(['replace VirtualService/podinfo', 'status Canary/podinfo']);
  expect(step.says).toHaveLength(1);
});

test.each([
  ['replicas', (d: { spec: Record<string, unknown> }) => (d.spec['replicas'] = 3)],
  ['strategy', (d: { spec: Record<string, unknown> }) => (d.spec['strategy'] = { type: 'Recreate' })],
  ['minReadySeconds', (d: { spec: Record<string, unknown> }) => (d.spec['minReadySeconds'] = 5)],
])('a change of %s starts nothing', async (_what, change) => {
  const stage = await initialized();
  stage.edit('Deployment', 'podinfo', (object) => change(object as never));
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Initialized');
});

test('devantler-tech/platform#2387, C2, B3: a fix pushed after a failure is released, and an error in that very tick does not lose it', async () => {
  const stage = await initialized();
  stage.metrics['request-success-rate'] = 0;
  stage.setImage('a:2');
  await stage.until('Failed');
  await stage.after(10);
  stage.metrics['request-success-rate'] = 100;
  stage.setImage('a:3');
  stage.held.set('podinfo-primary', 'updating');
  stage.settle();
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Failed');
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:3');
});

test('C3: a change pushed during bootstrap is released after it, not recorded as promoted', async () => {
  const stage = new Stage(aCanary(), aDeployment('a:1'));
  stage.held.set('podinfo-primary', 'updating');
  await stage.settleTicks();
  stage.setImage('a:2');
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
  expect(stage.texts()).toContain('N New revision detected! Scaling up podinfo.test');
});

test('C5, W5: a new revision while the primary is unhealthy waits and is not lost', async () => {
  const stage = await initialized();
  stage.held.set('podinfo-primary', 'deadline');
  stage.settle();
  stage.setImage('a:2');
  await stage.settleTicks();
  await stage.after(600);
  expect(stage.status.phase).toBe('Initialized');
  expect(stage.texts().filter((text) => text.includes('podinfo-primary.test not ready'))).toHaveLength(1);
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

test('C6: a lost primary comes back from the promoted revision only', async () => {
  const stage = await initialized();
  stage.remove('Deployment', 'podinfo-primary');
  await stage.settleTicks();
  expect(stage.get('Deployment', 'podinfo-primary')).toBeDefined();

  stage.metrics['request-success-rate'] = 0;
  stage.setImage('a:bad');
  await stage.until('Failed');
  await stage.after(10);
  stage.remove('Deployment', 'podinfo-primary');
  await stage.settleTicks();
  expect(image(stage, 'podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');

  stage.removeAll('ControllerRevision', 'podinfo');
  stage.remove('Deployment', 'podinfo-primary');
  await stage.settleTicks();
  expect(stage.get('Deployment', 'podinfo-primary')).toBeUndefined();
  expect(stage.texts().at(-1)).toContain('put the promoted template back');
});

test('C7: bootstrap with a primary that never becomes ready keeps the application as it is', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  stage.held.set('podinfo-primary', 'deadline');
  await stage.settleTicks();
  await stage.after(3600);
  expect(stage.status.phase).toBe('Initializing');
  expect(stage.rows.at(-1)?.replicas).toBe(1);
  expect(stage.get('Service', 'podinfo')).toBeUndefined();
  expect(stage.get('VirtualService', 'podinfo')).toBeUndefined();
});

test('C10, W24: a percentage of one pod is one pod, and zero pods are not ready', async () => {
  const stage = await initialized({ canaryReadyThreshold: 50 });
  stage.held.set('podinfo', 'unavailable');
  stage.setImage('a:2');
  await stage.settleTicks();
  await stage.after(30);
  expect(stage.rows.at(-1)?.routes).toBe('100/0');
});

test('C11: after a failed promotion the old revision can be put back', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.until('Promoting');
  stage.held.set('podinfo-primary', 'deadline');
  stage.settle();
  await stage.until('Failed');
  expect(stage.rows.at(-1)?.routes).toBe('0/100');
  stage.setImage('stefanprodan/podinfo:3.1.0');
  await stage.until('Promoting');
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  expect(stage.rows.at(-1)?.routes).toBe('100/0');
});

test('C29, W21: a target put back to the promoted revision ends the run, and the other one can be tried again', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(stage.rows.at(-1)?.routes).toBe('80/20');
  stage.setImage('stefanprodan/podinfo:3.1.0');
  await stage.settleTicks();
  await stage.after(10);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Succeeded', routes: '100/0', replicas: 0 });
  stage.setImage('a:2');
  await stage.until('Progressing');
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

test('K11: putting the promoted template back after a failure starts nothing; pushing the failed one again does', async () => {
  const stage = await initialized();
  stage.metrics['request-success-rate'] = 0;
  stage.setImage('a:2');
  await stage.until('Failed');
  await stage.after(10);
  stage.setImage('stefanprodan/podinfo:3.1.0');
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Failed');
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Progressing');
});

test('invariant 1: a canary without any pod loses its traffic at once', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(stage.rows.at(-1)?.routes).toBe('80/20');
  stage.held.set('podinfo', 'unavailable');
  stage.settle();
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Progressing', routes: '100/0', weight: 0 });
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
});

test('an outage of the metrics server counts for nothing: the run holds, loses its traffic in time, and goes on after it', async () => {
  const stage = await initialized({}, { progressDeadlineSeconds: 60 });
  stage.setImage('a:2');
  await stage.settleTicks();
  const down = { outcome: 'error', reason: 'QueryFailed', message: 'Prometheus query failed: refused' } as const;
  stage.metrics['request-success-rate'] = down;
  stage.probe = { ok: false, message: 'prometheus not avaiable: refused' };
  for (let i = 0; i < 5; i++) await stage.after(10);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Progressing', routes: '80/20' });
  for (let i = 0; i < 20; i++) await stage.after(10);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Progressing', routes: '100/0', weight: 0 });
  expect(stage.status.failedChecks).toBe(0);
  stage.metrics['request-success-rate'] = 100;
  stage.probe = { ok: true };
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

test.each([
  ['pause', 'Progressing', '80/20'],
  ['ignore', 'Succeeded', '100/0'],
  ['fail', 'Failed', '100/0'],
] as const)('noData: %s', async (noData, phase, routes) => {
  const metrics = [{ name: 'request-success-rate', thresholdRange: { min: 99 }, noData }];
  const stage = await initialized({ metrics });
  stage.metrics['request-success-rate'] = { outcome: 'noData', message: 'Halt advancement no values found', query: '' };
  stage.setImage('a:2');
  for (let i = 0; i < 12; i++) await stage.after(10);
  expect(stage.rows.at(-1)).toMatchObject({ phase, routes });
});

test('minSamples: a value of too few samples is no data', async () => {
  const metrics = [
    { name: 'request-success-rate', thresholdRange: { min: 99 }, noData: 'pause' as const, minSamples: 100 },
  ];
  const stage = await initialized({ metrics });
  stage.metrics['request-success-rate'] = { outcome: 'value', value: 100, query: '', samples: 7 };
  stage.setImage('a:2');
  for (let i = 0; i < 5; i++) await stage.after(10);
  expect(stage.rows.at(-1)?.routes).toBe('80/20');
  expect(stage.texts().at(-1)).toBe('W Halt advancement not enough samples for metric request-success-rate: 7 of 100');
  stage.metrics['request-success-rate'] = { outcome: 'value', value: 100, query: '', samples: 100 };
  await stage.until('Succeeded');
});

test('invariant 6: without data nothing is promoted', async () => {
  for (const measured of [
    { outcome: 'noData', message: 'Halt advancement no values found', query: '' },
    { outcome: 'value', value: Number.NaN, query: '' },
    { outcome: 'value', value: Number.POSITIVE_INFINITY, query: '' },
  ] as const) {
    const stage = await initialized();
    stage.metrics['request-success-rate'] = measured;
    stage.setImage('a:2');
    await stage.until('Failed');
    expect(image(stage, 'podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
    expect(stage.rows.at(-1)?.routes).toBe('100/0');
  }
});

test('T1: an edit of the live weight or a foreign annotation in the middle of a run resets nothing', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.settleTicks();
  stage.edit('VirtualService', 'podinfo', (object) => {
    object.metadata.annotations = { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': 'x' };
  });
  await stage.settleTicks();
  expect(stage.rows.at(-1)?.routes).toBe('80/20');
  expect(stage.get('VirtualService', 'podinfo')?.metadata.annotations).toHaveProperty([
    'argocd.argoproj.io/tracking-id',
  ]);
});

test('configs: a changed ConfigMap starts a run, its copy is made at the promotion, and a failed read is no change', async () => {
  const config = (color: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'colors', namespace: 'test' },
    data: { color },
  });
  const stage = new Stage(aCanary(), aDeployment());
  stage.put(config('red'));
  stage.edit('Deployment', 'podinfo', (object) => {
    // biome-ignore lint/suspicious/noExplicitAny: raw JSON
    (object as any).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'colors' } }];
  });
  await stage.until('Initialized');
  await stage.after(10);
  expect(stage.status.trackedConfigs).toEqual({ 'configmap/colors': '241889ca0604e333' });
  expect(stage.get('ConfigMap', 'colors-primary')).toMatchObject({ data: { color: 'red' } });

  stage.remove('ConfigMap', 'colors');
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Initialized');
  expect(stage.texts().at(-1)).toContain('configmaps "colors" not found');

  stage.put(config('blue'));
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Progressing');
  expect(stage.get('ConfigMap', 'colors-primary')).toMatchObject({ data: { color: 'red' } });
  await stage.until('Succeeded');
  expect(stage.get('ConfigMap', 'colors-primary')).toMatchObject({ data: { color: 'blue' } });
});

test('W27: a config that changes half-way is tested in fresh pods', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  const put = (color: string) =>
    stage.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'test' }, data: { color } });
  put('red');
  stage.edit('Deployment', 'podinfo', (object) => {
    // biome-ignore lint/suspicious/noExplicitAny: raw JSON
    (object as any).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'c' } }];
  });
  await stage.until('Initialized');
  await stage.after(10);
  stage.setImage('a:2');
  await stage.settleTicks();
  put('blue');
  const from = stage.rows.length;
  await stage.settleTicks();
  await stage.after(10);
  const replicas = stage.rows.slice(from).map((row) => row.replicas);
  expect(replicas).toContain(0);
  expect(replicas.at(-1)).toBe(1);
  expect(stage.texts()).toContain('N New revision detected! Restarting analysis for podinfo.test');
  await stage.until('Succeeded');
});

test('a spec that cannot work is said once, in an event and a condition, and touches nothing', async () => {
  const stage = await initialized();
  stage.edit('Canary', 'podinfo', (object) => {
    (object as Canary).spec.analysis.metrics = [{ name: 'custom', thresholdRange: { min: 1 } }];
  });
  await stage.settleTicks();
  await stage.after(100);
  const said = stage.texts().filter((text) => text.startsWith('W invalid canary spec'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('metrics');
  expect(stage.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'InvalidSpec' }),
  );
  stage.edit('Canary', 'podinfo', (object) => {
    (object as Canary).spec.analysis.metrics = [];
  });
  await stage.settleTicks();
  expect(stage.status.conditions?.map((condition) => condition.type)).toEqual(['Promoted', 'Ready']);
});

test('a missing target says which and what to do, and the release goes on when it is there', async () => {
  const stage = new Stage(aCanary());
  await stage.settleTicks();
  expect(stage.texts()).toEqual(['W deployment podinfo.test get query error: deployments.apps "podinfo" not found']);
  stage.put(aDeployment());
  await stage.until('Initialized');
});

test('a primary of somebody else is not overwritten (W2)', async () => {
  const stage = new Stage(aCanary(), aDeployment(), {
    ...aDeployment('other:1'),
    metadata: { name: 'podinfo-primary', namespace: 'test' },
  });
  await stage.settleTicks();
  expect(image(stage, 'podinfo-primary')).toBe('other:1');
  expect(stage.texts().at(-1)).toContain('is not owned by this canary');
});

test('two Canaries on one target: the younger is told which one it collides with', async () => {
  const elder = aCanary();
  elder.metadata = { ...elder.metadata, name: 'elder', uid: 'elder' };
  const stage = new Stage(elder, aDeployment());
  stage.now += 1000;
  stage.put(aCanary());
  const younger = new Stage(aCanary(), aDeployment(), { ...elder });
  younger.edit('Canary', 'podinfo', (object) => {
    object.metadata.creationTimestamp = '2027-01-01T00:00:00Z';
  });
  younger.put({ ...younger.get('Canary', 'podinfo')! });
  await younger.settleTicks();
  expect(
    younger.texts().some((text) => text.includes('canary elder.test has the same target Deployment/podinfo')),
  ).toBe(true);
});

test('suspend freezes a run and goes on from the live weight', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.settleTicks();
  const suspend = (value: boolean) =>
    stage.edit('Canary', 'podinfo', (object) => {
      (object as Canary).spec.suspend = value;
    });
  suspend(true);
  await stage.settleTicks();
  await stage.after(100);
  expect(stage.rows.at(-1)).toMatchObject({ routes: '80/20', phase: 'Progressing' });
  expect(stage.texts().filter((text) => text.includes('suspended'))).toHaveLength(1);
  suspend(false);
  await stage.until('Succeeded');
});

test('confirm-traffic-increase: reported once, pre-rollout hooks do not run again (C30, A6)', async () => {
  const webhooks = [aHook('pre', 'pre-rollout'), aHook('cti', 'confirm-traffic-increase')];
  const stage = await initialized({ webhooks });
  stage.hooks['cti'] = { passed: false, error: 'Forbidden' };
  stage.setImage('a:2');
  await stage.settleTicks();
  await stage.after(10);
  await stage.after(10);
  expect(stage.rows.flatMap((row) => row.calls).filter((call) => call === 'pre')).toHaveLength(1);
  expect(stage.texts().filter((text) => text.includes('waiting for traffic increase approval cti'))).toHaveLength(1);
  stage.hooks['cti'] = { passed: true, body: '' };
  await stage.until('Succeeded');
});

test('revertOnDeletion: the target gets its pods and the apex back before the finalizer goes', async () => {
  const stage = await initialized({}, { revertOnDeletion: true });
  expect(stage.canary.metadata.finalizers).toEqual(['finalizer.flagger.app']);
  stage.edit('Canary', 'podinfo', (object) => {
    object.metadata.deletionTimestamp = new Date(stage.now).toISOString();
  });
  for (let i = 0; i < 20 && stage.get('Canary', 'podinfo'); i++) {
    await stage.tick().catch((error: Error) => {
      if (!error.message.includes('modified')) throw error;
    });
    stage.now += 2000;
  }
  expect(stage.get('Canary', 'podinfo')).toBeUndefined();
  expect((stage.get('Deployment', 'podinfo') as { spec?: { replicas?: number } }).spec?.replicas).toBe(1);
  expect(stage.texts().slice(-2)).toEqual(['N Terminating canary podinfo.test', 'N Terminated canary podinfo.test']);
});

test('a primary that was synthesised is adopted, recorded and owned', async () => {
  const canary = aCanary();
  const stage = new Stage(canary, aDeployment());
  const { uid: _, ...unborn } = canary.metadata;
  stage.put(primaryWorkload({ ...canary, metadata: unborn }, aDeployment(), { flaggerId: 'synth' }));
  await stage.until('Initialized');
  const primary = stage.get('Deployment', 'podinfo-primary');
  expect(primary?.metadata.ownerReferences).toMatchObject([{ kind: 'Canary', name: 'podinfo', controller: true }]);
  expect(primary?.metadata.annotations?.['serin.dev/revision']).toBe(stage.status.lastPromotedSpec);
  await stage.after(10);
  expect(stage.status.phase).toBe('Initialized');
});

/** In which order things are written, and how much time lies between: the order is what makes a crash, a stale view and a proxy harmless. */
import { NO_ANSWERS } from '../../../controller/asking';
import { observe } from '../../../controller/observe';
import { decide } from '../../../controller/rollout/decide';
import type { Decision, Effect } from '../../../controller/rollout/decision';
import type { Observation } from '../../../controller/rollout/observation';
import { scaleTargetToZero, scaleTargetUp } from '../../../controller/rollout/scaling';
import { DEFAULT_SETTINGS } from '../../../controller/rollout/settings';
import { aCanary, aDeployment, anHpa } from '../../fixtures';
import { initialized, type Raw, remove, underWay } from './staged';

const ROUTES = 'replace VirtualService/podinfo';
const TARGET = 'patch Deployment/podinfo';
const STATUS = 'status Canary/podinfo';

test('a run is recorded before its target is scaled up', async () => {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.tick();
  expect(stage.rows.at(-1)).toMatchObject({ reason: 'NewRevision', writes: [STATUS, TARGET] });
});

test('a step is written before it is recorded', async () => {
  const stage = await underWay();
  stage.now += 10_000;
  await stage.tick();
  expect(stage.rows.at(-1)).toMatchObject({ reason: 'Advanced', routes: '60/40', writes: [ROUTES, STATUS] });
});

test.each([
  ['promotion', 100, 'Succeeded'],
  ['rollback', 0, 'Failed'],
])('A#2507, A#1838: after a %s the pods go once their traffic has drained, never with it', async (_, rate, phase) => {
  const stage = await underWay({ threshold: 1 });
  stage.metrics = { 'request-success-rate': rate };
  await stage.until(phase, 600);
  await stage.after(10);
  const moves = stage.rows.map((row, position) => ({ ...row, position }));
  const back = moves.findLast(({ writes, routes }) => writes.includes(ROUTES) && routes === '100/0')!;
  const gone = moves.findLast(({ writes }) => writes.includes(TARGET))!;
  expect(back.replicas).toBe(1);
  expect(gone.replicas).toBe(0);
  expect(gone.position).toBeGreaterThan(back.position);
});

test('the drain lasts two seconds, and no more than a fifth of the interval', async () => {
  const stage = await underWay({ threshold: 1 });
  stage.metrics = { 'request-success-rate': 0 };
  stage.now += 10_000;
  while (stage.status.phase !== 'Failed') await stage.tick();
  for (let ticks = 0; stage.rows.at(-1)?.reason !== 'Draining' && ticks < 5; ticks++) await stage.tick();
  stage.now += 1999;
  expect(await stage.tick()).toBe(1);
  stage.now += 1;
  await stage.tick();
  expect(stage.rows.at(-1)).toMatchObject({ reason: 'ScaledDown', replicas: 0 });
});

test('a deleted Canary keeps its finalizer until the traffic that was given back has drained', async () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
  };
  const stage = await initialized({}, { revertOnDeletion: true }, service);
  remove(stage);
  const reasons: string[] = [];
  for (let i = 0; i < 20 && stage.get('Canary', 'podinfo'); i++) {
    await stage.tick().catch(() => undefined);
    reasons.push(stage.rows.at(-1)!.reason);
    if (stage.rows.at(-1)!.reason === 'Reverted') expect(stage.get('Canary', 'podinfo')).toBeDefined();
    stage.now += 1000;
  }
  expect(reasons).toEqual(['Terminating', 'TargetScaledUp', 'Reverted', 'Draining', 'Terminated']);
});

test('a changed config makes one run, and none after it', async () => {
  const config = (color: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'colors', namespace: 'test' },
    data: { color },
  });
  const stage = await initialized({}, {}, config('red'));
  stage.edit('Deployment', 'podinfo', (object) => {
    (object as Raw).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'colors' } }];
  });
  await stage.until('Succeeded');
  stage.put(config('blue'));
  const from = stage.rows.length;
  await stage.until('Progressing');
  await stage.until('Succeeded');
  await stage.after(60);
  const reasons = stage.rows.slice(from).map(({ reason }) => reason);
  expect(reasons.filter((reason) => reason === 'NewRevision')).toHaveLength(1);
  expect(reasons).not.toContain('RevisionChanged');
});

test.each(['error', 'missing'] as const)('F#989: a config whose read ends in %s is no change', async (outcome) => {
  const stage = await initialized(
    {},
    {},
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colors' }, data: {} },
  );
  stage.edit('Deployment', 'podinfo', (object) => {
    (object as Raw).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'colors' } }];
  });
  await stage.until('Succeeded');
  await stage.after(60);
  const { views } = stage as Raw;
  const seen = observe(views, stage.key, { now: stage.now, settings: DEFAULT_SETTINGS, freshId: 'x' })!;
  const configs = new Map([['configmap/colors', { outcome, message: 'etcdserver: leader changed' }]]);
  const decision = decide(seen, { metrics: new Map(), gates: new Map(), configs });
  expect(decision).toMatchObject({ do: 'act', reason: 'ConfigMissing', status: {} });
});

test('KEDA’s scaler sleeps before its pods go, and wakes before they come', () => {
  const autoscaler = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { scaleTargetRef: { name: 'podinfo' }, triggers: [] },
  };
  const seen = (replicas: number, annotations?: Record<string, string>): Observation =>
    ({
      canary: aCanary({}, { autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo' } }),
      target: aDeployment('a:1', { replicas }),
      autoscaler: { ...autoscaler, metadata: { ...autoscaler.metadata, ...(annotations && { annotations }) } },
    }) as unknown as Observation;
  const kinds = (effects: Effect[]) => effects.map((effect) => ('type' in effect ? effect.type.kind : effect.kind));
  expect(kinds(scaleTargetToZero(seen(1)))).toEqual(['ScaledObject', 'Deployment']);
  const asleep = { 'autoscaling.keda.sh/paused-replicas': '0' };
  expect(kinds(scaleTargetUp(seen(0, asleep)))).toEqual(['ScaledObject', 'Deployment']);
});

test("the primary's autoscaler that somebody deletes in a promotion is made again once", async () => {
  const autoscalerRef = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' as const, name: 'podinfo' };
  const stage = await underWay({}, { autoscalerRef }, anHpa());
  await stage.until('Promoting');
  stage.now += 10_000;
  stage.remove('HorizontalPodAutoscaler', 'podinfo-primary');
  const { effects } = decide(stage.observation(), NO_ANSWERS) as Decision;
  expect(effects.filter(({ write }) => write === 'create')).toHaveLength(1);
});

test('last words are said though target and primary are gone by then', async () => {
  const stage = await underWay({ stepWeight: 50 });
  while (stage.status.phase !== 'Succeeded') stage.now += (await stage.tick()) ?? 1000;
  stage.remove('Deployment', 'podinfo');
  stage.remove('Deployment', 'podinfo-primary');
  await stage.tick();
  expect(stage.rows.at(-1)?.says).toContain('N Promotion completed! Scaling down podinfo.test');
  expect(stage.status.serin?.['outbox']).toBeUndefined();
});

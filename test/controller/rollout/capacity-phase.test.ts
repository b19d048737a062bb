/** F#1600 on the stage: what is written for returning traffic, and what happens when the cluster has no room for it. */
import type { CanaryAnalysis } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { HELD_MINIMUM_ANNOTATION } from '../../../model/objects/metadata';
import { aCanary, aDeployment, anHpa } from '../../fixtures';
import { Stage } from './stage';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
const raw = (object: KubeObject | undefined): any => object;

const SCALER = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' as const, name: 'podinfo' };

/** A canary at half of the traffic with 4 pods, beside a primary that was shrunk to 2; at most 10. */
async function halfWay(
  analysis: Partial<CanaryAnalysis> = {},
  spec: object = { autoscalerRef: SCALER },
): Promise<Stage> {
  const hpa = raw(anHpa());
  hpa.spec.maxReplicas = 10;
  const stage = new Stage(aCanary({ stepWeight: 50, ...analysis }, spec), aDeployment(), hpa);
  await stage.until('Initialized');
  await stage.after(10);
  stage.setImage('a:2');
  await stage.until('Progressing');
  while (stage.rows.at(-1)?.routes === '100/0') await stage.after(10);
  stage.edit('Deployment', 'podinfo', (object) => {
    raw(object).spec.replicas = 4;
  });
  stage.edit('Deployment', 'podinfo-primary', (object) => {
    raw(object).spec.replicas = 2;
  });
  return stage;
}

const scaler = (stage: Stage) => raw(stage.get('HorizontalPodAutoscaler', 'podinfo-primary'));
const replicas = (stage: Stage): number => raw(stage.get('Deployment', 'podinfo-primary')).spec.replicas;

test('the autoscaler’s minimum goes first, then the replicas, then the route', async () => {
  const stage = await halfWay();
  await stage.until('Succeeded');
  const added = stage.rows.findIndex(({ reason }) => reason === 'CapacityAdded');
  expect(stage.rows[added]?.writes).toEqual([
    'patch HorizontalPodAutoscaler/podinfo-primary',
    'patch Deployment/podinfo-primary',
  ]);
  expect(stage.rows[added]).toMatchObject({ routes: '50/50', says: [] });
  expect(replicas(stage)).toBe(4);
  expect(scaler(stage).spec.minReplicas).toBe(4);
  expect(stage.rows.slice(added).map(({ routes }) => routes)).toContain('100/0');
});

test('the minimum is given back five minutes after the end, and that is asked for', async () => {
  const stage = await halfWay();
  await stage.until('Succeeded');
  await stage.after(10);
  const due = await stage.tick();
  expect(due).toBeGreaterThan(250_000);
  await stage.after(300);
  expect(scaler(stage).spec.minReplicas).toBe(2);
  expect(scaler(stage).metadata.annotations?.[HELD_MINIMUM_ANNOTATION]).toBeUndefined();
  expect(replicas(stage)).toBe(4);
  expect(await stage.tick()).toBeUndefined();
});

test('without an autoscaler nobody took pods away, and nothing is added', async () => {
  const stage = await halfWay({}, {});
  await stage.until('Succeeded');
  expect(stage.rows.map(({ reason }) => reason)).not.toContain('CapacityAdded');
});

test('a cluster without room: the promotion goes on with the pods that are there, and says so', async () => {
  const stage = await halfWay({}, { autoscalerRef: SCALER, progressDeadlineSeconds: 60 });
  while (stage.rows.at(-1)?.reason !== 'CapacityAdded') {
    await stage.tick();
    stage.now += 1000;
  }
  stage.held.set('podinfo-primary', 'short');
  stage.settle();
  await stage.after(20);
  expect(stage.status.phase).toBe('Promoting');
  await stage.after(11);
  expect(stage.texts()).toContain(
    'W podinfo-primary.test has 3 of the 4 pods that it should have before its traffic comes back: no more became available',
  );
  expect([replicas(stage), scaler(stage).spec.minReplicas]).toEqual([3, 3]);
  stage.held.clear();
  stage.settle();
  await stage.until('Succeeded');
});

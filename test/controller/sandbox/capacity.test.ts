/** F#1600: traffic that comes back finds a primary that can take it, with an autoscaler that took its pods away meanwhile. */
import type { KubeObject } from '../../../model/kube';
import { HELD_MINIMUM_ANNOTATION } from '../../../model/objects/metadata';
import { aDeployment, anHpa } from '../../fixtures';
import { VERSION_2 } from '../../targets';
import type { Cluster } from './cluster';
import { aClusterOf } from './targets';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
const raw = (object: KubeObject | undefined): any => object;

/** 20 requests a second, 5 of which use up a pod: 5 pods at 80 %. */
const ENOUGH = 5;

async function aBusyCluster(maxReplicas: number, analysis = {}): Promise<Cluster> {
  const hpa = raw(anHpa());
  const target = { type: 'Utilization', averageUtilization: 80 };
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  Object.assign(hpa.spec, { minReplicas: 1, maxReplicas, metrics });
  const cluster = await aClusterOf(
    [aDeployment(), hpa],
    {},
    {
      perSecond: 20,
      analysis: { interval: '100s', metrics: [], webhooks: [], maxWeight: 50, stepWeight: 25, ...analysis },
    },
  );
  cluster.sandbox.behaviour('*', { capacityPerSecond: 5 });
  await cluster.clock.advance(120_000);
  return cluster;
}

const ready = (cluster: Cluster): number => raw(cluster.get('deployment', 'podinfo-primary')).status.availableReplicas;
const minimum = (cluster: Cluster): number =>
  raw(cluster.get('horizontalPodAutoscaler', 'podinfo-primary')).spec.minReplicas;

/** A release up to a canary that has had half of the traffic for so long that the primary has shrunk. */
async function halfWay(cluster: Cluster, before: () => Promise<unknown> = async () => {}): Promise<void> {
  cluster.setImage(VERSION_2);
  await cluster.clock.runUntil(() => cluster.routes() === '50/50', { limitMs: 600_000 });
  cluster.edit('canary', 'podinfo', (canary: KubeObject) => {
    raw(canary).spec.suspend = true;
  });
  await cluster.clock.runUntil(() => ready(cluster) < ENOUGH, { limitMs: 900_000 });
  await before();
  cluster.edit('canary', 'podinfo', (canary: KubeObject) => {
    raw(canary).spec.suspend = false;
  });
}

test('F#1600: a promotion waits for the pods that the traffic needs, and its autoscaler keeps them', async () => {
  const cluster = await aBusyCluster(10);
  expect(ready(cluster)).toBeGreaterThanOrEqual(ENOUGH);
  await halfWay(cluster);
  await cluster.clock.runUntil(() => cluster.routes() === '100/0', { limitMs: 900_000 });
  expect(ready(cluster)).toBeGreaterThanOrEqual(ENOUGH);
  expect(minimum(cluster)).toBeGreaterThanOrEqual(ENOUGH);
  await cluster.until('Succeeded');

  const fewest: number[] = [];
  for (let i = 0; i < 20; i++) {
    await cluster.clock.advance(15_000);
    fewest.push(ready(cluster));
  }
  expect(Math.min(...fewest)).toBeGreaterThanOrEqual(ENOUGH);
  await cluster.clock.advance(60_000);
  const scaler = raw(cluster.get('horizontalPodAutoscaler', 'podinfo-primary'));
  expect(scaler.spec.minReplicas).toBe(1);
  expect(scaler.metadata.annotations?.[HELD_MINIMUM_ANNOTATION]).toBeUndefined();
  await cluster.clock.advance(600_000);
  expect(ready(cluster)).toBeGreaterThanOrEqual(ENOUGH);
  expect(cluster.sandbox.users.seen.errors).toBe(0);
  await cluster.stop();
});

test('F#1600, F#360: step by step back, each step finds its pods', async () => {
  const cluster = await aBusyCluster(10, { stepWeightPromotion: 25 });
  await halfWay(cluster);
  for (const [routes, pods] of [
    ['75/25', 4],
    ['100/0', ENOUGH],
  ] as const) {
    await cluster.clock.runUntil(() => cluster.routes() === routes, { limitMs: 900_000 });
    expect(ready(cluster)).toBeGreaterThanOrEqual(pods);
  }
  await cluster.stop();
});

test('F#1600: the autoscaler’s maximum is never passed', async () => {
  const cluster = await aBusyCluster(5);
  await halfWay(cluster);
  await cluster.until('Succeeded');
  expect(minimum(cluster)).toBe(5);
  expect(cluster.replicas('podinfo-primary')).toBe(5);
  await cluster.stop();
});

test('F#1600: after a rollback the pods follow at once', async () => {
  const cluster = await aBusyCluster(10, {
    metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' }],
    threshold: 1,
  });
  await halfWay(cluster, () => {
    cluster.sandbox.behaviour('*:3.1.1', { errorRate: 0.5 });
    return cluster.clock.advance(70_000);
  });
  expect(ready(cluster)).toBeLessThan(ENOUGH);
  await cluster.until('Failed');
  expect(cluster.replicas('podinfo-primary')).toBeGreaterThanOrEqual(ENOUGH);
  await cluster.stop();
});

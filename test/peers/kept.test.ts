/** What is the user's or the running version's and is overwritten elsewhere; each test is named after its threads. */
import type { KubeObject } from '../../model/kube';
import { configMap, withConfig } from '../controller/rollout/scenarios';
import { initialized, type Raw, replicas, underWay } from '../controller/rollout/staged';
import { bootstrapped } from '../controller/sandbox/podinfo';
import { anHpa } from '../fixtures';

test('A#958, A#1244, A#1297: a config is judged with the code that reads it, and a bad one never reaches the primary', async () => {
  const stage = await initialized({}, {}, withConfig(), configMap('red'));
  const colorOfPrimary = () => (stage.get('ConfigMap', 'conf-primary') as Raw)?.data.color;
  expect(colorOfPrimary()).toBe('red');
  stage.metrics['request-success-rate'] = 0;
  stage.put(configMap('broken'));
  await stage.until('Progressing');
  await stage.until('Failed');
  await stage.after(10);
  expect(colorOfPrimary()).toBe('red');

  stage.metrics = {};
  stage.put(configMap('blue'));
  await stage.until('Succeeded');
  expect(colorOfPrimary()).toBe('blue');
});

const OF_THE_USER = {
  name: 'docs',
  match: [{ uri: { prefix: '/docs' } }],
  route: [{ destination: { host: 'docs' } }],
};

/** Adds a rule of the user's before those of the Canary. */
const addRule = (object: KubeObject): void => {
  (object as Raw).spec.http.unshift(OF_THE_USER);
};

test('F#1715, F#274, F#673, F#1807: a rule that the user has in the VirtualService stays through a release', async () => {
  const stage = await initialized();
  stage.edit('VirtualService', 'podinfo', addRule);
  await stage.settleTicks();
  stage.setImage('a:2');
  const seen: unknown[] = [];
  await stage.until('Progressing');
  while (stage.status.phase !== 'Succeeded') {
    await stage.after(5);
    seen.push((stage.get('VirtualService', 'podinfo') as Raw).spec.http[0]);
  }
  expect(seen.length).toBeGreaterThan(5);
  expect(new Set(seen.map((rule) => JSON.stringify(rule)))).toEqual(new Set([JSON.stringify(OF_THE_USER)]));
});

test('A#3854: what the user changes in the VirtualService after a release is not taken back', async () => {
  const stage = await underWay();
  await stage.until('Succeeded');
  await stage.after(10);
  stage.edit('VirtualService', 'podinfo', addRule);
  const from = stage.rows.length;
  for (let i = 0; i < 5; i++) await stage.after(60);
  expect((stage.get('VirtualService', 'podinfo') as Raw).spec.http[0]).toEqual(OF_THE_USER);
  expect(stage.rows.slice(from).flatMap(({ writes }) => writes)).toEqual([]);
});

test('A#2857, A#3849, A#4347, A#4847: the pods of a run are the autoscaler’s, whose changes nobody takes back', async () => {
  const autoscalerRef = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' as const, name: 'podinfo' };
  const hpa = anHpa() as Raw;
  hpa.spec.maxReplicas = 20;
  const stage = await underWay({ stepWeight: 5 }, { autoscalerRef }, hpa);
  const scale = (name: string, count: number) =>
    stage.edit('Deployment', name, (object) => {
      (object as Raw).spec.replicas = count;
    });
  for (const count of [10, 11, 13, 9]) {
    const from = stage.rows.length;
    scale('podinfo', count);
    scale('podinfo-primary', count + 1);
    await stage.after(10);
    expect([replicas(stage), replicas(stage, 'podinfo-primary')]).toEqual([count, count + 1]);
    const writes = stage.rows.slice(from).flatMap((row) => row.writes);
    expect(writes.filter((write) => /Deployment|Autoscaler/.test(write))).toEqual([]);
  }
  expect(stage.status.phase).toBe('Progressing');
});

test('A#4390, APR#4415: no route points at new pods before proxies have had a moment to hear of them', async () => {
  const cluster = await bootstrapped({ webhooks: [] });
  cluster.sandbox.behaviour('*:3.1.1', { startupMs: 20_000 });
  const status = () => (cluster.get('deployment', 'podinfo') as Raw).status ?? {};
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => status().availableReplicas === 2, { limitMs: 120_000 });
  expect(cluster.routes()).toBe('100/0');
  const readyAt = cluster.clock.now();
  await cluster.clock.runUntil(() => cluster.routes() !== '100/0', { limitMs: 60_000 });
  expect(cluster.clock.now() - readyAt).toBeGreaterThanOrEqual(1_000);
  await cluster.stop();
});

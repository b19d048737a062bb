import { aCluster, aDeployment, imageOf } from './cluster';

const MINUTE_MS = 60_000;

async function running(spec: Parameters<typeof aDeployment>[0] = {}) {
  const cluster = aCluster();
  cluster.store.create(aDeployment(spec));
  await cluster.clock.runUntil(() => (cluster.status().availableReplicas ?? 0) === (spec.replicas ?? 1), {
    limitMs: MINUTE_MS,
  });
  await cluster.clock.advance(1000);
  return cluster;
}

test('a Deployment gets a ReplicaSet, pods with addresses, and a status with real reasons', async () => {
  const cluster = aCluster();
  cluster.store.create(aDeployment({ replicas: 2 }));
  await cluster.clock.advance(500);
  expect(cluster.status()).toMatchObject({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    unavailableReplicas: 2,
  });
  expect(cluster.status()).not.toHaveProperty('availableReplicas');
  expect(cluster.condition('Available')).toMatchObject({
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
    message: 'Deployment does not have minimum availability.',
  });
  await cluster.clock.advance(5000);
  expect(cluster.status()).toMatchObject({ replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 });
  expect(cluster.status()).not.toHaveProperty('unavailableReplicas');
  const [set] = cluster.sets();
  const hash = set!.metadata.labels!['pod-template-hash'];
  expect(set!.metadata.name).toBe(`web-${hash}`);
  expect(set!.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
  expect(cluster.condition('Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "web-${hash}" has successfully progressed.`,
  });
  expect(cluster.condition('Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  expect(cluster.deployment('web').metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  const [first, second] = cluster.readyPods();
  expect(first!.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
  expect(first!.status!.podIP).not.toBe(second!.status!.podIP);
  expect(first!.spec.nodeName).not.toBe(second!.spec.nodeName);
});

test('a rolling update never has fewer available pods than allowed, nor asks for more than the surge', async () => {
  const cluster = await running({
    replicas: 4,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
  });
  let fewest = 4;
  let most = 4;
  cluster.store.watch({ apiVersion: 'v1', kind: 'Pod' }, undefined, () => {
    fewest = Math.min(fewest, cluster.readyPods().length);
    const asked = cluster.sets().reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
    most = Math.max(most, asked);
  });
  cluster.edit('web', (draft) => {
    draft.spec.template.spec.containers[0]!.image = 'podinfo:2';
  });
  await cluster.clock.runUntil(() => cluster.readyPods().filter((pod) => imageOf(pod) === 'podinfo:2').length === 4, {
    limitMs: 2 * MINUTE_MS,
  });
  await cluster.clock.advance(2000);
  expect([fewest, most]).toEqual([3, 5]);
  expect(cluster.status()).toMatchObject({
    observedGeneration: 2,
    replicas: 4,
    updatedReplicas: 4,
    availableReplicas: 4,
  });
  expect(
    cluster.sets().map((set) => [set.spec.replicas, set.metadata.annotations?.['deployment.kubernetes.io/revision']]),
  ).toEqual(
    expect.arrayContaining([
      [0, '1'],
      [4, '2'],
    ]),
  );
});

test('going back to an old template reuses its ReplicaSet under a new revision', async () => {
  const cluster = await running();
  const image = (tag: string) =>
    cluster.edit('web', (draft) => {
      draft.spec.template.spec.containers[0]!.image = `podinfo:${tag}`;
    });
  image('2');
  await cluster.clock.advance(10_000);
  image('1');
  await cluster.clock.advance(10_000);
  expect(cluster.sets()).toHaveLength(2);
  expect(cluster.deployment('web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  expect(cluster.readyPods().map(imageOf)).toEqual(['podinfo:1']);
});

test('Recreate takes all old pods away before the first new one', async () => {
  const cluster = await running({ replicas: 2, strategy: { type: 'Recreate' } });
  const mixed = jest.fn();
  cluster.store.watch({ apiVersion: 'v1', kind: 'Pod' }, undefined, () => {
    if (new Set(cluster.pods().map(imageOf)).size > 1) mixed();
  });
  cluster.edit('web', (draft) => {
    draft.spec.template.spec.containers[0]!.image = 'podinfo:2';
  });
  await cluster.clock.advance(20_000);
  expect(mixed).not.toHaveBeenCalled();
  expect(cluster.readyPods().map(imageOf)).toEqual(['podinfo:2', 'podinfo:2']);
});

test('pods that never get ready exceed the progress deadline; the old ones keep serving', async () => {
  const cluster = await running({ progressDeadlineSeconds: 60 });
  cluster.behaviours.set('podinfo:2', { neverReady: true });
  cluster.edit('web', (draft) => {
    draft.spec.template.spec.containers[0]!.image = 'podinfo:2';
  });
  await cluster.clock.advance(59_000);
  expect(cluster.condition('Progressing')?.reason).toBe('ReplicaSetUpdated');
  await cluster.clock.advance(4000);
  const newest = cluster.sets().find((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2');
  expect(cluster.condition('Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${newest!.metadata.name}" has timed out progressing.`,
  });
  expect(cluster.status()).toMatchObject({
    replicas: 2,
    updatedReplicas: 1,
    availableReplicas: 1,
    unavailableReplicas: 1,
  });
  cluster.behaviours.set('podinfo:2', { neverReady: false });
  await cluster.clock.advance(5000);
  expect(cluster.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('scaling to zero and back, with the Available condition as the clock of unavailability', async () => {
  const cluster = await running();
  cluster.edit('web', (draft) => {
    draft.spec.replicas = 0;
  });
  await cluster.clock.advance(1000);
  expect(cluster.pods()).toEqual([]);
  expect(cluster.status()).not.toHaveProperty('replicas');
  expect(cluster.condition('Available')?.status).toBe('True');
  cluster.edit('web', (draft) => {
    draft.spec.replicas = 2;
  });
  const scaledAt = new Date(cluster.clock.now()).toISOString().slice(0, 19);
  await cluster.clock.advance(500);
  expect(cluster.condition('Available')).toMatchObject({ status: 'False', lastUpdateTime: `${scaledAt}Z` });
  await cluster.clock.advance(5000);
  expect(cluster.readyPods()).toHaveLength(2);
});

test('a crashing version restarts with growing pauses and is never available', async () => {
  const cluster = aCluster();
  cluster.behaviours.set('podinfo:*', { crash: true });
  cluster.store.create(aDeployment());
  await cluster.clock.advance(40_000);
  const [pod] = cluster.pods();
  expect(pod!.status!.containerStatuses![0]).toMatchObject({
    restartCount: 2,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1 } },
  });
  expect(cluster.status()).not.toHaveProperty('availableReplicas');
});

test('annotations of the pod template say how a version acts', async () => {
  const cluster = aCluster();
  const deployment = aDeployment();
  deployment.spec.template.metadata!.annotations = {
    'sandbox.serin.dev/error-rate': '30%',
    'sandbox.serin.dev/latency': '800ms',
    'sandbox.serin.dev/startup': '20s',
    'sandbox.serin.dev/crash': '1m',
  };
  expect(cluster.behaviours.of(deployment.spec.template)).toMatchObject({
    errorRate: 0.3,
    latencyMs: { baseMs: 800 },
    startupMs: 20_000,
    crash: { afterMs: 60_000 },
  });
  cluster.store.create(deployment);
  await cluster.clock.advance(19_000);
  expect(cluster.readyPods()).toHaveLength(0);
  await cluster.clock.advance(2000);
  expect(cluster.readyPods()).toHaveLength(1);
  await cluster.clock.advance(60_000);
  expect(cluster.readyPods()).toHaveLength(0);
});

test('scaling in the middle of a rollout, and minReadySeconds', async () => {
  const cluster = await running({ replicas: 3, minReadySeconds: 10 });
  cluster.edit('web', (draft) => {
    draft.spec.template.spec.containers[0]!.image = 'podinfo:2';
  });
  await cluster.clock.advance(5000);
  expect(cluster.status().readyReplicas).toBe(4);
  expect(cluster.status().availableReplicas).toBe(3);
  cluster.edit('web', (draft) => {
    draft.spec.replicas = 6;
  });
  await cluster.clock.advance(2 * MINUTE_MS);
  expect(cluster.status()).toMatchObject({ replicas: 6, updatedReplicas: 6, availableReplicas: 6 });
});

test('a Deployment made anew adopts the ReplicaSet and pods that were left behind', async () => {
  const cluster = await running();
  const before = cluster.pods().map((pod) => pod.metadata.uid);
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  cluster.store.delete(ref, { propagation: 'Orphan' });
  await cluster.clock.advance(2000);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).toEqual(before);
  const { metadata } = cluster.store.create(aDeployment());
  await cluster.clock.advance(2000);
  expect(cluster.pods().map((pod) => pod.metadata.uid)).toEqual(before);
  expect(cluster.sets().map((set) => set.metadata.ownerReferences?.[0]?.uid)).toEqual([metadata.uid]);
  expect(cluster.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
});

test('deleting a Deployment takes everything along, and stop leaves no timer', async () => {
  const cluster = await running();
  cluster.store.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' });
  await cluster.clock.advance(5000);
  expect([cluster.pods(), cluster.sets()]).toEqual([[], []]);
  cluster.store.create(aDeployment());
  await cluster.clock.advance(100);
  expect(cluster.clock.pending()).toBeGreaterThan(0);
  cluster.workloads.stop();
  expect(cluster.clock.pending()).toBe(0);
});

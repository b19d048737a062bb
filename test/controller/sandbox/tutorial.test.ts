/** The tutorial on the embedded cluster: the same controller, HTTP shapes, watches, pods, traffic and Prometheus, virtual time. */
import type { Canary, CanaryAnalysis } from '../../../model/canary';

import { bootstrapped, isWait } from './podinfo';

test('bootstrap makes the objects of the tutorial', async () => {
  const cluster = await bootstrapped();
  expect(cluster.news().filter((text) => !isWait(text))).toEqual([
    'N all the metrics providers are available!',
    'N Initialization done! podinfo.test',
  ]);
  const generated = [
    ['deployment', 'podinfo-primary'],
    ['horizontalPodAutoscaler', 'podinfo-primary'],
    ['service', 'podinfo'],
    ['service', 'podinfo-canary'],
    ['service', 'podinfo-primary'],
    ['destinationRule', 'podinfo-canary'],
    ['destinationRule', 'podinfo-primary'],
    ['virtualService', 'podinfo'],
  ] as const;
  for (const [kind, name] of generated) {
    expect(cluster.get(kind, name)?.metadata.ownerReferences).toMatchObject([{ kind: 'Canary', name: 'podinfo' }]);
  }
  expect(cluster.replicas('podinfo')).toBe(0);
  expect(cluster.replicas('podinfo-primary')).toBe(2);
  expect(cluster.routes()).toBe('100/0');
  await cluster.stop();
});

test('golden: automated promotion', async () => {
  const cluster = await bootstrapped();
  cluster.news();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.clock.advance(10_000);
  expect(cluster.news().filter((text) => !isWait(text))).toEqual([
    'N New revision detected! Scaling up podinfo.test',
    'N Starting canary analysis for podinfo.test',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.test canary weight 10',
    'N Advance podinfo.test canary weight 20',
    'N Advance podinfo.test canary weight 30',
    'N Advance podinfo.test canary weight 40',
    'N Advance podinfo.test canary weight 50',
    'N Copying podinfo.test template spec to podinfo-primary.test',
    'N Routing all traffic to primary',
    'N Promotion completed! Scaling down podinfo.test',
  ]);
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  expect(cluster.replicas('podinfo')).toBe(0);
  expect(cluster.routes()).toBe('100/0');
  expect(cluster.status).toMatchObject({ phase: 'Succeeded', canaryWeight: 0, failedChecks: 0 });
  expect(cluster.sandbox.users.seen.errors).toBe(0);
  await cluster.stop();
});

test('golden: automated rollback', async () => {
  const cluster = await bootstrapped();
  cluster.news();
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.4 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  await cluster.clock.advance(10_000);
  const said = cluster.news().filter((text) => !isWait(text));
  const halts = said.filter((text) => /^W Halt podinfo\.test advancement success rate \d+\.\d\d% < 99%$/.test(text));
  // An error counter is lost to rate() in its first window, so the first analysis may pass (mesh-facts 3).
  expect(halts).toHaveLength(5);
  expect(said.filter((text) => !halts.includes(text) && !/weight [23]0$/.test(text))).toEqual([
    'N New revision detected! Scaling up podinfo.test',
    'N Starting canary analysis for podinfo.test',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.test canary weight 10',
    'W Rolling back podinfo.test failed checks threshold reached 5',
    'W Canary failed! Scaling down podinfo.test',
  ]);
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  expect(cluster.replicas('podinfo')).toBe(0);
  expect(cluster.routes()).toBe('100/0');
  await cluster.stop();
});

test('golden: a mirrored release, and no user sees the canary before it passed', async () => {
  const mirrored: Partial<CanaryAnalysis> = { iterations: 10, mirror: true, mirrorWeight: 100 };
  const cluster = await bootstrapped(mirrored);
  cluster.news();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '100/0m', { limitMs: 60_000 });
  await cluster.until('Succeeded');
  await cluster.clock.advance(10_000);
  expect(cluster.news().filter((text) => !isWait(text))).toEqual([
    'N New revision detected! Scaling up podinfo.test',
    'N Starting canary analysis for podinfo.test',
    'N Pre-rollout check acceptance-test passed',
    ...Array.from({ length: 10 }, (_, i) => `N Advance podinfo.test canary iteration ${i + 1}/10`),
    'N Stop traffic mirroring and route all traffic to canary',
    'N Copying podinfo.test template spec to podinfo-primary.test',
    'N Routing all traffic to primary',
    'N Promotion completed! Scaling down podinfo.test',
  ]);
  await cluster.stop();
});

test('a bad mirrored release is rolled back and no user sees an error', async () => {
  const cluster = await bootstrapped({ iterations: 10, mirror: true });
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.4 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  expect(cluster.sandbox.users.seen.errors).toBe(0);
  await cluster.stop();
});

test('golden: a revision change half-way', async () => {
  const cluster = await bootstrapped();
  cluster.news();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '70/30', { limitMs: 300_000 });
  cluster.setImage('stefanprodan/podinfo:3.1.3');
  await cluster.clock.advance(500);
  expect(cluster.routes()).toBe('100/0');
  await cluster.until('Succeeded');
  await cluster.clock.advance(10_000);
  const said = cluster.news().filter((text) => !isWait(text));
  expect(said.slice(0, 8)).toEqual([
    'N New revision detected! Scaling up podinfo.test',
    'N Starting canary analysis for podinfo.test',
    'N Pre-rollout check acceptance-test passed',
    'N Advance podinfo.test canary weight 10',
    'N Advance podinfo.test canary weight 20',
    'N Advance podinfo.test canary weight 30',
    'N New revision detected! Restarting analysis for podinfo.test',
    'N Starting canary analysis for podinfo.test',
  ]);
  expect(said.at(-1)).toBe('N Promotion completed! Scaling down podinfo.test');
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.3');
  await cluster.stop();
});

test('slow answers are a reason to roll back too', async () => {
  const cluster = await bootstrapped();
  cluster.news();
  cluster.sandbox.behaviour('*:3.1.2', { latencyMs: { baseMs: 1200, spreadMs: 300 } });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  expect(cluster.news().some((text) => /advancement request duration \S+s > 500ms$/.test(text))).toBe(true);
  await cluster.stop();
});

test('a crashing version is rolled back by the deadline, with its reason', async () => {
  const cluster = await bootstrapped();
  cluster.news();
  cluster.sandbox.behaviour('*:3.1.2', { crash: true });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  await cluster.clock.advance(10_000);
  expect(cluster.news().some((text) => text.startsWith('W Rolling back podinfo.test progress deadline exceeded'))).toBe(
    true,
  );
  expect((cluster.get('canary', 'podinfo') as Canary).status?.conditions?.[0]?.message).toContain('deadline exceeded');
  expect(cluster.replicas('podinfo')).toBe(0);
  await cluster.stop();
});

test.each([
  ['ConfigMap', 'configMap'],
  ['Secret', 'secret'],
] as const)('a changed %s starts a release', async (kind, key) => {
  const cluster = await bootstrapped(
    {},
    (deployment) => {
      const ref = kind === 'Secret' ? { secretRef: { name: 'conf' } } : { configMapRef: { name: 'conf' } };
      // biome-ignore lint/suspicious/noExplicitAny: raw JSON
      (deployment as any).spec.template.spec.containers[0].envFrom = [ref];
    },
    { apiVersion: 'v1', kind, metadata: { name: 'conf', namespace: 'test' }, data: { color: 'cmVk' } },
  );
  cluster.edit(key, 'conf', (object: { data: Record<string, string> }) => {
    object.data['color'] = 'Ymx1ZQ==';
  });
  await cluster.until('Progressing', 30);
  await cluster.until('Succeeded');
  expect(cluster.get(key, 'conf-primary')).toMatchObject({ data: { color: 'Ymx1ZQ==' } });
  await cluster.stop();
});

test('revertOnDeletion gives the application back', async () => {
  const cluster = await bootstrapped({}, undefined, undefined, { revertOnDeletion: true });
  cluster.sandbox.store.delete({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    namespace: 'test',
    name: 'podinfo',
  });
  await cluster.clock.runUntil(() => cluster.get('canary', 'podinfo') === undefined, { limitMs: 300_000 });
  await cluster.clock.advance(30_000);
  expect(cluster.replicas('podinfo')).toBe(2);
  expect(cluster.get('deployment', 'podinfo-primary')).toBeUndefined();
  expect(cluster.get('virtualService', 'podinfo')).toBeUndefined();
  expect(
    cluster
      .news()
      .filter((text) => !isWait(text))
      .slice(-2),
  ).toEqual(['N Terminating canary podinfo.test', 'N Terminated canary podinfo.test']);
  expect(cluster.sandbox.users.seen.errors).toBe(0);
  await cluster.stop();
});

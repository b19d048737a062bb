/** From the reference to Serin and back: the status as the reference leaves it, on a cluster that it worked on. */
import { handbackAll } from '../../../cli/handback';
import type { Canary } from '../../../model/canary';
import type { Cluster } from './cluster';
import { bootstrapped } from './podinfo';

/** What the reference, release 1.44.0, has in the status; its hashes are 32-bit FNV-1a, re-encoded. */
function asTheReferenceLeft(cluster: Cluster, status: Partial<NonNullable<Canary['status']>>): void {
  cluster.edit('deployment', 'podinfo-primary', (primary: { metadata: { annotations?: Record<string, string> } }) => {
    delete primary.metadata.annotations;
  });
  const canary = structuredClone(cluster.get('canary', 'podinfo')) as Canary;
  canary.status = {
    phase: 'Succeeded',
    canaryWeight: 0,
    failedChecks: 0,
    iterations: 0,
    lastAppliedSpec: '5d49f6b77c',
    lastPromotedSpec: '5d49f6b77c',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    conditions: [
      {
        type: 'Promoted',
        status: 'True',
        reason: 'Succeeded',
        message: 'Canary analysis completed successfully, promotion finished.',
        lastUpdateTime: '2026-01-01T00:00:00Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
    ...status,
  };
  for (const kept of cluster.sandbox.store.list({ apiVersion: 'apps/v1', kind: 'ControllerRevision' }, 'test')) {
    cluster.sandbox.store.delete({ ...kept, namespace: 'test', name: kept.metadata.name });
  }
  cluster.sandbox.store.update(canary, { subresource: 'status' });
}

/** A cluster whose Canary looks as if the reference had worked on it; no controller runs. */
async function left(
  status: Partial<NonNullable<Canary['status']>>,
  before?: (cluster: Cluster) => void,
): Promise<Cluster> {
  const cluster = await bootstrapped();
  await cluster.halt();
  before?.(cluster);
  asTheReferenceLeft(cluster, status);
  cluster.news();
  return cluster;
}

test.each(['Initialized', 'Succeeded'] as const)(
  'F#1799, FPR#1942: an idle Canary (%s) starts no run',
  async (phase) => {
    const cluster = await left({ phase });
    await cluster.resume();
    await cluster.clock.advance(120_000);
    expect(cluster.status).toMatchObject({ phase, lastAppliedSpec: expect.stringMatching(/^s1-/) });
    expect(cluster.status.lastPromotedSpec).toBe(cluster.status.lastAppliedSpec);
    expect(cluster.news()).toEqual([]);
    expect(cluster.replicas('podinfo')).toBe(0);

    cluster.setImage('stefanprodan/podinfo:3.1.1');
    await cluster.until('Succeeded');
    expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
    await cluster.stop();
  },
);

test.each([
  ['v2:0c1f5e', 'v2:0c1f5e'],
  ['s0-another-algorithm', 's0-another-algorithm'],
])('F#1201, F#1673: hashes of another version (%s) are recorded anew, and no run starts', async (applied, promoted) => {
  const cluster = await left({ lastAppliedSpec: applied, lastPromotedSpec: promoted });
  await cluster.resume();
  await cluster.clock.advance(120_000);
  expect(cluster.status).toMatchObject({ phase: 'Succeeded', lastAppliedSpec: expect.stringMatching(/^s1-/) });
  expect(cluster.news()).toEqual([]);
  await cluster.stop();
});

test('a failed one is not tried again, and its next revision is', async () => {
  const cluster = await left({ phase: 'Failed', lastAppliedSpec: '6c7d', lastPromotedSpec: '5d49f6b77c' }, (before) =>
    before.setImage('stefanprodan/podinfo:3.1.2'),
  );
  await cluster.resume();
  await cluster.clock.advance(60_000);
  expect(cluster.status.phase).toBe('Failed');
  cluster.setImage('stefanprodan/podinfo:3.1.3');
  await cluster.until('Succeeded');
  await cluster.stop();
});

test('one in the middle of a run goes on from its live weight', async () => {
  const cluster = await left({ phase: 'Progressing', canaryWeight: 30, lastAppliedSpec: '6c7d' }, (before) => {
    before.setImage('stefanprodan/podinfo:3.1.1');
    before.edit('deployment', 'podinfo', (object: { spec: { replicas: number } }) => {
      object.spec.replicas = 2;
    });
    before.edit('virtualService', 'podinfo', (object: { spec: { http: { route: { weight: number }[] }[] } }) => {
      const [primary, canary] = object.spec.http[0]!.route;
      Object.assign(primary!, { weight: 70 });
      Object.assign(canary!, { weight: 30 });
    });
  });
  await cluster.clock.advance(10_000);
  await cluster.resume();
  await cluster.clock.runUntil(() => cluster.routes() !== '70/30', { limitMs: 60_000 });
  expect(cluster.routes()).toBe('60/40');
  await cluster.until('Succeeded');
  expect(cluster.news().filter((text) => text.includes('canary weight'))).toEqual([
    'N Advance podinfo.test canary weight 40',
    'N Advance podinfo.test canary weight 50',
  ]);
  await cluster.stop();
});

test('tracked configs are the same checksums: none of them counts as changed', async () => {
  const cluster = await bootstrapped(
    {},
    (deployment) => {
      // biome-ignore lint/suspicious/noExplicitAny: raw JSON
      (deployment as any).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'conf' } }];
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'test' }, data: { color: 'red' } },
  );
  await cluster.halt();
  asTheReferenceLeft(cluster, { trackedConfigs: { 'configmap/conf': '241889ca0604e333' } });
  await cluster.resume();
  await cluster.clock.advance(60_000);
  expect(cluster.status.phase).toBe('Succeeded');
  await cluster.stop();
});

test('handback leaves idle Canaries so that they are recorded anew, and says which will start a run', async () => {
  const cluster = await bootstrapped();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.clock.advance(10_000);
  await cluster.halt();
  const { client } = cluster.controller;
  expect(await cluster.run(handbackAll(client, { dryRun: true }))).toMatchObject([{ do: 'initialize' }]);
  expect(cluster.status.phase).toBe('Succeeded');
  await cluster.run(handbackAll(client, {}));
  expect(cluster.status.phase).toBe('Initializing');
  expect(cluster.status.serin).toBeUndefined();

  // Whoever comes next, Serin too, finishes the initialisation and starts nothing.
  await cluster.resume();
  await cluster.until('Initialized');
  await cluster.clock.advance(60_000);
  expect(cluster.status.phase).toBe('Initialized');

  await cluster.halt();
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  expect(await cluster.run(handbackAll(cluster.controller.client, {}))).toMatchObject([
    { do: 'leave', why: expect.stringContaining('does not hold the promoted revision') },
  ]);
  await cluster.stop();
});

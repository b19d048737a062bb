/** The releases of docs/strategies and of two traffic pages, played on the sandbox: they say what the pages show. */
import type { Canary } from '../../model/canary';
import { Cluster } from '../controller/sandbox/cluster';
import { isWait } from '../controller/sandbox/podinfo';
import { aDeployment } from '../fixtures';
import { eventsOf, objectOf, objectsOf, type Page, page } from './pages';

/** What the people around a release do while it runs. */
type Story = (cluster: Cluster) => Promise<void>;

const ended: Story = async (cluster) => void (await cluster.until('Succeeded'));

const hook = (cluster: Cluster, path: string) =>
  cluster.loadTester.handle({
    method: 'POST',
    url: `http://flagger-loadtester.test${path}`,
    body: JSON.stringify({ name: 'podinfo', namespace: 'test' }),
  });

async function gated(cluster: Cluster): Promise<void> {
  await cluster.until('Waiting');
  await hook(cluster, '/gate/open');
  await cluster.until('Progressing');
  await hook(cluster, '/gate/close');
  await cluster.until('WaitingPromotion');
  await hook(cluster, '/gate/open');
  await cluster.until('Succeeded');
}

const STORIES: Record<string, Story> = {
  'strategies/ab-testing.md': ended,
  'strategies/blue-green.md': ended,
  'strategies/gates.md': gated,
  'strategies/mirroring.md': ended,
  'strategies/progressive.md': ended,
  'strategies/session-affinity.md': ended,
  'strategies/skip-analysis-and-suspend.md': ended,
  'strategies/step-weights.md': ended,
  'traffic/istio.md': ended,
  'traffic/kubernetes.md': ended,
};

/** Users and testers in the mesh and at the gateway, and podinfo with the Canary of the page. */
async function aCluster(shown: Page, change?: (canary: Canary) => void): Promise<Cluster> {
  const canary = objectOf<Canary>(shown, 'Canary');
  change?.(canary);
  const cluster = await new Cluster().start();
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } });
  for (const object of objectsOf(shown, 'yaml given')) cluster.create(object);
  cluster.create(aDeployment());
  cluster.create(canary);
  await cluster.until('Initialized');
  const url = 'http://podinfo.test:9898/';
  cluster.sandbox.load({ url, qps: 20, asUsers: true });
  cluster.sandbox.load({ url, qps: 5, asUsers: true, headers: { 'x-canary': 'insider' } });
  for (const host of canary.spec.service?.hosts ?? []) cluster.sandbox.ingress({ host, perSecond: 20 });
  await cluster.clock.advance(30_000);
  cluster.news();
  return cluster;
}

test.each(Object.entries(STORIES))('docs/%s', async (path, story) => {
  const shown = page(path);
  const cluster = await aCluster(shown);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await story(cluster);
  await cluster.clock.advance(10_000);
  expect(cluster.news().filter((text) => !isWait(text))).toEqual(eventsOf(shown));
  expect(cluster.image('podinfo-primary')).toBe('stefanprodan/podinfo:3.1.1');
  expect(cluster.sandbox.users.seen.errors).toBe(0);
  await cluster.stop();
});

test('docs/strategies/progressive.md: a bad version is rolled back with the text of the page', async () => {
  const cluster = await aCluster(page('strategies/progressive.md'));
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.4 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  const halt = /^W Halt podinfo\.test advancement success rate \d+\.\d\d% < 99%$/;
  expect(cluster.news().filter((text) => halt.test(text))).toHaveLength(5);
  expect(page('strategies/progressive.md').text).toMatch(
    /`Halt podinfo\.test advancement success rate \d+\.\d\d% < 99%`/,
  );
  await cluster.stop();
});

test('docs/strategies/gates.md: the rollback gate ends a run', async () => {
  const shown = page('strategies/gates.md');
  const cluster = await aCluster(shown);
  await hook(cluster, '/gate/open');
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '50/50', { limitMs: 300_000 });
  await hook(cluster, '/rollback/open');
  cluster.news();
  await cluster.until('Failed');
  expect(cluster.news()).toEqual(eventsOf(shown, 'text stopped'));
  await cluster.stop();
});

test('docs/strategies/skip-analysis-and-suspend.md: a suspended run keeps its share, and goes on', async () => {
  const cluster = await aCluster(page('strategies/progressive.md'));
  const suspend = (value: boolean) =>
    cluster.edit('canary', 'podinfo', (canary: Canary) => {
      canary.spec.suspend = value;
    });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '60/40', { limitMs: 300_000 });
  suspend(true);
  await cluster.clock.advance(5_000);
  cluster.news();
  await cluster.clock.advance(600_000);
  expect([cluster.routes(), cluster.news()]).toEqual(['60/40', []]);
  suspend(false);
  await cluster.until('Succeeded');
  await cluster.stop();
});

test('docs/strategies/mirroring.md: with stepWeight only the first step mirrors', async () => {
  const cluster = await aCluster(page('strategies/mirroring.md'), (canary) => {
    delete canary.spec.analysis.iterations;
    canary.spec.analysis.stepWeight = 50;
  });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '100/0m', { limitMs: 300_000 });
  await cluster.clock.runUntil(() => cluster.routes() === '50/50', { limitMs: 300_000 });
  expect(cluster.news()).toContain('N Advance podinfo.test canary weight 0');
  await cluster.stop();
});

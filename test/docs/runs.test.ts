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
async function aCluster(shown: Page): Promise<Cluster> {
  const canary = objectOf<Canary>(shown, 'Canary');
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

test('a bad version of docs/strategies/progressive.md is rolled back with the text of the page', async () => {
  const cluster = await aCluster(page('strategies/progressive.md'));
  cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.4 });
  cluster.setImage('stefanprodan/podinfo:3.1.2');
  await cluster.until('Failed');
  const halts = cluster
    .news()
    .filter((text) => /^W Halt podinfo\.test advancement success rate \S+% < 99%$/.test(text));
  expect(halts).toHaveLength(5);
  await cluster.stop();
});

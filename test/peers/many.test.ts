/** What made other controllers slow with many Canaries or references; each test is named after its threads. */
import type { KubeObject } from '../../model/kube';
import type { Raw } from '../controller/rollout/staged';
import { Cluster } from '../controller/sandbox/cluster';
import { bootstrapped } from '../controller/sandbox/podinfo';
import { aCanary, aDeployment, NAMESPACE } from '../fixtures';

/** Two cores may have other things to do. */
jest.setTimeout(300_000);
const APPS = Array.from({ length: 20 }, (_, index) => `app-${index}`);

function addApp(cluster: Cluster, name: string): void {
  const deployment = aDeployment() as Raw;
  deployment.metadata.name = name;
  deployment.spec.selector.matchLabels = { app: name };
  deployment.spec.template.metadata.labels = { app: name };
  const canary = aCanary({ iterations: 5, interval: '10s', metrics: [] }, { provider: 'kubernetes' });
  canary.metadata.name = name;
  canary.spec.targetRef.name = name;
  cluster.create(deployment as KubeObject);
  cluster.create(canary as KubeObject);
}

const phases = (cluster: Cluster): Set<string> =>
  new Set(APPS.map((name) => (cluster.get('canary', name) as Raw)?.status?.phase));

/** Releases a version of all these at once; how long it takes until the last is promoted. */
async function releaseAll(apps: string[]): Promise<number> {
  const cluster = await new Cluster().start();
  for (const name of apps) addApp(cluster, name);
  const all = (phase: string) => apps.every((name) => (cluster.get('canary', name) as Raw).status?.phase === phase);
  await cluster.clock.runUntil(() => all('Initialized'), { limitMs: 600_000 });
  await cluster.clock.advance(20_000);
  const from = cluster.clock.now();
  for (const name of apps) {
    cluster.edit('deployment', name, (object: Raw) => {
      object.spec.template.spec.containers[0].image = 'app:2';
    });
  }
  await cluster.clock.runUntil(() => all('Succeeded'), { limitMs: 1_800_000 });
  const tookMs = cluster.clock.now() - from;
  if (apps.length === APPS.length) expect(phases(cluster)).toEqual(new Set(['Succeeded']));
  await cluster.stop();
  return tookMs;
}

test('F#638, FPR#643, FPR#723, APR#1679: twenty releases at once take as long as one', async () => {
  const [one, twenty] = [await releaseAll(APPS.slice(0, 1)), await releaseAll(APPS)];
  expect(twenty).toBeLessThanOrEqual(one + 10_000);
});

test('F#658: forty-four references to Secrets cost one read of each Secret, and no time', async () => {
  const release = async (references: number) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: NAMESPACE }, data: {} };
    const env = Array.from({ length: references }, (_, index) => ({
      name: `KEY_${index}`,
      valueFrom: { secretKeyRef: { name: 'keys', key: `key-${index}` } },
    }));
    const cluster = await bootstrapped(
      { webhooks: [] },
      (deployment) => {
        (deployment as Raw).spec.template.spec.containers[0].env = env;
      },
      secret as KubeObject,
    );
    cluster.requests.length = 0;
    cluster.setImage('stefanprodan/podinfo:3.1.1');
    const tookMs = await cluster.until('Succeeded');
    const reads = cluster.requests.filter((request) => /^GET .*\/secrets\/keys/.test(request)).length;
    await cluster.stop();
    return { tookMs, reads };
  };
  const [one, many] = [await release(1), await release(44)];
  expect(many).toEqual(one);
  expect(many.reads).toBeLessThanOrEqual(2);
});

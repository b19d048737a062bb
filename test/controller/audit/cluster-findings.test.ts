/** Findings of the audit on the whole controller. */
import type { KubeObject } from '../../../model/kube';
import { aDeployment } from '../../fixtures';
import { Cluster } from '../sandbox/cluster';
import { bootstrapped, tutorialCanary } from '../sandbox/podinfo';

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
type Raw = any;

const isWatch = (request: string) => request.includes('watch=');
const writes = (cluster: Cluster) => cluster.requests.filter((r) => /^(PUT|POST|PATCH|DELETE)/.test(r));

test('a Canary that is deleted and made again at once never leaves the apex without pods', async () => {
  const cluster = await bootstrapped();
  const canary = structuredClone(cluster.get('canary', 'podinfo')!) as Raw;
  cluster.sandbox.store.delete({
    apiVersion: canary.apiVersion,
    kind: 'Canary',
    plural: 'canaries',
    namespace: 'test',
    name: 'podinfo',
  } as Raw);
  cluster.create(tutorialCanary());
  await cluster.clock.advance(120_000);
  expect(cluster.status.phase).toBe('Initialized');
  expect(cluster.get('deployment', 'podinfo-primary')?.metadata.ownerReferences?.[0]?.uid).toBe(
    cluster.get('canary', 'podinfo')?.metadata.uid,
  );
  await cluster.stop();
});

test.each([
  ['portDiscovery', { portDiscovery: true }],
  [
    'appProtocol and metadata',
    { appProtocol: 'http', apex: { labels: { a: 'b' }, annotations: { c: 'd' } }, primary: { labels: { x: 'y' } } },
  ],
  ['another name', { name: 'web' }],
  ['headless', { headless: true }],
  ['targetPort name', { targetPort: 'http' }],
  [
    'retries and headers',
    { retries: { attempts: 3 }, timeout: '5s', headers: { request: { add: { a: 'b' } } }, rewrite: { uri: '/' } },
  ],
])('idle with service %s causes no requests', async (_what, more) => {
  const cluster = await bootstrapped({}, undefined, undefined, { service: { port: 9898, ...more } as Raw });
  await cluster.clock.advance(60_000);
  const from = cluster.requests.length;
  await cluster.clock.advance(240_000);
  expect(cluster.requests.slice(from).filter((r) => !isWatch(r))).toEqual([]);
  await cluster.stop();
});

test('a Service and a VirtualService of the user are taken over without fights', async () => {
  const cluster = await new Cluster().start();
  cluster.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'podinfo', namespace: 'test', labels: { mine: 'yes' } },
    spec: {
      type: 'NodePort',
      selector: { app: 'podinfo' },
      ports: [
        { name: 'web', port: 80, targetPort: 9898, nodePort: 30080 },
        { name: 'http', port: 9898, targetPort: 9898 },
      ],
    },
  } as KubeObject);
  cluster.create({
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { hosts: ['podinfo'], http: [{ route: [{ destination: { host: 'podinfo' } }] }] },
  } as KubeObject);
  cluster.create(aDeployment());
  const canary = tutorialCanary({}, { revertOnDeletion: true }) as Raw;
  delete canary.spec.autoscalerRef;
  cluster.create(canary);
  await cluster.until('Initialized');
  await cluster.clock.advance(60_000);
  const from = cluster.requests.length;
  await cluster.clock.advance(240_000);
  expect(cluster.requests.slice(from).filter((r) => !isWatch(r))).toEqual([]);
  cluster.sandbox.store.delete({
    apiVersion: canary.apiVersion,
    kind: 'Canary',
    plural: 'canaries',
    namespace: 'test',
    name: 'podinfo',
  } as Raw);
  await cluster.clock.advance(120_000);
  expect(cluster.get('canary', 'podinfo')).toBeUndefined();
  expect((cluster.get('virtualService', 'podinfo') as Raw).spec).toEqual({
    hosts: ['podinfo'],
    http: [{ route: [{ destination: { host: 'podinfo' } }] }],
  });
  expect((cluster.get('service', 'podinfo') as Raw).spec.selector).toEqual({ app: 'podinfo' });
  expect(cluster.replicas('podinfo')).toBe(1);
  await cluster.stop();
});

test('a gateway that does not exist is said', async () => {
  const cluster = await bootstrapped({}, undefined, undefined, {
    service: { port: 9898, gateways: ['nothing.istio-system.svc.cluster.local', 'mesh'] },
  });
  await cluster.clock.advance(60_000);
  expect(cluster.events().some((text) => text.startsWith('W') && text.includes('nothing'))).toBe(true);
  await cluster.stop();
});

test('a target at zero replicas bootstraps', async () => {
  const cluster = await bootstrapped({}, (d) => ((d as Raw).spec.replicas = 0));
  expect(cluster.replicas('podinfo-primary')).toBeGreaterThan(0);
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Succeeded');
  await cluster.stop();
});

test('provider kubernetes runs, and its waits cost no writes', async () => {
  const cluster = await bootstrapped({ iterations: 3, webhooks: [], metrics: [] }, undefined, undefined, {
    provider: 'kubernetes',
  });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  const from = cluster.events().length;
  await cluster.until('Succeeded');
  expect(
    cluster
      .events()
      .slice(from)
      .filter((t) => !t.includes('waiting for rollout')),
  ).toEqual([
    'N New revision detected! Scaling up podinfo.test',
    'N Starting canary analysis for podinfo.test',
    'N Advance podinfo.test canary iteration 1/3',
    'N Advance podinfo.test canary iteration 2/3',
    'N Advance podinfo.test canary iteration 3/3',
    'N Copying podinfo.test template spec to podinfo-primary.test',
    'N Promotion completed! Scaling down podinfo.test',
  ]);
  await cluster.stop();
});

test('deleting the namespace ends everything', async () => {
  const cluster = await bootstrapped({}, undefined, undefined, { revertOnDeletion: true });
  cluster.sandbox.store.delete({ apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', name: 'test' } as Raw);
  await cluster.clock.advance(120_000);
  expect(cluster.get('canary', 'podinfo')).toBeUndefined();
  const from = writes(cluster).length;
  await cluster.clock.advance(120_000);
  expect(writes(cluster).slice(from)).toEqual([]);
  await cluster.stop();
});

test('an opened gate is acted on at once', async () => {
  const cluster = await bootstrapped({
    interval: '60s',
    webhooks: [{ name: 'ask', type: 'confirm-rollout', url: 'http://flagger-loadtester.test/gate/check' }],
  });
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.until('Waiting');
  await cluster.clock.advance(5_000);
  const body = JSON.stringify({ name: 'podinfo', namespace: 'test' });
  const opening = cluster.sandbox.http({
    method: 'POST',
    url: 'http://flagger-loadtester.test/gate/open',
    headers: {},
    body,
  } as Raw);
  await cluster.run(opening as Promise<unknown>);
  await cluster.clock.advance(3_000);
  expect(cluster.status.phase).toBe('Progressing');
  await cluster.stop();
});

/** The same client, caches, lease and events on the sandbox's API server, which behaves like a real one. */
import { CacheSet } from '../../../controller/kube/cache-set';
import { KubeClient } from '../../../controller/kube/client';
import { EventRecorder } from '../../../controller/kube/events';
import { LeaderElection } from '../../../controller/kube/lease';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import { VirtualClock } from '../../../sandbox/clock';
import { API_SERVER_URL, createSandbox } from '../../../sandbox/world';

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

async function aSandbox() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock });
  const random = () => 0.5;
  const client = new KubeClient({ http: sandbox.api, server: API_SERVER_URL, clock, random });
  await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'test' } });
  return { clock, sandbox, random, client };
}

function aConfigMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'test' }, data };
}

test('create, read, patch, replace, conflict, delete', async () => {
  const { client } = await aSandbox();
  const made = await client.create(RESOURCES.configMap, aConfigMap('a', { n: '1' }));
  await client.patch(RESOURCES.configMap, 'test', 'a', { data: { m: '2' } });
  expect(await client.get(RESOURCES.configMap, 'test', 'a')).toMatchObject({ data: { n: '1', m: '2' } });
  await expect(client.replace(RESOURCES.configMap, made)).rejects.toMatchObject({ code: 'Conflict' });
  await expect(client.create(RESOURCES.configMap, aConfigMap('a'))).rejects.toMatchObject({ code: 'AlreadyExists' });
  const wrong = client.delete(RESOURCES.configMap, 'test', 'a', { uid: 'another' });
  await expect(wrong).rejects.toMatchObject({ code: 'Conflict' });
  expect(await client.delete(RESOURCES.configMap, 'test', 'a', { uid: made.metadata.uid })).toBe(true);
  expect(await client.delete(RESOURCES.configMap, 'test', 'a')).toBe(false);
});

test('server-side apply and chunked lists', async () => {
  const { client } = await aSandbox();
  for (let i = 0; i < 5; i++) {
    await client.patch(RESOURCES.configMap, 'test', `c-${i}`, aConfigMap(`c-${i}`), { kind: 'apply', force: true });
  }
  const { items } = await client.list(RESOURCES.configMap, { namespace: 'test', chunkSize: 2 });
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['c-0', 'c-1', 'c-2', 'c-3', 'c-4']);
});

test('caches follow for an hour, metadata only for ConfigMaps, and forget nothing', async () => {
  const { client, clock, random, sandbox } = await aSandbox();
  const caches = new CacheSet({ client, clock, random });
  const told: string[] = [];
  caches.onChange(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  caches.open(RESOURCES.configMap);
  caches.open(RESOURCES.canary);
  await caches.settled();
  expect(caches.unavailable()).toEqual([RESOURCES.canary]);
  for (let i = 0; i < 60; i++) {
    await client.create(RESOURCES.configMap, aConfigMap(`c-${i}`, { n: '1' }));
    if (i % 2) await client.delete(RESOURCES.configMap, 'test', `c-${i}`);
    await clock.advance(60_000);
  }
  expect(caches.list(RESOURCES.configMap)).toHaveLength(30);
  expect(caches.get(RESOURCES.configMap, 'test', 'c-0')).not.toHaveProperty('data');
  expect(told).toHaveLength(90);
  expect(sandbox.apiServer.counts()['list configmaps']).toBeLessThanOrEqual(8);
  await caches.stop();
  expect(clock.pending()).toBe(0);
});

test('caches see through connections that break, fall silent or are refused', async () => {
  const { client, clock, random, sandbox } = await aSandbox();
  const caches = new CacheSet({ client, clock, random });
  caches.open(RESOURCES.configMap);
  await caches.settled();
  let turn = 0;
  sandbox.apiServer.setFaults(({ verb }) => {
    if (verb !== 'watch') return undefined;
    return [{ dropAfterMs: 3000 }, { silentAfterMs: 2000 }, { before: 'ECONNREFUSED' }][turn++ % 3];
  });
  for (let i = 0; i < 30; i++) {
    await client.create(RESOURCES.configMap, aConfigMap(`c-${i}`));
    await clock.advance(10_000);
  }
  await clock.advance(80_000);
  expect(caches.list(RESOURCES.configMap)).toHaveLength(30);
  await caches.stop();
});

test('a leader, its Event and the release', async () => {
  const { client, clock, random } = await aSandbox();
  const options = { client, clock, random, namespace: 'test' };
  const [a, b] = ['a', 'b'].map((identity) => new LeaderElection({ ...options, identity }));
  a!.start();
  await clock.advance(1000);
  b!.start();
  await clock.advance(60_000);
  expect([a!.isLeader(), b!.isLeader()]).toEqual([true, false]);
  await a!.stop();
  await clock.advance(6000);
  expect(b!.isLeader()).toBe(true);
  const events = new EventRecorder(options);
  const involved = (await client.get(RESOURCES.lease, 'test', 'flagger-leader-election'))!;
  for (let i = 0; i < 3; i++) events.record({ involved, type: 'Normal', message: 'leading' });
  await events.flush();
  events.record({ involved, type: 'Normal', message: 'leading' });
  await events.stop();
  const { items } = await client.list(RESOURCES.event, { namespace: 'test' });
  expect(items).toEqual([expect.objectContaining({ message: 'leading', count: 4, reason: 'Synced' })]);
  await b!.stop();
  expect(clock.pending()).toBe(0);
});

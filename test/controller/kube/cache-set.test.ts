import { CacheSet } from '../../../controller/kube/cache-set';
import { RESOURCES } from '../../../model/kube';
import { answer, broken } from './fake-api';
import { aCluster } from './fixtures';

const DEPLOYMENT = '/apis/apps/v1/namespaces/test/deployments/web';
const SECRET = '/api/v1/namespaces/test/secrets/token';

const sets: CacheSet[] = [];

function aSet() {
  const cluster = aCluster();
  const problems: string[] = [];
  const { client, clock, random } = cluster;
  const caches = new CacheSet({ client, clock, random, onProblem: (message) => problems.push(message) });
  sets.push(caches);
  const told: string[] = [];
  caches.onChange((change, type) => told.push(`${change.type} ${type.kind} ${change.object.metadata.name}`));
  return { ...cluster, caches, told, problems };
}

afterEach(async () => {
  await Promise.all(sets.splice(0).map((caches) => caches.stop()));
});

test('opens a kind at its first use, once, and tells changes of all kinds in one stream', async () => {
  const { api, caches, told, clock } = aSet();
  api.set(DEPLOYMENT);
  expect(caches.get(RESOURCES.deployment, 'test', 'web')).toBeUndefined();
  caches.open(RESOURCES.service);
  await caches.settled();
  expect(caches.get(RESOURCES.deployment, 'test', 'web')).toBeDefined();
  expect(caches.open(RESOURCES.deployment)).toBe(caches.open(RESOURCES.deployment));
  api.set('/api/v1/namespaces/test/services/web');
  await clock.advance(10);
  expect(caches.list(RESOURCES.service, 'test')).toHaveLength(1);
  expect(told).toEqual(['added Deployment web', 'added Service web']);
  expect(api.openWatches).toBe(2);
});

test('Secrets and ConfigMaps are held without their data', async () => {
  const { api, caches } = aSet();
  api.set(SECRET, { data: { password: 'x' } });
  caches.open(RESOURCES.secret);
  await caches.settled();
  expect(caches.get(RESOURCES.secret, 'test', 'token')).not.toHaveProperty('data');
  expect(api.requests[0]?.headers?.['accept']).toContain('PartialObjectMetadataList');
});

test('write-backs go to the right kind; of a kind that nobody opened they are ignored', async () => {
  const { api, caches, told } = aSet();
  caches.open(RESOURCES.deployment);
  await caches.settled();
  const made = api.set(DEPLOYMENT);
  caches.observe(RESOURCES.service, made);
  expect(told).toEqual([]);
  caches.observe(RESOURCES.deployment, made);
  caches.observeDeleted(RESOURCES.deployment, made);
  expect(told).toEqual(['added Deployment web', 'deleted Deployment web']);
});

test('a missing kind does not hold up the others', async () => {
  const { api, caches } = aSet();
  api.always = (request) => (request.url.includes('istio') ? answer(404, '404 page not found') : undefined);
  caches.open(RESOURCES.deployment);
  caches.open(RESOURCES.virtualService);
  await caches.settled();
  expect(caches.unavailable()).toEqual([RESOURCES.virtualService]);
  expect(caches.list(RESOURCES.virtualService)).toEqual([]);
});

test('age is that of the cache that waits the longest', async () => {
  const { api, caches, clock } = aSet();
  expect(caches.ageMs()).toBe(0);
  caches.open(RESOURCES.deployment);
  caches.open(RESOURCES.service);
  await caches.settled();
  api.always = (request) => {
    if (request.url.includes('services')) throw broken('ECONNREFUSED');
    return undefined;
  };
  api.drop();
  await clock.advance(100_000);
  expect(caches.ageMs()).toBe(100_000);
});

test('a throwing listener is reported and the rest are told', async () => {
  const { api, caches, problems, clock } = aSet();
  const late: string[] = [];
  caches.onChange(() => {
    throw new Error('oops');
  });
  caches.onChange((change) => late.push(change.type));
  caches.open(RESOURCES.deployment);
  await caches.settled();
  api.set(DEPLOYMENT);
  await clock.advance(10);
  expect(late).toEqual(['added']);
  expect(problems).toHaveLength(1);
});

test('after stop nothing is left, and nothing can be opened', async () => {
  const { caches, clock, api } = aSet();
  caches.open(RESOURCES.deployment);
  await caches.stop();
  expect(clock.pending()).toBe(0);
  expect(api.openWatches).toBe(0);
  expect(() => caches.open(RESOURCES.service)).toThrow('stopped');
});

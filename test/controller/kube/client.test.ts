import { KubeError } from '../../../controller/kube/error';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import { answer, broken, failure } from './fake-api';
import { aCluster, settle } from './fixtures';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/test/deployments';
const NODE = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

function aDeployment(name: string): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'test' }, spec: { replicas: 1 } };
}

async function caught(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

describe('verbs', () => {
  test('get reads the object, undefined when there is none', async () => {
    const { api, client } = aCluster();
    api.set(`${DEPLOYMENTS}/web`, { future: { field: 1 } });
    expect(await client.get(RESOURCES.deployment, 'test', 'web')).toMatchObject({ future: { field: 1 } });
    expect(await client.get(RESOURCES.deployment, 'test', 'other')).toBeUndefined();
  });

  test('paths: core kinds, cluster-scoped kinds, subresources, documents', async () => {
    const { api, client } = aCluster();
    api.always = () => answer(200, {});
    await client.get(RESOURCES.secret, 'test', 'a/b');
    await client.get(NODE, undefined, 'n1');
    await client.get(RESOURCES.deployment, 'test', 'web', { subresource: 'scale' });
    await client.getPath('/version');
    expect(api.requests.map((request) => request.url)).toEqual([
      'http://api/api/v1/namespaces/test/secrets/a%2Fb',
      'http://api/api/v1/nodes/n1',
      `http://api${DEPLOYMENTS}/web/scale`,
      'http://api/version',
    ]);
  });

  test('a namespaced kind without a namespace is a mistake, not another request', async () => {
    const { api, client } = aCluster();
    await expect(client.get(RESOURCES.secret, undefined, 's')).rejects.toThrow('Secret s needs a namespace');
    expect(api.requests).toEqual([]);
  });

  test('list reads chunks of one snapshot and fills in the kind', async () => {
    const { api, client } = aCluster();
    for (let i = 0; i < 7; i++) api.set(`${DEPLOYMENTS}/web-${i}`);
    const { items, resourceVersion } = await client.list(RESOURCES.deployment, { chunkSize: 3 });
    expect(items.map((item) => item.metadata.name)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `web-${i}`));
    expect(items[0]).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(resourceVersion).toBe('107');
    expect(api.requests).toHaveLength(3);
  });

  test('a continue token that expired half-way: one whole list instead', async () => {
    const { api, client } = aCluster();
    for (let i = 0; i < 5; i++) api.set(`${DEPLOYMENTS}/web-${i}`);
    const hasToken = (request: { url: string }) => request.url.includes('continue=');
    api.once(failure(410, 'Expired', 'continue token expired'), hasToken);
    const { items } = await client.list(RESOURCES.deployment, { chunkSize: 2 });
    expect(items).toHaveLength(5);
    expect(api.requests.at(-1)?.url).not.toContain('limit');
  });

  test('metadata-only lists ask for metadata and hand out nothing else', async () => {
    const { api, client } = aCluster();
    api.set('/api/v1/namespaces/test/secrets/s', { data: { password: 'x' } });
    const { items } = await client.list(RESOURCES.secret, { metadataOnly: true, namespace: 'test' });
    expect(api.requests[0]?.headers?.['accept']).toContain('as=PartialObjectMetadataList');
    expect(items).toEqual([{ apiVersion: 'v1', kind: 'Secret', metadata: expect.objectContaining({ name: 's' }) }]);
  });

  test('create, replace and patch name the field manager and their content type', async () => {
    const { api, client } = aCluster();
    const made = await client.create(RESOURCES.deployment, aDeployment('web'));
    await client.replace(RESOURCES.deployment, made);
    await client.patch(RESOURCES.deployment, 'test', 'web', { spec: { replicas: 2 } });
    await client.patch(RESOURCES.deployment, 'test', 'web', [], { kind: 'json' });
    await client.patch(RESOURCES.deployment, 'test', 'web', {}, { kind: 'strategic' });
    await client.patch(RESOURCES.deployment, 'test', 'web', {}, { kind: 'apply', force: true, fieldManager: 'other' });
    expect(api.requests.map((r) => `${r.method} ${r.url.slice(10)} ${r.headers?.['content-type']}`)).toEqual([
      `POST ${DEPLOYMENTS}?fieldManager=serin application/json`,
      `PUT ${DEPLOYMENTS}/web?fieldManager=serin application/json`,
      `PATCH ${DEPLOYMENTS}/web?fieldManager=serin application/merge-patch+json`,
      `PATCH ${DEPLOYMENTS}/web?fieldManager=serin application/json-patch+json`,
      `PATCH ${DEPLOYMENTS}/web?fieldManager=serin application/strategic-merge-patch+json`,
      `PATCH ${DEPLOYMENTS}/web?fieldManager=other&force=true application/apply-patch+yaml`,
    ]);
    expect(api.requests[0]?.headers).toMatchObject({ 'user-agent': 'serin/1.2.3', accept: 'application/json' });
  });

  test('status and scale are written through their own doors', async () => {
    const { api, client } = aCluster();
    api.always = () => answer(200, {});
    await client.replace(RESOURCES.deployment, aDeployment('web'), { subresource: 'status' });
    await client.patch(RESOURCES.deployment, 'test', 'web', { spec: { replicas: 0 } }, { subresource: 'scale' });
    expect(api.log).toEqual([`PUT ${DEPLOYMENTS}/web/status`, `PATCH ${DEPLOYMENTS}/web/scale`]);
  });

  test('delete sends its preconditions with a length, and says whether there was anything', async () => {
    const { api, client } = aCluster();
    const { uid } = api.set(`${DEPLOYMENTS}/web`).metadata;
    const other = await caught(client.delete(RESOURCES.deployment, 'test', 'web', { uid: 'another' }));
    expect(other.code).toBe('Conflict');
    expect(await client.delete(RESOURCES.deployment, 'test', 'web', { uid, resourceVersion: '101' })).toBe(true);
    expect(await client.delete(RESOURCES.deployment, 'test', 'web')).toBe(false);
    const sent = api.requests[1]!;
    expect(JSON.parse(sent.body ?? '')).toMatchObject({ preconditions: { uid, resourceVersion: '101' } });
    expect(sent.headers?.['content-length']).toBe(String(sent.body?.length));
  });
});

describe('errors', () => {
  test.each([
    [409, 'Conflict', 'Conflict'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [422, 'Invalid', 'Invalid'],
    [403, 'Forbidden', 'Forbidden'],
    [410, 'Gone', 'Expired'],
    [500, 'InternalError', 'Internal'],
    [504, 'Timeout', 'Timeout'],
    [503, 'ServiceUnavailable', 'Unavailable'],
  ])('%i %s is %s, with the API server’s own words', async (status, reason, code) => {
    const { api, client } = aCluster();
    api.always = () => failure(status, reason, 'what the server said');
    const error = await caught(client.create(RESOURCES.deployment, aDeployment('web')));
    expect(error).toMatchObject({ code, status, reason, message: 'what the server said' });
  });

  test.each([
    [
      'deployments.apps "web" is forbidden: User "system:serviceaccount:a:serin" cannot create resource "deployments" in API group "apps" in the namespace "test"',
      'allow create on deployments of apps in the controller',
    ],
    [
      'secrets "s" is forbidden: User "u" cannot get resource "secrets" in API group "" in the namespace "test"',
      'allow get on secrets in the controller',
    ],
    [
      'deployments.apps "web" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
      'allow update on canaries/finalizers of flagger.app in the controller',
    ],
  ])('a missing right is told with the request and the remedy: %s', async (text, remedy) => {
    const { api, client } = aCluster();
    api.always = () => failure(403, 'Forbidden', text);
    const { message } = await caught(client.create(RESOURCES.deployment, aDeployment('web')));
    expect(message).toContain(`POST ${DEPLOYMENTS}?fieldManager=serin: ${text}: ${remedy}`);
  });

  test('a quota is no missing right', async () => {
    const { api, client } = aCluster();
    const text = 'deployments.apps "web" is forbidden: exceeded quota: few';
    api.always = () => failure(403, 'Forbidden', text);
    expect((await caught(client.create(RESOURCES.deployment, aDeployment('web')))).message).toBe(text);
  });

  test('a proxy’s HTML gets a code by its status and names the request', async () => {
    const { api, client } = aCluster();
    api.always = () => answer(502, '<html>bad gateway</html>');
    const error = await caught(client.create(RESOURCES.deployment, aDeployment('web')));
    expect(error.code).toBe('Unavailable');
    expect(error.message).toContain(`POST ${DEPLOYMENTS}`);
    expect(error.message).toContain('bad gateway');
  });

  test('an answer that is not JSON is InvalidResponse', async () => {
    const { api, client, clock } = aCluster();
    api.always = () => answer(200, '{"kind": "Depl');
    const error = await settle(clock, caught(client.get(RESOURCES.deployment, 'test', 'web')));
    expect(error.code).toBe('InvalidResponse');
  });

  test('no answer in time is Timeout, even from an Http that ignores its signal', async () => {
    const { api, client, clock } = aCluster({ timeoutMs: 1000 });
    api.always = () => new Promise(() => {});
    const write = caught(client.create(RESOURCES.deployment, aDeployment('web')));
    const error = await settle(clock, write);
    expect(error.code).toBe('Timeout');
    expect(api.requests).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  test('an abort ends the call at once', async () => {
    const { api, client, clock } = aCluster();
    api.always = () => new Promise(() => {});
    const abort = new AbortController();
    const call = caught(client.get(RESOURCES.deployment, 'test', 'web', { signal: abort.signal }));
    await clock.advance(10);
    abort.abort();
    expect((await call).code).toBe('Aborted');
    expect(clock.pending()).toBe(0);
  });
});

describe('retries', () => {
  test.each([
    ['a refused connection', broken('ECONNREFUSED')],
    ['a reset connection', broken('ECONNRESET')],
    ['503', failure(503, 'ServiceUnavailable', 'starting')],
    ['500', failure(500, 'InternalError', 'etcd')],
    ['429', failure(429, 'TooManyRequests', 'slow down')],
  ])('reads are repeated after %s', async (_, outcome) => {
    const { api, client, clock } = aCluster();
    api.set(`${DEPLOYMENTS}/web`);
    api.once(outcome);
    api.once(outcome);
    expect(await settle(clock, client.get(RESOURCES.deployment, 'test', 'web'))).toBeDefined();
    expect(api.requests).toHaveLength(3);
  });

  test('reads are given up after five tries, each waiting longer', async () => {
    const { api, client, clock } = aCluster();
    const times: number[] = [];
    api.always = () => {
      times.push(clock.now());
      return failure(500, 'InternalError', 'etcd is down');
    };
    const error = await settle(clock, caught(client.get(RESOURCES.deployment, 'test', 'web')));
    expect(error.message).toBe('etcd is down');
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    expect(gaps).toHaveLength(4);
    expect([...gaps].sort((a, b) => a - b)).toEqual(gaps);
  });

  test('Retry-After is honoured', async () => {
    const { api, client, clock } = aCluster();
    api.set(`${DEPLOYMENTS}/web`);
    api.once(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '7' }));
    const startMs = clock.now();
    await settle(clock, client.get(RESOURCES.deployment, 'test', 'web'));
    expect(clock.now() - startMs).toBe(7000);
  });

  test.each([
    ['500', failure(500, 'InternalError', 'etcd')],
    ['a reset connection', broken('ECONNRESET')],
    ['a conflict', failure(409, 'Conflict', 'modified')],
  ])('writes are not repeated after %s: it may have been done', async (_, outcome) => {
    const { api, client, clock } = aCluster();
    api.once(outcome);
    await settle(clock, caught(client.create(RESOURCES.deployment, aDeployment('web'))));
    expect(api.requests).toHaveLength(1);
  });

  test.each([
    ['429', failure(429, 'TooManyRequests', 'slow down')],
    ['a refused connection', broken('ECONNREFUSED')],
  ])('writes are repeated after %s: it was certainly not done', async (_, outcome) => {
    const { api, client, clock } = aCluster();
    api.once(outcome);
    await settle(clock, client.create(RESOURCES.deployment, aDeployment('web')));
    expect(api.requests).toHaveLength(2);
  });

  test('jitter spreads the delays', async () => {
    const waited = async (random: number) => {
      const { api, client, clock } = aCluster({ random: () => random });
      api.once(broken('ECONNREFUSED'));
      const startMs = clock.now();
      await settle(clock, client.get(RESOURCES.deployment, 'test', 'web'));
      return clock.now() - startMs;
    };
    expect(await waited(0)).toBeLessThan(await waited(0.9));
  });
});

describe('credentials and bounds', () => {
  test('a token that was rotated is used for a second try, also of a write', async () => {
    const tokens = ['old', 'new', 'new'];
    const headers = async () => ({ authorization: `Bearer ${tokens.shift() ?? 'new'}` });
    const { api, client } = aCluster({ headers });
    api.once(failure(401, 'Unauthorized', 'Unauthorized'));
    await client.create(RESOURCES.deployment, aDeployment('web'));
    expect(api.requests.map((request) => request.headers?.['authorization'])).toEqual(['Bearer old', 'Bearer new']);
  });

  test('are asked for once a second, and at once when they were refused', async () => {
    let asked = 0;
    const headers = async () => ({ authorization: `Bearer ${++asked}` });
    const { api, client, clock } = aCluster({ headers });
    const get = () => client.get(RESOURCES.deployment, 'test', 'web');
    await get();
    await get();
    await clock.advance(1_000);
    await get();
    api.once(failure(401, 'Unauthorized', 'Unauthorized'));
    await get();
    await get();
    const sent = api.requests.map((request) => request.headers?.['authorization']?.slice('Bearer '.length));
    expect(sent).toEqual(['1', '1', '2', '2', '3', '3']);
  });

  test('a token that is simply wrong is not tried again', async () => {
    const { api, client } = aCluster({ headers: async () => ({ authorization: 'Bearer wrong' }) });
    api.always = () => failure(401, 'Unauthorized', 'Unauthorized');
    expect((await caught(client.get(RESOURCES.deployment, 'test', 'web'))).code).toBe('Unauthorized');
    expect(api.requests).toHaveLength(1);
  });

  test('a failing exec plugin is an error that says so', async () => {
    const headers = () => Promise.reject(new Error('exec: aws not found'));
    const { client } = aCluster({ headers });
    const error = await caught(client.get(RESOURCES.deployment, 'test', 'web'));
    expect(error).toMatchObject({ code: 'Unauthorized', message: expect.stringContaining('aws not found') });
  });

  test('no more than maxInFlight at a time, first come first served', async () => {
    const { api, client } = aCluster({ maxInFlight: 2 });
    const release: (() => void)[] = [];
    api.always = () => new Promise((resolve) => release.push(() => resolve(answer(200, {}))));
    const calls = ['a', 'b', 'c', 'd'].map((name) => client.get(RESOURCES.secret, 'test', name));
    const turn = () => new Promise(setImmediate);
    await turn();
    expect(api.requests).toHaveLength(2);
    release.shift()!();
    await turn();
    expect(api.requests.map((request) => request.url.at(-1))).toEqual(['a', 'b', 'c']);
    for (let i = 0; i < 3; i++) {
      release.shift()!();
      await turn();
    }
    await Promise.all(calls);
  });

  test('a write that waited is not sent when leadership is lost meanwhile; reads are', async () => {
    let leading = true;
    const { api, client, clock } = aCluster({ mayWrite: () => leading });
    api.once(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '60' }));
    const writing = caught(client.create(RESOURCES.deployment, aDeployment('web')));
    await clock.advance(10_000);
    leading = false;
    expect((await settle(clock, writing)).code).toBe('NotLeader');
    expect(api.requests).toHaveLength(1);
    expect(await client.get(RESOURCES.deployment, 'test', 'web')).toBeUndefined();
    const allowed = client.create(RESOURCES.deployment, aDeployment('web'), { mayWrite: () => true });
    expect((await allowed).metadata.name).toBe('web');
  });

  test('every attempt is told to the observer', async () => {
    const seen: string[] = [];
    const { api, client, clock } = aCluster({ onRequest: ({ method, status }) => seen.push(`${method} ${status}`) });
    api.once(broken('ECONNREFUSED'));
    await settle(clock, client.get(RESOURCES.deployment, 'test', 'web'));
    expect(seen).toEqual(['GET 0', 'GET 404']);
  });
});

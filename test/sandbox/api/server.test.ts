import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { RESOURCES } from '../../../model/kube';
import { ApiError } from '../../../sandbox/api/api-error';
import { createApiServer, type RequestNote } from '../../../sandbox/api/server';
import { ObjectStore } from '../../../sandbox/api/store';
import { VirtualClock } from '../../../sandbox/clock';

function aServer() {
  const clock = new VirtualClock();
  let made = 0;
  const uid = () => {
    made += 1;
    return `uid-${made}`;
  };
  const store = new ObjectStore({ clock, uid });
  const api = createApiServer(store);
  const request = (method: string, path: string, body?: unknown, more: object = {}) =>
    api.handle({
      method,
      url: `http://sandbox${path}`,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...more,
    });
  const json = async (method: string, path: string, body?: unknown) =>
    JSON.parse(await (await request(method, path, body)).text());
  /** What a watch says from now on. */
  const watch = async (query: string) => {
    const seen: { type: string; object: { metadata: { name?: string; resourceVersion: string }; code?: number } }[] =
      [];
    const response = await request('GET', `${MAPS}?watch=1&${query}`);
    const done = (async () => {
      for await (const line of response.lines()) seen.push(JSON.parse(line));
      return 'ended';
    })().catch((error) => error.code as string);
    return { seen, done };
  };
  return { clock, store, api, request, json, watch };
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string) => ({ metadata: { name } });

test('a watch from a compacted version says 410 and ends', async () => {
  const { store, json, watch } = aServer();
  await json('POST', MAPS, map('a'));
  store.compact();
  const { seen, done } = await watch('resourceVersion=1');
  expect(await done).toBe('ended');
  expect(seen).toEqual([
    { type: 'ERROR', object: expect.objectContaining({ kind: 'Status', code: 410, reason: 'Expired' }) },
  ]);
});

test('a page of a compacted list says 410', async () => {
  const { store, json, request } = aServer();
  for (const name of ['a', 'b']) await json('POST', MAPS, map(name));
  const { metadata } = await json('GET', `${MAPS}?limit=1`);
  await json('POST', MAPS, map('c'));
  store.compact();
  expect((await request('GET', `${MAPS}?limit=1&continue=${metadata.continue}`)).status).toBe(410);
});

test('a watch ends when its time is over, with bookmarks on the way', async () => {
  const { clock, store, watch } = aServer();
  const { seen, done } = await watch(
    `allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=${store.resourceVersion}`,
  );
  await clock.advance(89_000);
  expect(seen.map(({ type }) => type)).toEqual(['BOOKMARK']);
  await clock.advance(1_000);
  expect(await done).toBe('ended');
  expect(seen.map(({ type }) => type)).toEqual(['BOOKMARK', 'BOOKMARK']);
  expect(clock.pending()).toBe(0);
});

test('a watch whose reader goes away is forgotten', async () => {
  const { clock, request } = aServer();
  const stop = new AbortController();
  await request('GET', `${MAPS}?watch=1`, undefined, { signal: stop.signal });
  expect(clock.pending()).toBe(1);
  stop.abort();
  expect(clock.pending()).toBe(0);
});

test('requests are told and counted', async () => {
  const { api, json } = aServer();
  const notes: RequestNote[] = [];
  const stop = api.onRequest((note) => notes.push(note));
  await json('POST', MAPS, map('a'));
  await json('GET', MAPS);
  await json('GET', '/version');
  stop();
  await json('GET', `${MAPS}/a`);
  expect(notes.map(({ verb, resource, name }) => [verb, resource, name])).toEqual([
    ['create', 'configmaps', undefined],
    ['list', 'configmaps', undefined],
    ['read', '/version', undefined],
  ]);
  expect(api.counts()).toEqual({
    'create configmaps': 1,
    'list configmaps': 1,
    'get configmaps': 1,
    'read /version': 1,
  });
});

describe('faults', () => {
  test('before: an error and no effect', async () => {
    const { api, json, request } = aServer();
    const busy = new ApiError(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 2 });
    api.setFaults(({ verb }) => (verb === 'create' ? { before: busy } : undefined));
    const refused = await request('POST', MAPS, map('a'));
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '2']);
    expect((await json('GET', `${MAPS}/a`)).code).toBe(404);
  });

  test('after: an error although it worked', async () => {
    const { api, store, request } = aServer();
    api.setFaults(() => ({ after: 'ECONNRESET' }));
    await expect(request('POST', MAPS, map('a'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(store.get({ ...RESOURCES.configMap, namespace: 'default', name: 'a' })).toBeDefined();
  });

  test('a delay takes virtual time, and no longer than the client waits', async () => {
    const { api, clock, request } = aServer();
    api.setFaults(() => ({ delayMs: 5_000 }));
    let status = 0;
    void request('GET', MAPS).then((response) => {
      status = response.status;
    });
    const impatient = request('GET', MAPS, undefined, { timeoutMs: 1_000 }).catch((error) => error.code);
    await clock.advance(4_999);
    expect([status, await impatient]).toEqual([0, 'ETIMEDOUT']);
    await clock.advance(1);
    expect(status).toBe(200);
  });

  test('a dropped watch breaks, a silent one says nothing more', async () => {
    const { api, clock, store, json, watch } = aServer();
    api.setFaults(({ verb }) => (verb === 'watch' ? { silentAfterMs: 1_000, dropAfterMs: 3_000 } : undefined));
    const { seen, done } = await watch(`resourceVersion=${store.resourceVersion}`);
    await json('POST', MAPS, map('heard'));
    await clock.advance(2_000);
    await json('POST', MAPS, map('unheard'));
    await clock.advance(1_000);
    expect(await done).toBe('ECONNRESET');
    expect(seen.map(({ object }) => object.metadata.name)).toEqual(['heard']);
  });
});

describe('Serin kinds', () => {
  const crd = (name: string) => parse(readFileSync(join(__dirname, '../../../crds', `${name}.yaml`), 'utf8'));
  const canary = (analysis: object) => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 5, stepWeight: 10, ...analysis },
    },
  });

  test('every rule of the shipped definitions is enforced', () => {
    const { store } = aServer();
    for (const name of ['canary', 'metrictemplate', 'alertprovider']) store.create(crd(name));
    expect(store.skippedRules).toEqual([]);
    expect(store.create(canary({})).metadata.generation).toBe(1);
  });

  test.each([
    [{ interval: '100ms' }, /interval must be at least 1s/],
    [{ stepWeight: undefined, stepWeights: [1, 5, 3] }, /strictly increasing/],
    [{ webhooks: [{ name: 'a', url: 'ftp://x' }] }, /absolute http or https URL/],
    [{ metrics: [{ name: 'x', thresholdRange: { min: 5, max: 1 }, query: 'q' }] }, /min must not be above/],
  ])('%j is refused', (analysis, message) => {
    const { store } = aServer();
    store.create(crd('canary'));
    expect(() => store.create(canary(analysis))).toThrow(message);
  });

  test('a rule that cannot be compiled is recorded, not enforced', () => {
    const { store } = aServer();
    const definition = crd('alertprovider');
    const { spec } = definition.spec.versions[0].schema.openAPIV3Schema.properties;
    spec['x-kubernetes-validations'] = [{ rule: 'noSuchFunction(self)' }];
    store.create(definition);
    expect(store.skippedRules).toEqual([
      { kind: 'AlertProvider', path: 'spec', rule: 'noSuchFunction(self)', reason: expect.any(String) },
    ]);
  });

  test('Istio objects are the same under each version', () => {
    const { store } = aServer();
    const routes = {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'VirtualService',
      metadata: { name: 'web', namespace: 'default' },
    };
    store.create({ ...routes, spec: { hosts: ['web'] } });
    const found = store.get({ ...RESOURCES.virtualService, namespace: 'default', name: 'web' });
    expect(found).toMatchObject({ apiVersion: 'networking.istio.io/v1beta1', spec: { hosts: ['web'] } });
    const events: string[] = [];
    store.watch(RESOURCES.virtualService, undefined, ({ object }) => events.push(object.apiVersion));
    store.modify({ ...routes, namespace: 'default', name: 'web' }, (draft) => {
      draft['spec'] = { hosts: ['other'] };
    });
    expect(events).toEqual(['networking.istio.io/v1beta1']);
  });
});

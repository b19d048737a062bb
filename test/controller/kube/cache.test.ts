import { type Change, WatchCache, type WatchCacheOptions } from '../../../controller/kube/cache';
import { RESOURCES } from '../../../model/kube';
import { answer, broken, failure } from './fake-api';
import { aCluster } from './fixtures';

const DEPLOYMENTS = '/apis/apps/v1/deployments';
const at = (name: string, namespace = 'test') => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
const isList = (request: { url: string }) => !request.url.includes('watch=');
const isWatch = (request: { url: string }) => request.url.includes('watch=');

const running: WatchCache[] = [];

function aCache(options: Partial<WatchCacheOptions> = {}) {
  const cluster = aCluster();
  const { client, clock, random } = cluster;
  const problems: string[] = [];
  const onProblem = (message: string, error: unknown) => problems.push(`${message}: ${(error as Error).message}`);
  const cache = new WatchCache({ client, clock, random, type: RESOURCES.deployment, onProblem, ...options });
  running.push(cache);
  const changes: Change[] = [];
  cache.onChange((change) => changes.push(change));
  const told = () => changes.splice(0).map(({ type, object }) => `${type} ${object.metadata.name}`);
  const names = () => cache.list().map((object) => object.metadata.name);
  return { ...cluster, cache, told, names, problems, changes };
}

/** A cache that has listed `names` and watches. */
async function aSyncedCache(names: string[] = [], options: Partial<WatchCacheOptions> = {}) {
  const room = aCache(options);
  for (const name of names) room.api.set(at(name));
  room.cache.start();
  await room.clock.advance(0);
  expect(room.cache.state).toBe('synced');
  room.told();
  return room;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((cache) => cache.stop()));
});

describe('in good times', () => {
  test('lists, then follows: added, modified, deleted, each with what was before', async () => {
    const { cache, api, clock, told, changes } = aCache();
    api.set(at('a'), { spec: { n: 1 } });
    cache.start();
    expect(await cache.synced).toBe(true);
    expect(told()).toEqual(['added a']);
    await clock.advance(10);
    api.set(at('b'));
    api.set(at('a'), { spec: { n: 2 } });
    await clock.advance(10);
    expect(changes.at(-1)).toMatchObject({ object: { spec: { n: 2 } }, previous: { version: '101' } });
    api.remove(at('a'));
    await clock.advance(10);
    expect(told()).toEqual(['added b', 'modified a', 'deleted a']);
    expect(cache.get('test', 'a')).toBeUndefined();
    expect(cache.get('test', 'b')).toMatchObject({ kind: 'Deployment', apiVersion: 'apps/v1' });
  });

  test('list by namespace', async () => {
    const { cache, api, clock } = await aSyncedCache(['a', 'b']);
    api.set(at('c', 'other'));
    await clock.advance(10);
    expect(cache.list('test')).toHaveLength(2);
    expect(cache.list('other')).toHaveLength(1);
    expect(cache.list()).toHaveLength(3);
  });

  test('an idle cache asks for nothing but the next watch, and says nothing', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    const before = api.log.length;
    await clock.advance(5 * 60_000);
    expect(new Set(api.log.slice(before))).toEqual(new Set([`WATCH ${DEPLOYMENTS}`]));
    expect(api.log.length - before).toBeLessThanOrEqual(6);
    expect(told()).toEqual([]);
  });

  test('the next watch starts where bookmarks have brought us', async () => {
    const { api, clock } = await aSyncedCache(['a']);
    api.version = 500;
    api.bookmark();
    api.drop();
    await clock.advance(2000);
    expect(api.requests.at(-1)?.url).toContain('resourceVersion=500');
    expect(api.requests.at(-1)?.url).toContain('allowWatchBookmarks=true');
  });

  test('APR#4666: managed fields are never held, metadata-only takes all but metadata', async () => {
    const trimmed = await aSyncedCache([]);
    trimmed.api.set(at('a'), { spec: {}, metadata: { managedFields: [{}] } });
    await trimmed.clock.advance(10);
    expect(trimmed.cache.get('test', 'a')).toMatchObject({ spec: {} });
    expect(trimmed.cache.get('test', 'a')?.metadata).not.toHaveProperty('managedFields');
    const bare = await aSyncedCache([], { metadataOnly: true });
    bare.api.set(at('a'), { data: { password: 'x' } });
    await bare.clock.advance(10);
    expect(Object.keys(bare.cache.get('test', 'a')!)).toEqual(['apiVersion', 'kind', 'metadata']);
    bare.cache.observe(bare.api.set(at('b'), { data: { password: 'x' } }));
    expect(bare.cache.get('test', 'b')).not.toHaveProperty('data');
    expect(bare.api.requests.at(-1)?.headers?.['accept']).toContain('as=PartialObjectMetadata;');
  });

  test('a namespace limits what is asked for and what is written back', async () => {
    const { cache, api } = await aSyncedCache([], { namespace: 'test' });
    expect(api.log).toContain('WATCH /apis/apps/v1/namespaces/test/deployments');
    cache.observe(api.set(at('x', 'other')));
    expect(cache.size).toBe(0);
  });
});

describe('survives', () => {
  test('410 as the answer to a watch: lists again and tells only differences', async () => {
    const { api, clock, told, names } = await aSyncedCache(['a', 'b']);
    api.drop(broken('ECONNRESET'));
    api.set(at('c'));
    api.remove(at('a'));
    api.compact();
    await clock.advance(5000);
    expect(told()).toEqual(['added c', 'deleted a']);
    expect(names()).toEqual(['b', 'c']);
  });

  test('410 as an ERROR event inside the watch', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    api.secretly(() => api.set(at('b')));
    api.say(JSON.stringify({ type: 'ERROR', object: status }));
    await clock.advance(5000);
    expect(told()).toEqual(['added b']);
  });

  test('410 again and again: backs off instead of hammering', async () => {
    const { api, clock } = await aSyncedCache(['a']);
    api.always = (request) => (isWatch(request) ? failure(410, 'Expired', 'too old') : undefined);
    api.drop();
    const before = api.requests.length;
    await clock.advance(60_000);
    expect(api.requests.length - before).toBeLessThan(24);
    api.always = undefined;
    api.set(at('b'));
    await clock.advance(31_000);
    expect(api.openWatches).toBe(1);
  });

  test('dropped connections: watches again from the last version, without a list', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    api.set(at('b'));
    await clock.advance(1500);
    api.drop(broken('ECONNRESET'));
    api.set(at('c'));
    await clock.advance(1500);
    expect(told()).toEqual(['added b', 'added c']);
    expect(api.log.filter((line) => line === `GET ${DEPLOYMENTS}`)).toHaveLength(1);
  });

  test('javascript#1933: a server that closes each watch at once: at most about one a second, then fewer', async () => {
    const { api, clock } = await aSyncedCache(['a']);
    api.always = (request) => (isWatch(request) ? answer(200, '') : undefined);
    api.drop();
    const before = api.requests.length;
    await clock.advance(60_000);
    expect(api.requests.length - before).toBeLessThan(20);
  });

  test('javascript#596, #364, #958, #1496: a silent connection: gives up after the idle limit and misses nothing', async () => {
    const { api, clock, told, problems } = await aSyncedCache(['a']);
    api.hush();
    api.set(at('b'));
    await clock.advance(60_000);
    expect(told()).toEqual([]);
    await clock.advance(11_000);
    expect(told()).toEqual(['added b']);
    expect(problems.join()).toContain('said nothing for 70000 ms');
  });

  test('bookmarks keep a quiet connection alive', async () => {
    const { api, clock } = await aSyncedCache(['a'], { watchTimeoutMs: 3_600_000, resyncMs: 3_600_000 });
    const before = api.requests.length;
    for (let i = 0; i < 10; i++) {
      await clock.advance(60_000);
      api.bookmark();
    }
    expect(api.requests.length).toBe(before);
  });

  test('a watch that never gets an answer', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    let hang = true;
    api.always = (request) => (hang && isWatch(request) ? new Promise(() => {}) : undefined);
    api.drop();
    await clock.advance(2000);
    hang = false;
    api.set(at('b'));
    await clock.advance(35_000);
    expect(told()).toEqual(['added b']);
  });

  test('5xx, 429 and refused connections on the first list: backs off, then syncs', async () => {
    const { cache, api, clock, names } = aCache();
    api.set(at('a'));
    api.once(failure(503, 'ServiceUnavailable', 'starting'), isList);
    api.once(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '5' }), isList);
    api.once(broken('ECONNREFUSED'), isList);
    cache.start();
    const tookMs = await clock.runUntil(() => cache.state === 'synced', { limitMs: 60_000 });
    expect(tookMs).toBeGreaterThanOrEqual(5000);
    expect(names()).toEqual(['a']);
  });

  test('a long outage: retries are capped at 30 s, and the first success resets them', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    api.always = () => {
      throw broken('ECONNREFUSED');
    };
    api.drop(broken('ECONNRESET'));
    await clock.advance(20 * 60_000);
    const tries = api.requests.length;
    await clock.advance(10 * 60_000);
    expect(api.requests.length - tries).toBeGreaterThanOrEqual(19);
    expect(api.requests.length - tries).toBeLessThanOrEqual(42);
    api.set(at('b'));
    api.always = undefined;
    await clock.advance(31_000);
    expect(told()).toEqual(['added b']);
  });

  test('429 on the watch waits for what the server asked', async () => {
    const { api, clock } = await aSyncedCache(['a']);
    await clock.advance(5000);
    api.once(failure(429, 'TooManyRequests', 'slow down', { 'retry-after': '20' }), isWatch);
    api.drop();
    await clock.advance(1000);
    const before = api.requests.length;
    await clock.advance(18_000);
    expect(api.requests.length).toBe(before);
    await clock.advance(3000);
    expect(api.openWatches).toBe(1);
  });

  test('a garbage line: lists again, loses nothing', async () => {
    const { api, clock, told, problems } = await aSyncedCache(['a']);
    api.say('{"type":"MODIFIED","object":{"meta');
    api.set(at('b'));
    await clock.advance(5000);
    expect(told()).toEqual(['added b']);
    expect(problems.join()).toContain('not JSON');
    api.say('{"type":"WHAT","object":{}}');
    await clock.advance(5000);
    expect(problems.join()).toContain('not an event');
    expect(api.openWatches).toBe(1);
  });

  test('a body of a list that is cut off: tries again', async () => {
    const { cache, api, clock } = aCache();
    api.once(answer(200, '{"items":[{"metad'), isList);
    cache.start();
    await clock.advance(5000);
    expect(cache.state).toBe('synced');
  });

  test('events sent twice or late are told once', async () => {
    const { api, clock, told, cache } = await aSyncedCache(['a']);
    api.set(at('b'));
    api.stutter(1);
    api.set(at('b'), { spec: { n: 2 } });
    api.stutter(2);
    await clock.advance(5000);
    expect(told()).toEqual(['added b', 'modified b']);
    expect(cache.get('test', 'b')).toMatchObject({ spec: { n: 2 } });
  });

  test('an API server restored from a backup, seen in an event: lists again', async () => {
    const { api, clock, names, told } = await aSyncedCache(['a']);
    const restore = api.save();
    for (let i = 0; i < 5; i++) api.set(at(`later-${i}`));
    await clock.advance(10);
    told();
    restore();
    await clock.advance(1100);
    api.set(at('new'));
    await clock.advance(5000);
    expect(names().sort()).toEqual(['a', 'new']);
    expect(told()).toHaveLength(6);
  });

  test('an API server that started anew with an empty store, seen in a bookmark', async () => {
    const { api, clock, names } = await aSyncedCache(['a']);
    api.lose();
    api.bookmark();
    await clock.advance(5000);
    expect(names()).toEqual([]);
    api.set(at('b'));
    await clock.advance(10);
    expect(names()).toEqual(['b']);
  });

  test('a version from the future, refused with 504 each time: lists after a few tries', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    const tooLarge = failure(504, 'Timeout', 'Too large resource version: 900, current: 5');
    let refuse = true;
    api.always = (request) => {
      if (isList(request)) refuse = false;
      return refuse && isWatch(request) ? tooLarge : undefined;
    };
    api.secretly(() => api.set(at('b')));
    api.drop();
    await clock.advance(10_000);
    expect(told()).toEqual(['added b']);
  });

  test('a kind that is not served: unavailable, looked for slowly, found when its CRD comes', async () => {
    const { cache, api, clock, told, problems } = aCache();
    let served = false;
    api.always = () => (served ? undefined : answer(404, '404 page not found'));
    cache.start();
    await cache.settled;
    expect(cache.state).toBe('unavailable');
    const before = api.requests.length;
    await clock.advance(5 * 60_000);
    expect(api.requests.length - before).toBeLessThanOrEqual(14);
    expect(problems).toHaveLength(1);
    expect(cache.ageMs()).toBeLessThanOrEqual(30_000);
    served = true;
    api.set(at('a'));
    await clock.advance(31_000);
    expect(cache.state).toBe('synced');
    expect(told()).toEqual(['added a']);
  });

  test('a kind that may not be listed: unavailable too', async () => {
    const { cache, api } = aCache();
    api.always = () => failure(403, 'Forbidden', 'deployments is forbidden');
    cache.start();
    await cache.settled;
    expect(cache.state).toBe('unavailable');
    expect(cache.refusal?.message).toBe('deployments is forbidden');
  });

  test('a kind that may be listed but not watched: what is held would get old, so it is unavailable', async () => {
    const { cache, api, clock, problems } = await aSyncedCache(['a']);
    const isWatch = ({ url }: { url: string }) => url.includes('watch=');
    api.always = (request) => (isWatch(request) ? failure(403, 'Forbidden', 'may not watch') : undefined);
    api.drop();
    await clock.advance(5_000);
    expect([cache.state, cache.refusal?.message, cache.size]).toEqual(['unavailable', 'may not watch', 1]);
    expect(problems.filter((text) => text.includes('may not watch'))).toHaveLength(1);
    api.always = undefined;
    await clock.advance(31_000);
    expect([cache.state, cache.refusal]).toEqual(['synced', undefined]);
  });

  test('404 for a moment, as restarting API servers answer: nothing is forgotten', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    let served = false;
    api.always = () => (served ? undefined : answer(404, '404 page not found'));
    api.drop();
    await clock.advance(20_000);
    expect(cache.state).toBe('unavailable');
    expect(cache.size).toBe(1);
    served = true;
    await clock.advance(31_000);
    expect(cache.state).toBe('synced');
    expect(told()).toEqual([]);
  });

  test('a kind that stays gone has no objects any more', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    api.always = () => answer(404, '404 page not found');
    api.drop();
    await clock.advance(3 * 60_000);
    expect(told()).toEqual(['deleted a']);
  });

  test('pepr#3052: a throwing listener: the object is held, others are told, the stream goes on', async () => {
    const { cache, api, clock, told, problems } = await aSyncedCache();
    const late: string[] = [];
    cache.onChange(() => {
      throw new Error('429 in a callback');
    });
    cache.onChange(({ object }) => late.push(object.metadata.name));
    api.set(at('a'));
    api.set(at('b'));
    await clock.advance(10);
    expect(told()).toEqual(['added a', 'added b']);
    expect(late).toEqual(['a', 'b']);
    expect(cache.get('test', 'a')).toBeDefined();
    expect(problems).toHaveLength(2);
    expect(api.openWatches).toBe(1);
  });
});

test('a list whose snapshot expires half-way begins anew: what was only in the first one is gone', async () => {
  const { api, cache, clock, told, names } = aCache({ chunkSize: 1 });
  for (const name of ['a', 'b', 'c']) api.set(at(name));
  api.next.push((request) => {
    if (!request.url.includes('continue=')) return undefined;
    api.secretly(() => api.remove(at('a')));
    return failure(410, 'Expired', 'compacted');
  });
  cache.start();
  await clock.advance(1000);
  expect([cache.state, names()]).toEqual(['synced', ['b', 'c']]);
  expect(told()).toEqual(['added a', 'added b', 'added c', 'deleted a']);
});

describe('resync', () => {
  test('A#4694: finds lost changes and lost deletions, tells nothing else', async () => {
    const { api, clock, told } = await aSyncedCache(['a', 'b', 'c']);
    api.secretly(() => api.remove(at('a')));
    api.secretly(() => api.set(at('b'), { spec: { n: 2 } }));
    api.secretly(() => api.set(at('d')));
    await clock.advance(8 * 60_000);
    expect(told()).toEqual([]);
    await clock.advance(3 * 60_000);
    expect(told()).toEqual(['modified b', 'added d', 'deleted a']);
  });

  test('when it fails, the watch goes on and it is tried again soon', async () => {
    const { api, clock, told } = await aSyncedCache(['a'], { resyncMs: 300_000 });
    let refuse = true;
    api.always = (request) => (refuse && isList(request) ? failure(503, 'ServiceUnavailable', 'busy') : undefined);
    await clock.advance(301_000);
    api.set(at('b'));
    await clock.advance(2000);
    expect(told()).toEqual(['added b']);
    api.secretly(() => api.remove(at('a')));
    refuse = false;
    await clock.advance(61_000);
    expect(told()).toEqual(['deleted a']);
  });
});

describe('write-back', () => {
  test('A#720, APR#726: is seen at once, and told once when the watch confirms it', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    cache.observe(api.set(at('a'), { spec: { n: 2 } }));
    expect(cache.get('test', 'a')).toMatchObject({ spec: { n: 2 } });
    expect(told()).toEqual(['modified a']);
    await clock.advance(10);
    expect(told()).toEqual([]);
  });

  test('its event is not read again; any other is', async () => {
    const event = (version: unknown) => `{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"${version}"`;
    const { cache, api, clock, problems } = await aSyncedCache(['a']);
    api.secretly(() => cache.observe(api.set(at('a'))));
    api.say(event(api.version));
    await clock.advance(10);
    expect(problems).toEqual([]);
    api.say(event(api.version));
    await clock.advance(10);
    expect(problems).toEqual([expect.stringContaining('not JSON')]);
  });

  test('a write that changed nothing has no event that would come', async () => {
    const { cache, api, clock, problems } = await aSyncedCache();
    const object = api.set(at('a'));
    await clock.advance(10);
    cache.observe(object);
    api.say(`{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"${api.version}"`);
    await clock.advance(10);
    expect(problems).toEqual([expect.stringContaining('not JSON')]);
  });

  test('A#4073: a stale watch event does not undo it', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    api.set(at('a'), { spec: { n: 1 } });
    cache.observe(api.set(at('a'), { spec: { n: 2 } }));
    await clock.advance(10);
    expect(told()).toEqual(['modified a']);
    expect(cache.get('test', 'a')).toMatchObject({ spec: { n: 2 } });
  });

  test('an older answer does not undo what the watch told', async () => {
    const { cache, api, clock } = await aSyncedCache(['a']);
    const mine = api.set(at('a'), { spec: { n: 1 } });
    api.set(at('a'), { spec: { n: 2 } });
    await clock.advance(10);
    cache.observe(mine);
    expect(cache.get('test', 'a')).toMatchObject({ spec: { n: 2 } });
  });

  test('versions are compared as numbers', async () => {
    const { cache, api, clock } = await aSyncedCache();
    api.version = 998;
    const first = api.set(at('a'), { spec: { n: 1 } });
    const second = api.set(at('a'), { spec: { n: 2 } });
    expect([first, second].map((object) => object.metadata.resourceVersion)).toEqual(['999', '1000']);
    await clock.advance(10);
    cache.observe(first);
    expect(cache.get('test', 'a')).toMatchObject({ spec: { n: 2 } });
  });

  test('APR#4044: does not bring back what has been deleted since', async () => {
    const { cache, api, clock, told } = await aSyncedCache();
    const mine = api.set(at('a'));
    api.remove(at('a'));
    await clock.advance(10);
    told();
    cache.observe(mine);
    expect(cache.size).toBe(0);
    expect(told()).toEqual([]);
  });

  test('a created object that the list under way cannot know is kept', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    api.slow(3000);
    api.say('garbage');
    await clock.advance(1000);
    cache.observe(api.set(at('b')));
    cache.observe(api.set(at('a'), { spec: { n: 9 } }));
    await clock.advance(5000);
    expect(told()).toEqual(['added b', 'modified a']);
    expect(cache.get('test', 'a')).toMatchObject({ spec: { n: 9 } });
  });

  test('a deletion that the list under way cannot know is not undone by it', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    api.slow(3000);
    api.slow(3000);
    api.say('garbage');
    await clock.advance(1000);
    const removed = api.remove(at('a'))!;
    cache.observeDeleted(removed);
    await clock.advance(20_000);
    expect(told()).toEqual(['deleted a']);
    expect(cache.size).toBe(0);
    api.set(at('a'));
    await clock.advance(10);
    expect(told()).toEqual(['added a']);
  });

  test('a deletion is seen at once; news from before it does not bring the object back', async () => {
    const { cache, api, clock, told } = await aSyncedCache(['a']);
    const held = cache.get('test', 'a')!;
    api.set(at('a'), { spec: { n: 2 } });
    api.remove(at('a'));
    cache.observeDeleted(held);
    expect(cache.get('test', 'a')).toBeUndefined();
    await clock.advance(10);
    expect(told()).toEqual(['deleted a']);
    expect(cache.size).toBe(0);
  });

  test('a new object under the name of a deleted one: one goes, one comes', async () => {
    const { api, clock, told } = await aSyncedCache(['a']);
    api.secretly(() => api.remove(at('a')));
    api.set(at('a'));
    await clock.advance(10);
    expect(told()).toEqual(['deleted a', 'added a']);
  });

  test('a listener that writes back does not change the order for others', async () => {
    const { cache, api, clock } = await aSyncedCache(['a']);
    const seen: string[] = [];
    cache.onChange(({ type, object }) => {
      if (object.metadata.name === 'b' && type === 'added') cache.observe(api.set(at('b'), { spec: { n: 2 } }));
    });
    cache.onChange(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
    api.set(at('b'));
    await clock.advance(10);
    expect(seen).toEqual(['added b', 'modified b']);
  });
});

describe('health and end', () => {
  test('ageMs grows while the server says nothing, and is back at zero when it speaks', async () => {
    const { cache, api, clock } = await aSyncedCache(['a']);
    await clock.advance(5000);
    expect(cache.ageMs()).toBe(5000);
    api.bookmark();
    await clock.advance(0);
    expect(cache.ageMs()).toBe(0);
    api.always = () => {
      throw broken('ECONNREFUSED');
    };
    api.drop();
    await clock.advance(120_000);
    expect(cache.ageMs()).toBe(120_000);
  });

  test.each([
    ['watching', undefined],
    ['waiting for a list', new Promise<never>(() => {})],
  ])('stop while %s leaves no timer and no connection', async (_, hanging) => {
    const { cache, api, clock } = aCache();
    api.always = () => hanging as never;
    cache.start();
    await clock.advance(10);
    await cache.stop();
    expect(clock.pending()).toBe(0);
    expect(api.openWatches).toBe(0);
    expect(cache.state).toBe('stopped');
    const before = api.requests.length;
    await clock.advance(60_000);
    expect(api.requests.length).toBe(before);
  });

  test('stop while backing off', async () => {
    const { cache, api, clock } = aCache();
    api.always = () => failure(503, 'ServiceUnavailable', 'starting');
    cache.start();
    await clock.advance(60_000);
    await cache.stop();
    expect(clock.pending()).toBe(0);
    expect(await cache.synced).toBe(false);
  });
});

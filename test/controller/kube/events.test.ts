import { EventRecorder, type EventRecorderOptions } from '../../../controller/kube/events';
import { collectGarbage } from '../../../controller/spare-memory';
import type { KubeObject } from '../../../model/kube';
import { answer, broken, failure } from './fake-api';
import { aCluster } from './fixtures';

const EVENTS = '/api/v1/namespaces/test/events';

function aCanary(name = 'podinfo', uid = `uid-${name}`): KubeObject {
  const metadata = { name, namespace: 'test', uid, resourceVersion: '7' };
  return { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata };
}

type Written = KubeObject & { message: string; count: number; firstTimestamp: string; lastTimestamp: string };

function aRecorder(options: Partial<EventRecorderOptions> = {}) {
  const cluster = aCluster();
  const { client, clock, random, api } = cluster;
  const problems: string[] = [];
  const onProblem = (message: string) => problems.push(message);
  const recorder = new EventRecorder({ client, clock, random, onProblem, ...options });
  const say = (message: string, more: { involved?: KubeObject; run?: string; type?: 'Normal' | 'Warning' } = {}) =>
    recorder.record({ involved: aCanary(), type: 'Normal', message, ...more });
  const written = () => api.all(EVENTS) as Written[];
  const texts = () => written().map(({ message, count }) => `${count} ${message}`);
  return { ...cluster, recorder, say, written, texts, problems };
}

test('an Event as kubectl describe expects it', async () => {
  const { recorder, say, written } = aRecorder();
  say('Advance podinfo.test canary weight 10');
  await recorder.flush();
  expect(written()).toEqual([
    expect.objectContaining({
      metadata: expect.objectContaining({ name: expect.stringMatching(/^podinfo\.[0-9a-f]{16}$/), namespace: 'test' }),
      involvedObject: {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'Canary',
        name: 'podinfo',
        namespace: 'test',
        uid: 'uid-podinfo',
        resourceVersion: '7',
      },
      type: 'Normal',
      reason: 'Synced',
      message: 'Advance podinfo.test canary weight 10',
      source: { component: 'flagger' },
      reportingComponent: 'flagger',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    }),
  ]);
});

test('C33: every distinct text is an Event of its own, more than 25 in a row too, in order', async () => {
  const { recorder, say, texts } = aRecorder();
  for (let weight = 1; weight <= 60; weight++) say(`Advance podinfo.test canary weight ${weight}`);
  await recorder.flush();
  expect(texts()).toEqual(Array.from({ length: 60 }, (_, i) => `1 Advance podinfo.test canary weight ${i + 1}`));
});

test('repeats count up, with the first and the last time', async () => {
  const { recorder, say, written, clock, api } = aRecorder();
  say('Halt');
  await recorder.flush();
  for (let i = 0; i < 3; i++) {
    await clock.advance(60_000);
    say('Halt');
    await recorder.flush();
  }
  expect(written()).toHaveLength(1);
  expect(written()[0]).toMatchObject({
    count: 4,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:03:00Z',
  });
  expect(api.requests.map((request) => request.method)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
});

test('repeats that come faster than they can be written are one request', async () => {
  const { recorder, say, texts, api } = aRecorder();
  say('first');
  for (let i = 0; i < 100; i++) say('Halt');
  await recorder.flush();
  expect(texts()).toEqual(['1 first', '100 Halt']);
  expect(api.requests).toHaveLength(2);
});

test('another type, another object or another run is another Event', async () => {
  const { recorder, say, written } = aRecorder();
  say('text');
  say('text', { type: 'Warning' });
  say('text', { involved: aCanary('other') });
  say('text', { involved: aCanary('podinfo', 'made again') });
  say('text', { run: '2' });
  say('text', { run: '2' });
  await recorder.flush();
  expect(written()).toHaveLength(5);
});

test('recording returns at once, the API server is not waited for', async () => {
  const { say, recorder, api, clock } = aRecorder();
  api.always = () => new Promise(() => {});
  say('one');
  say('two');
  expect(recorder.backlog).toBe(1);
  const stopped = recorder.stop();
  await clock.advance(3000);
  await stopped;
  expect(clock.pending()).toBe(0);
});

test('an API server that fails: tried again until it is written, in order', async () => {
  const { recorder, say, texts, api, clock, problems } = aRecorder();
  const outcomes = [broken('ECONNREFUSED'), failure(500, '', 'etcd'), failure(429, '', 'slow', { 'retry-after': '9' })];
  for (const outcome of outcomes) api.once(outcome);
  say('one');
  say('two');
  await clock.advance(20_000);
  expect(texts()).toEqual(['1 one', '1 two']);
  expect(problems).toHaveLength(3);
  expect(recorder.backlog).toBe(0);
});

test('one object’s trouble does not hold up another', async () => {
  const { say, written, api, clock } = aRecorder();
  api.always = (request) => (request.body?.includes('"podinfo"') ? failure(500, '', 'etcd') : undefined);
  say('stuck');
  say('fine', { involved: aCanary('other') });
  await clock.advance(10);
  expect(written().map(({ message }) => message)).toEqual(['fine']);
});

test.each([
  ['is gone', failure(404, 'NotFound', 'namespaces "test" not found')],
  ['is going', failure(403, 'Forbidden', 'namespace test is being terminated')],
])('a namespace that %s: dropped with a word, not tried for ever', async (_, outcome) => {
  const { recorder, say, api, problems } = aRecorder();
  api.always = () => outcome;
  say('Terminated canary podinfo.test');
  await recorder.flush();
  expect(api.requests).toHaveLength(1);
  expect(problems).toEqual(['an event is lost: Terminated canary podinfo.test']);
});

test('a failure that lasts longer than Events live: given up', async () => {
  const { say, recorder, api, clock, problems } = aRecorder();
  api.always = () => failure(500, '', 'etcd');
  say('old news');
  await clock.advance(2 * 3_600_000);
  await recorder.flush();
  expect(problems.at(-1)).toBe('an event is lost: old news');
});

test('a crash between the Event and the status: the next process counts it up, no duplicate', async () => {
  const { recorder, say, written, client, clock, random } = aRecorder();
  say('New revision detected!', { run: 'abc' });
  await recorder.flush();
  const next = new EventRecorder({ client, clock, random });
  next.record({ involved: aCanary(), type: 'Normal', message: 'New revision detected!', run: 'abc' });
  await next.flush();
  expect(written()).toHaveLength(1);
  expect(written()[0]).toMatchObject({ count: 2 });
});

test('a create whose answer was lost is not counted twice', async () => {
  const { recorder, say, texts, api, clock } = aRecorder();
  api.next.push((request) => {
    api.next.shift();
    void api.http({ ...request });
    throw broken('ECONNRESET');
  });
  say('one');
  await clock.advance(10_000);
  await recorder.flush();
  expect(texts()).toEqual(['1 one']);
});

test('an Event that expired meanwhile is written anew', async () => {
  const { recorder, say, texts, written, api } = aRecorder();
  say('Halt');
  await recorder.flush();
  api.remove(`${EVENTS}/${written()[0]!.metadata.name}`);
  say('Halt');
  await recorder.flush();
  expect(texts()).toEqual(['1 Halt']);
});

test('a full queue gives up repeats before new texts, and says so', async () => {
  const { say, recorder, texts, api, clock, problems } = aRecorder({ queueLimit: 3 });
  say('known');
  await recorder.flush();
  let down = true;
  api.always = () => (down ? failure(500, '', 'etcd') : undefined);
  for (const text of ['a', 'known', 'b', 'c', 'd']) say(text);
  down = false;
  await clock.advance(10_000);
  expect(texts()).toEqual(['1 known', '1 a', '1 b', '1 c', '1 d']);
  expect(problems).toContain('an event is lost: known');
});

test('while an Event waits, its object may go: only what the Event says of it is kept', async () => {
  const { recorder, api, clock, texts } = aRecorder();
  api.once(failure(500, '', 'etcd'));
  let canary: KubeObject | undefined = aCanary();
  const held = new WeakRef(canary);
  recorder.record({ involved: canary, type: 'Normal', message: 'waits' });
  canary = undefined;
  await clock.advance(100);
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  expect(held.deref()).toBeUndefined();
  await clock.advance(20_000);
  expect(texts()).toEqual(['1 waits']);
});

test('long names stay valid names', async () => {
  const { recorder, say, written } = aRecorder();
  say('text', { involved: aCanary(`${'a'.repeat(229)}-${'b'.repeat(20)}`) });
  await recorder.flush();
  expect(written()[0]?.metadata.name).toMatch(/^a{229}\.[0-9a-f]{16}$/);
});

test('an object without a namespace: the Event goes to default', async () => {
  const { recorder, say, api } = aRecorder();
  api.always = () => answer(201, {});
  say('text', { involved: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } } });
  await recorder.flush();
  expect(api.log).toEqual(['POST /api/v1/namespaces/default/events']);
});

test('stop writes what waits', async () => {
  const { say, recorder, texts, clock } = aRecorder();
  for (const text of ['one', 'two', 'three']) say(text);
  await recorder.stop();
  expect(texts()).toEqual(['1 one', '1 two', '1 three']);
  expect(clock.pending()).toBe(0);
});

test('stop while an Event is being retried leaves no timer', async () => {
  const { say, recorder, api, clock } = aRecorder();
  api.always = () => failure(500, '', 'etcd');
  say('text');
  await clock.advance(5000);
  const stopped = recorder.stop();
  await clock.advance(3000);
  await stopped;
  expect(clock.pending()).toBe(0);
  say('after');
  expect(recorder.backlog).toBe(0);
});

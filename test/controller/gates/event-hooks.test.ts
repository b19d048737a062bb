import { eventPayload } from '../../../controller/gates/event-payload';
import { type Delivery, HookQueue, type HookQueueOptions } from '../../../controller/gates/hook-queue';
import { ManualClock } from './manual-clock';
import { type Reply, scriptedHttp } from './scripted-http';

const SOURCE = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: 'abc' };

test('the body of an event hook: its own metadata hides nothing', () => {
  const event = {
    message: 'Advance podinfo.test canary weight 10',
    type: 'Normal' as const,
    timestampMs: 1700000000123,
  };
  expect(eventPayload(SOURCE, event, { eventType: 'mine', environment: 'prod' })).toEqual({
    ...SOURCE,
    metadata: {
      eventMessage: 'Advance podinfo.test canary weight 10',
      eventType: 'Normal',
      timestamp: '1700000000123',
      environment: 'prod',
    },
  });
});

function delivery(message: string, canary = 'podinfo.test', url = 'http://hook.test/'): Delivery {
  const payload = eventPayload(SOURCE, { message, type: 'Normal', timestampMs: 1 });
  return { canary, webhook: { name: 'events', type: 'event', url }, payload };
}

function aQueue(script: (message: string, attempt: number) => Reply, options: Partial<HookQueueOptions> = {}) {
  const clock = new ManualClock();
  const attempts: string[] = [];
  const lost: string[] = [];
  const { http, requests } = scriptedHttp(({ body }) => {
    const message = JSON.parse(body ?? '').metadata.eventMessage;
    attempts.push(message);
    return script(message, attempts.filter((other) => other === message).length);
  });
  const onLost = ({ payload }: Delivery, why: string) =>
    void lost.push(`${payload.metadata?.['eventMessage']}: ${why}`);
  return { clock, attempts, lost, requests, queue: new HookQueue({ http, clock, onLost, ...options }) };
}

test('deliveries of one Canary stay in order, also when one must be tried again', async () => {
  const { queue, clock, attempts, requests } = aQueue((message, attempt) => ({
    status: message === 'a' && attempt < 3 ? 500 : 200,
  }));
  for (const message of ['a', 'b', 'c']) queue.enqueue(delivery(message));
  expect(attempts).toEqual([]);
  await clock.runUntil(queue.flush());
  expect(attempts).toEqual(['a', 'a', 'a', 'b', 'c']);
  const ids = requests.map(({ headers }) => headers?.['x-serin-delivery']);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(new Set(ids).size).toBe(3);
  expect(queue.counts()).toEqual({ waiting: 0, dropped: 0, failed: 0 });
  expect(clock.pending).toBe(0);
});

test('a receiver that hangs holds up its own Canary only', async () => {
  const { queue, clock, attempts } = aQueue((message) => (message === 'stuck' ? 'hangs' : { status: 200 }));
  queue.enqueue(delivery('stuck', 'a.test'));
  queue.enqueue(delivery('later', 'a.test'));
  queue.enqueue(delivery('other', 'b.test'));
  await clock.advance(0);
  expect(attempts).toEqual(['stuck', 'other']);
  expect(queue.counts().waiting).toBe(2);
  await clock.runUntil(queue.stop());
});

test('what cannot be delivered is given up after its attempts and counted', async () => {
  const { queue, clock, attempts, lost } = aQueue(() => ({ status: 503, body: 'down' }));
  queue.enqueue(delivery('a'));
  await clock.runUntil(queue.flush());
  expect(attempts).toHaveLength(4);
  expect(lost).toEqual(['a: POST http://hook.test/ giving up after 4 attempt(s): down']);
  expect(queue.counts()).toEqual({ waiting: 0, dropped: 0, failed: 1 });
});

test('a full queue drops the oldest that wait: the end of a release is what counts', async () => {
  const { queue, clock, attempts, lost } = aQueue(() => ({ status: 200 }), { capacity: 2 });
  for (const message of ['a', 'b', 'c', 'd', 'e']) queue.enqueue(delivery(message));
  await clock.runUntil(queue.flush());
  expect(attempts).toEqual(['a', 'd', 'e']);
  expect(lost).toEqual(['b: too many deliveries are waiting', 'c: too many deliveries are waiting']);
  expect(queue.counts().dropped).toBe(2);
});

test('stop ends everything and leaves no timer', async () => {
  const { queue, clock, lost } = aQueue(() => ({ status: 503 }));
  for (const message of ['a', 'b']) queue.enqueue(delivery(message));
  await clock.advance(1_500);
  expect(clock.pending).toBeGreaterThan(0);
  await queue.stop();
  expect(clock.pending).toBe(0);
  queue.enqueue(delivery('c'));
  expect(lost).toEqual(['a: the queue is stopped', 'b: the queue is stopped', 'c: the queue is stopped']);
  expect(queue.counts()).toEqual({ waiting: 0, dropped: 3, failed: 0 });
});

test('stop can leave time for what still waits', async () => {
  const { queue, clock, lost } = aQueue((message) => (message === 'b' ? 'hangs' : { status: 200 }));
  for (const message of ['a', 'b', 'c']) queue.enqueue(delivery(message));
  const startedMs = clock.now();
  await clock.runUntil(queue.stop(3_000));
  expect(clock.now() - startedMs).toBe(3_000);
  expect(lost).toEqual(['b: the queue is stopped', 'c: the queue is stopped']);
  expect(clock.pending).toBe(0);
});

test('an id that is given is used', async () => {
  const { queue, clock, requests } = aQueue(() => ({ status: 200 }));
  queue.enqueue({ ...delivery('a'), id: 'uid-7' });
  await clock.runUntil(queue.flush());
  expect(requests[0]?.headers?.['x-serin-delivery']).toBe('uid-7');
});

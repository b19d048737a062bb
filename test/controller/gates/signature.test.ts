import { createHmac } from 'node:crypto';
import { callWebhook } from '../../../controller/gates/call-webhook';
import { HookQueue } from '../../../controller/gates/hook-queue';
import { checkedSigningKey, signatureHeaders } from '../../../controller/gates/signature';
import type { HttpRequest } from '../../../model/ports';
import { ManualClock } from './manual-clock';
import { inTurn } from './scripted-http';

const KEY = 'a key that nobody else has, 32 bytes';
const webhook = { name: 'gate', url: 'http://gate.test/', retries: 1 };
const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: 'abc' };

/** What a receiver does that knows the key. */
function isGenuine({ headers = {}, body = '' }: HttpRequest, key: Buffer | string): boolean {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', key).update(signed).digest('base64');
  return (headers['webhook-signature'] ?? '').split(' ').includes(`v1,${expected}`);
}

test('the example of the Standard Webhooks specification', () => {
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = signatureHeaders(key, '{"test": 2432232314}', 1_614_265_330_000, 'msg_p5jXN8AQM9LWM0D4loKWxJek');
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('A9: every attempt of a gate is signed, at its own time', async () => {
  const clock = new ManualClock();
  const { http, requests } = inTurn({ status: 503 }, { status: 200 });
  await clock.runUntil(callWebhook(http, clock, webhook, payload, { signingKey: KEY }));
  expect(requests.map((request) => isGenuine(request, KEY))).toEqual([true, true]);
  expect(requests.map((request) => isGenuine({ ...request, body: '{}' }, KEY))).toEqual([false, false]);
  const [first, second] = requests.map(({ headers }) => Number(headers?.['webhook-timestamp']));
  expect(second).toBe((first ?? 0) + 1);
});

test('A9: without a key there is no signature', async () => {
  const clock = new ManualClock();
  const { http, requests } = inTurn({ status: 200 });
  await callWebhook(http, clock, webhook, payload);
  expect(Object.keys(requests[0]?.headers ?? {})).toEqual(['content-type']);
});

test('A9: event hooks are signed with the id of their delivery', async () => {
  const clock = new ManualClock();
  const { http, requests } = inTurn({ status: 200 });
  const queue = new HookQueue({ http, clock, signingKey: KEY });
  queue.enqueue({ canary: 'podinfo.test', webhook, payload, id: 'uid-7' });
  await clock.runUntil(queue.flush());
  expect(requests[0]?.headers?.['webhook-id']).toBe('uid-7');
  expect(isGenuine(requests[0] as HttpRequest, KEY)).toBe(true);
});

test.each([
  ['whsec_not base64', 'base64 does not follow'],
  ['whsec_c2hvcnQ=', 'too short'],
  ['short', 'too short'],
])('key %s is refused at the start', (key, why) => {
  expect(() => checkedSigningKey(key)).toThrow(why);
});

test('a good key is taken as it is', () => {
  expect(checkedSigningKey(KEY)).toBe(KEY);
});

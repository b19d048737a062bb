import { callWebhook } from '../../../controller/gates/call-webhook';
import type { CanaryWebhook } from '../../../model/canary';
import { ManualClock } from './manual-clock';
import { inTurn, type Reply, scriptedHttp } from './scripted-http';

const URL_TEXT = 'http://gate.test/check';
const PAYLOAD = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '85d557f47b' };

async function call(replies: Reply[], hook: Partial<CanaryWebhook> = {}) {
  const { http, requests } = inTurn(...replies);
  const clock = new ManualClock();
  const startedMs = clock.now();
  const answer = await clock.runUntil(callWebhook(http, clock, { name: 'gate', url: URL_TEXT, ...hook }, PAYLOAD));
  expect(clock.pending).toBe(0);
  return { answer, requests, tookMs: clock.now() - startedMs };
}

const passes = (body: string) => ({ passed: true, body });
const fails = (error: string) => ({ passed: false, error });
const gaveUp = (attempts: number, why: string) =>
  fails(`POST ${URL_TEXT} giving up after ${attempts} attempt(s)${why}`);

describe('one attempt', () => {
  test.each<[string, Reply, object]>([
    ['200', { status: 200, body: 'Approved' }, passes('Approved')],
    ['202', { status: 202 }, passes('')],
    ['A7: 203', { status: 203 }, passes('')],
    ['A7: 204', { status: 204 }, passes('')],
    ['3xx without Location', { status: 302, body: 'moved' }, fails('moved')],
    ['304', { status: 304, headers: { location: '/x' } }, fails('')],
    ['403', { status: 403, body: 'Forbidden' }, fails('Forbidden')],
    ['404 without body', { status: 404 }, fails('')],
    ['501', { status: 501, body: 'no' }, fails('no')],
    ['A7: 500 keeps its body', { status: 500, body: 'command x failed: out' }, gaveUp(1, ': command x failed: out')],
    ['500 without body', { status: 500 }, gaveUp(1, '')],
    ['429', { status: 429, body: 'slow down' }, gaveUp(1, ': slow down')],
    ['a long body', { status: 500, body: 'x'.repeat(9000) }, gaveUp(1, `: ${'x'.repeat(500)}…`)],
    [
      'refused',
      { error: 'ECONNREFUSED', address: '10.0.0.7' },
      gaveUp(1, `: Post "${URL_TEXT}": dial tcp 10.0.0.7:80: connect: connection refused`),
    ],
    [
      'unknown host',
      { error: 'ENOTFOUND' },
      gaveUp(1, `: Post "${URL_TEXT}": dial tcp: lookup gate.test: no such host`),
    ],
    ['reset', { error: 'ECONNRESET' }, gaveUp(1, `: Post "${URL_TEXT}": connection reset by peer`)],
    [
      'timeout',
      'hangs',
      gaveUp(1, `: Post "${URL_TEXT}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`),
    ],
    [
      'timeout in the body',
      'body hangs',
      fails('context deadline exceeded (Client.Timeout or context cancellation while reading body)'),
    ],
  ])('%s', async (_what, reply, expected) => {
    const { answer, requests } = await call([reply]);
    expect(answer).toEqual(expected);
    expect(requests).toHaveLength(1);
  });
});

test('the request', async () => {
  const { requests } = await call([{ status: 200 }], { disableTLS: true, timeout: '5s' });
  expect(requests[0]).toMatchObject({
    method: 'POST',
    url: URL_TEXT,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(PAYLOAD),
    insecureSkipVerify: true,
    timeoutMs: 5_000,
  });
});

test('metadata is sent when there is any', async () => {
  const { http, requests } = inTurn({ status: 200 });
  for (const metadata of [{}, { a: 'b' }]) {
    await callWebhook(http, new ManualClock(), { name: 'g', url: URL_TEXT }, { ...PAYLOAD, metadata });
  }
  expect(requests.map(({ body }) => JSON.parse(body ?? '').metadata)).toEqual([undefined, { a: 'b' }]);
});

test('credentials of the URL become a header and never a text', async () => {
  const { requests } = await call([{ status: 200 }], { url: 'http://u:secret@gate.test/' });
  expect(requests[0]).toMatchObject({
    url: 'http://gate.test/',
    headers: { authorization: `Basic ${Buffer.from('u:secret').toString('base64')}` },
  });
  const { answer } = await call([{ status: 500 }], { url: 'http://u:secret@gate.test/' });
  expect(answer).toEqual(fails('POST http://u:xxxxx@gate.test/ giving up after 1 attempt(s)'));
});

describe('timeout', () => {
  test.each([
    [undefined, 10_000],
    ['', 10_000],
    ['5', 10_000],
    ['1m', 60_000],
    ['1m30s', 90_000],
    ['0s', 10_000],
  ])('%s is %d ms', async (timeout, expectedMs) => {
    const { tookMs } = await call(['hangs'], timeout === undefined ? {} : { timeout });
    expect(tookMs).toBe(expectedMs);
  });

  test('an invalid one fails without a call', async () => {
    const { answer, requests } = await call([{ status: 200 }], { timeout: '1mx' });
    expect(answer).toEqual(fails('time: invalid duration "1mx"'));
    expect(requests).toHaveLength(0);
  });
});

test('a URL that is none fails without a call', async () => {
  const { answer, requests } = await call([{ status: 200 }], { url: 'gate' });
  expect(answer).toEqual(fails('parse "gate": it is not an absolute URL'));
  expect(requests).toHaveLength(0);
});

describe('retries', () => {
  test('wait 1, 2, 4 … up to 30 s', async () => {
    const { answer, requests, tookMs } = await call([{ status: 503, body: 'busy' }], { retries: 7 });
    expect(answer).toEqual(gaveUp(8, ': busy'));
    expect(requests).toHaveLength(8);
    expect(tookMs).toBe((1 + 2 + 4 + 8 + 16 + 30 + 30) * 1000);
  });

  test('end with the first success', async () => {
    const { answer, requests } = await call([{ error: 'ECONNREFUSED' }, { status: 429 }, { status: 200 }], {
      retries: 5,
    });
    expect(answer).toEqual(passes(''));
    expect(requests).toHaveLength(3);
  });

  test.each([403, 404, 501])('%d is not tried again', async (status) => {
    expect((await call([{ status }], { retries: 5 })).requests).toHaveLength(1);
  });

  test.each([
    ['7', 7_000],
    ['0', 0],
    [new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString(), 9_000],
    ['99999', 120_000],
    ['soon', 1_000],
  ])('Retry-After %s waits %d ms', async (retryAfter, expectedMs) => {
    const busy: Reply = { status: 429, headers: { 'retry-after': retryAfter } };
    expect((await call([busy, { status: 200 }], { retries: 1 })).tookMs).toBe(expectedMs);
  });

  test('Retry-After counts for 429 and 503 only', async () => {
    const broken: Reply = { status: 500, headers: { 'retry-after': '60' } };
    expect((await call([broken, { status: 200 }], { retries: 1 })).tookMs).toBe(1_000);
  });
});

describe('redirects', () => {
  const redirected = (status: number, location: string) =>
    call([
      { status, headers: { location } },
      { status: 200, body: 'ok' },
    ]);

  test.each([
    [307, 'POST', JSON.stringify(PAYLOAD)],
    [308, 'POST', JSON.stringify(PAYLOAD)],
    [302, 'GET', undefined],
    [303, 'GET', undefined],
  ])('%d is followed as %s', async (status, method, body) => {
    const { answer, requests } = await redirected(status, '/other');
    expect(answer).toEqual(passes('ok'));
    expect(requests[1]).toMatchObject({ method, url: 'http://gate.test/other' });
    expect(requests[1]?.body).toBe(body);
  });

  test('to TLS on the same host is followed', async () => {
    expect((await redirected(307, 'https://gate.test/check')).answer).toEqual(passes('ok'));
  });

  test('to another host is not', async () => {
    const { answer, requests } = await redirected(307, 'http://elsewhere.test/');
    expect(answer).toEqual(
      fails(`Post "${URL_TEXT}": redirected to http://elsewhere.test, another host is not followed`),
    );
    expect(requests).toHaveLength(1);
  });

  test('away from TLS is not', async () => {
    const { answer } = await call([{ status: 307, headers: { location: 'http://gate.test/' } }], {
      url: 'https://gate.test/',
    });
    expect(answer).toMatchObject({ passed: false });
  });

  test('without end are stopped', async () => {
    const { answer, requests } = await call([{ status: 307, headers: { location: '/again' } }]);
    expect(answer).toEqual(fails(`Post "${URL_TEXT}": stopped after 10 redirects`));
    expect(requests).toHaveLength(11);
  });
});

test('the end of the process ends a call, also between attempts', async () => {
  for (const reply of ['hangs', { status: 503 }] as Reply[]) {
    const clock = new ManualClock();
    const ending = new AbortController();
    const { http, requests } = scriptedHttp(() => reply);
    const hook = { name: 'g', url: URL_TEXT, retries: 9 };
    const work = callWebhook(http, clock, hook, PAYLOAD, { signal: ending.signal });
    await clock.advance(500);
    ending.abort();
    expect(await work).toMatchObject({ passed: false });
    expect(requests.length).toBeLessThanOrEqual(2);
    expect(clock.pending).toBe(0);
  }
});

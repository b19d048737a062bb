import { AlertQueue, type AlertQueueOptions } from '../../../controller/alerts/alert-queue';
import type { Alert } from '../../../controller/rollout/decision';
import type { AlertProvider, AlertProviderSpec, Canary, CanaryAlert } from '../../../model/canary';
import type { HttpRequest } from '../../../model/ports';
import { aCanary } from '../../fixtures';
import { ManualClock } from '../gates/manual-clock';
import { type Reply, scriptedHttp } from '../gates/scripted-http';

const provider = (spec: Partial<AlertProviderSpec> = {}): AlertProvider => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'AlertProvider',
  metadata: { name: 'on-call', namespace: 'test' },
  spec: { type: 'slack', address: 'http://slack.test/services/T000/B000/SECRETSECRET', ...spec },
});
const to = (name: string, severity?: CanaryAlert['severity'], namespace?: string): CanaryAlert => ({
  name,
  providerRef: { name, ...(namespace && { namespace }) },
  ...(severity !== undefined && { severity }),
});
const alert = (severity: Alert['severity'], message = `an ${severity}`): Alert => ({
  severity,
  message,
  withMetadata: false,
});
const NOTIFIER = { type: 'slack', url: 'http://global.test/hook', channel: 'ops', username: 'flagger' } as const;

interface Setup {
  reply?: (request: HttpRequest, index: number) => Reply;
  providers?: Record<string, AlertProvider>;
  secrets?: Record<string, Record<string, string>>;
  alerts?: CanaryAlert[];
}

function aQueue(setup: Setup = {}, options: Partial<AlertQueueOptions> = {}) {
  const { reply = () => ({ status: 200, body: 'ok' }), providers = { 'test/on-call': provider() } } = setup;
  const clock = new ManualClock();
  const { http, requests } = scriptedHttp(reply);
  const failures: string[] = [];
  const outcomes: string[] = [];
  const queue = new AlertQueue({
    http,
    clock,
    provider: (namespace, name) => providers[`${namespace}/${name}`],
    secret: async (namespace, name) => setup.secrets?.[`${namespace}/${name}`],
    onFailure: (_canary, text) => void failures.push(text),
    onOutcome: (type, outcome) => void outcomes.push(`${type} ${outcome}`),
    ...options,
  });
  const canary = aCanary({ alerts: setup.alerts ?? [to('on-call')] });
  const tell = (what: Alert, run = 'run-1', who: Canary = canary) => queue.enqueue(who, what, run);
  const texts = () => requests.map(({ body = '' }) => JSON.parse(body).attachments[0].text as string);
  return { clock, requests, failures, outcomes, queue, tell, texts, canary };
}

describe('routing', () => {
  const SEVERITIES = ['info', 'warn', 'error'] as const;

  test.each<[CanaryAlert['severity'], string[]]>([
    ['info', ['an info', 'an warn', 'an error']],
    ['warn', ['an warn', 'an error']],
    ['error', ['an error']],
  ])('severity %s', async (severity, expected) => {
    const { tell, texts, clock, queue } = aQueue({ alerts: [to('on-call', severity)] });
    for (const each of SEVERITIES) tell(alert(each));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(expected);
  });

  test.each([[''], [undefined]] as const)('A1: severity %j is info', async (severity) => {
    const { tell, texts, clock, queue } = aQueue({ alerts: [to('on-call', severity)] });
    for (const each of SEVERITIES) tell(alert(each));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['an info', 'an warn', 'an error']);
  });

  test('no list: the global notifier, unfiltered; a list: only that', async () => {
    const without = aQueue({ alerts: [] }, { notifier: NOTIFIER });
    without.tell(alert('info'));
    await without.clock.runUntil(without.queue.flush());
    expect(without.requests.map(({ url }) => url)).toEqual(['http://global.test/hook']);
    const withList = aQueue({ alerts: [to('on-call', 'error')] }, { notifier: NOTIFIER });
    withList.tell(alert('info'));
    expect(withList.queue.counts().waiting).toBe(0);
  });

  test('no list and no notifier: silence', () => {
    const { tell, queue } = aQueue({ alerts: [] });
    tell(alert('error'));
    expect(queue.counts()).toEqual({ waiting: 0, delivered: 0, failed: 0, dropped: 0 });
  });

  test('a provider of another namespace; one that is listed twice is told once', async () => {
    const { tell, requests, clock, queue } = aQueue({
      alerts: [to('chat', 'info', 'ops'), to('chat', 'error', 'ops')],
      providers: { 'ops/chat': provider({ address: 'http://ops.test/' }) },
    });
    tell(alert('error'));
    await clock.runUntil(queue.flush());
    expect(requests.map(({ url }) => url)).toEqual(['http://ops.test/']);
  });

  test('the Secret wins over the address and brings the token; the proxy is used', async () => {
    const { tell, requests, clock, queue } = aQueue({
      providers: { 'test/on-call': provider({ secretRef: { name: 's' }, proxy: 'http://proxy:3128' }) },
      secrets: { 'test/s': { address: 'http://slack.test/api/chat.postMessage\n', token: 'xoxb-1' } },
      reply: () => ({ status: 200, body: '{"ok":true}' }),
    });
    tell(alert('error'));
    await clock.runUntil(queue.flush());
    expect(requests[0]).toMatchObject({
      url: 'http://slack.test/api/chat.postMessage',
      headers: { authorization: 'Bearer xoxb-1' },
      proxy: 'http://proxy:3128',
    });
  });

  test.each<[string, Setup, string]>([
    ['no provider', { providers: {} }, 'it does not exist'],
    [
      'no secret',
      { providers: { 'test/on-call': provider({ secretRef: { name: 's' } }) } },
      'secret s.test does not exist',
    ],
    [
      'no key',
      {
        providers: {
          'test/on-call': { ...provider(), spec: { type: 'gchat', secretRef: { name: 's' } } },
        },
        secrets: { 'test/s': { token: 't' } },
      },
      'secret s.test has no key "address"',
    ],
    [
      'no URL',
      { providers: { 'test/on-call': provider({ address: 'SECRETSECRET' }) } },
      'its address is not an http or https URL',
    ],
    ['no proxy', { providers: { 'test/on-call': provider({ proxy: 'x' }) } }, 'its proxy is not an http or https URL'],
    [
      'no such type',
      { providers: { 'test/on-call': provider({ type: 'fax' as 'slack' }) } },
      'type "fax" is not one of slack, msteams, discord, rocket, gchat',
    ],
  ])('%s is said at once', async (_what, setup, why) => {
    const { tell, failures, outcomes, requests, clock, queue } = aQueue(setup);
    tell(alert('error', 'it broke'));
    await clock.runUntil(queue.flush());
    expect(failures).toEqual([`Alert "it broke" was not delivered to alert provider on-call.test: ${why}`]);
    expect(outcomes).toEqual(['unknown failed']);
    expect(requests).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('A3: delivery is off the tick', () => {
  test('in order, one at a time', async () => {
    const { tell, texts, clock, queue } = aQueue();
    for (const message of ['a', 'b', 'c']) tell(alert('info', message));
    expect(queue.counts().waiting).toBe(3);
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['a', 'b', 'c']);
    expect(queue.counts()).toEqual({ waiting: 0, delivered: 3, failed: 0, dropped: 0 });
  });

  test('retried with back-off, in order still', async () => {
    const { tell, texts, clock, queue, outcomes } = aQueue({
      reply: (_request, index) => (index < 2 ? { status: 503 } : { status: 200, body: 'ok' }),
    });
    const startedMs = clock.now();
    tell(alert('info', 'a'));
    tell(alert('info', 'b'));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['a', 'a', 'a', 'b']);
    expect(clock.now() - startedMs).toBe(3_000);
    expect(outcomes).toEqual(['slack delivered', 'slack delivered']);
  });

  test('429 with Retry-After waits that long', async () => {
    const { tell, clock, queue, requests } = aQueue({
      reply: (_request, index) => (index === 0 ? { status: 429, headers: { 'retry-after': '30' } } : { status: 200 }),
    });
    const startedMs = clock.now();
    tell(alert('info'));
    await clock.runUntil(queue.flush());
    expect(clock.now() - startedMs).toBe(30_000);
    expect(requests).toHaveLength(2);
    expect(requests[0]?.headers?.['x-serin-delivery']).toBe(requests[1]?.headers?.['x-serin-delivery']);
  });

  test.each<[string, string, number]>([
    ['a date', new Date(Date.UTC(2026, 0, 1, 0, 0, 12)).toUTCString(), 12_000],
    ['fractions, as Discord writes them', '0.65', 650],
    ['more than an alert is worth', '86400', 120_000],
    ['nonsense', 'soon', 1_000],
  ])('Retry-After: %s', async (_what, header, waitMs) => {
    const { tell, clock, queue } = aQueue({
      reply: (_request, index) => (index === 0 ? { status: 429, headers: { 'retry-after': header } } : { status: 200 }),
    });
    const startedMs = clock.now();
    tell(alert('info'));
    await clock.runUntil(queue.flush());
    expect(clock.now() - startedMs).toBe(waitMs);
  });

  test.each<[string, Reply, string, number]>([
    ['down', { error: 'ECONNREFUSED' }, 'failed with ECONNREFUSED (4 attempts)', 4],
    ['hanging', 'hangs', 'no answer within 5s (4 attempts)', 4],
    ['hanging in its body', 'body hangs', 'no answer within 5s (4 attempts)', 4],
    ['throttling for ever', { status: 429, body: 'slow down' }, '429: slow down (4 attempts)', 4],
    ['refusing', { status: 403, body: 'invalid_token' }, '403: invalid_token', 1],
    ['garbage', { status: 400, body: '<html>\n  Bad\n</html>' }, '400: <html> Bad </html>', 1],
    [
      'A5: ok false',
      { status: 200, body: '{"ok":false,"error":"not_in_channel"}' },
      'Slack answers ok: false, not_in_channel',
      1,
    ],
    [
      'echoing its secret',
      { status: 404, body: 'Cannot POST /services/T000/B000/SECRETSECRET' },
      '404: Cannot POST /***/T000/B000/***',
      1,
    ],
  ])('a chat that is %s: given up, counted and told', async (_what, reply, why, attempts) => {
    const { tell, clock, queue, requests, failures, outcomes } = aQueue({ reply: () => reply });
    tell(alert('error', 'it broke'));
    await clock.runUntil(queue.flush());
    expect(failures).toEqual([`Alert "it broke" was not delivered to alert provider on-call.test: ${why}`]);
    expect(requests).toHaveLength(attempts);
    expect(outcomes).toEqual(['slack failed']);
    expect(queue.counts()).toEqual({ waiting: 0, delivered: 0, failed: 1, dropped: 0 });
    expect(clock.pending).toBe(0);
  });

  test('a Secret that cannot be read now is read again', async () => {
    let reads = 0;
    const { tell, texts, clock, queue } = aQueue(
      { providers: { 'test/on-call': provider({ secretRef: { name: 's' } }) } },
      {
        secret: async () => {
          if (++reads < 3) throw new Error('the API server is away');
          return { address: 'http://slack.test/x' };
        },
      },
    );
    tell(alert('error'));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['an error']);
  });

  test('a chat that hangs holds up no other', async () => {
    const { tell, clock, queue, requests } = aQueue({
      alerts: [to('stuck'), to('fine')],
      providers: {
        'test/stuck': provider({ address: 'http://stuck.test/' }),
        'test/fine': provider({ address: 'http://fine.test/' }),
      },
      reply: ({ url }) => (url.includes('stuck') ? 'hangs' : { status: 200 }),
    });
    for (const message of ['a', 'b']) tell(alert('error', message));
    await clock.advance(1_000);
    expect(requests.map(({ url }) => new URL(url).host)).toEqual(['stuck.test', 'fine.test', 'fine.test']);
    await queue.stop();
  });

  test('F#1515: the same alert of a run is sent once, also when it is told again later', async () => {
    const { tell, texts, clock, queue } = aQueue();
    tell(alert('warn', 'waiting'));
    tell(alert('warn', 'waiting'));
    await clock.runUntil(queue.flush());
    tell(alert('warn', 'waiting'));
    tell(alert('warn', 'waiting'), 'run-2');
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['waiting', 'waiting']);
  });

  test('its id is stable and tells Canaries, runs and messages apart', async () => {
    const { tell, clock, queue, requests, canary } = aQueue();
    const again = aQueue();
    const other = { ...canary, metadata: { ...canary.metadata, uid: 'other-uid' } };
    tell(alert('warn', 'x'));
    tell(alert('warn', 'y'));
    tell(alert('warn', 'x'), 'run-2');
    tell(alert('warn', 'x'), 'run-1', other);
    await clock.runUntil(queue.flush());
    again.tell(alert('warn', 'x'));
    await again.clock.runUntil(again.queue.flush());
    const ids = requests.map(({ headers }) => headers?.['x-serin-delivery']);
    expect(new Set(ids).size).toBe(4);
    expect(again.requests[0]?.headers?.['x-serin-delivery']).toBe(ids[0]);
  });

  test('what was given up has another chance when it is told again', async () => {
    const { tell, clock, queue, outcomes } = aQueue({
      reply: (_request, index) => ({ status: index === 0 ? 403 : 200 }),
    });
    tell(alert('error'));
    await clock.runUntil(queue.flush());
    tell(alert('error'));
    await clock.runUntil(queue.flush());
    expect(outcomes).toEqual(['slack failed', 'slack delivered']);
  });

  test('bounded: the oldest that wait are dropped and counted', async () => {
    const { tell, texts, clock, queue, failures, outcomes } = aQueue({}, { capacity: 2 });
    for (const message of ['a', 'b', 'c', 'd']) tell(alert('info', message));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['a', 'c', 'd']);
    expect(failures).toEqual([
      'Alert "b" was not delivered to alert provider on-call.test: too many alerts are waiting',
    ]);
    expect(outcomes.filter((outcome) => outcome === 'unknown dropped')).toHaveLength(1);
  });

  test('stop gives what waits a little time, then leaves nothing behind', async () => {
    const { tell, clock, queue, failures } = aQueue({
      reply: (_request, index) => (index === 0 ? { status: 200 } : 'hangs'),
    });
    for (const message of ['a', 'b', 'c']) tell(alert('info', message));
    await clock.runUntil(queue.stop(3_000));
    expect(queue.counts()).toEqual({ waiting: 0, delivered: 1, failed: 0, dropped: 2 });
    expect(clock.pending).toBe(0);
    tell(alert('info', 'd'));
    expect(failures.at(-1)).toContain('the controller stops');
  });

  test('a listener that throws stops nothing', async () => {
    const { tell, texts, clock, queue } = aQueue(
      { reply: () => ({ status: 403 }) },
      {
        onFailure: () => {
          throw new Error('no events today');
        },
      },
    );
    for (const message of ['a', 'b']) tell(alert('info', message));
    await clock.runUntil(queue.flush());
    expect(texts()).toEqual(['a', 'b']);
  });
});

/** Task types that drive other servers: Concord and nGrinder. */
import { createLoadTester, type LoadTesterOptions } from '../../loadtester/load-tester';
import type { HttpRequest } from '../../model/ports';
import { ManualClock } from '../controller/gates/manual-clock';
import { type Reply, scriptedHttp } from '../controller/gates/scripted-http';

function aTester(reply: (request: HttpRequest, index: number) => Reply, options: Partial<LoadTesterOptions> = {}) {
  const clock = new ManualClock();
  const { http, requests } = scriptedHttp(reply);
  const logs: string[] = [];
  const readKey = async (path: string) => `the content of ${path}`;
  const log = ({ msg }: { msg: string }) => void logs.push(msg);
  const tester = createLoadTester({ http, clock, log, readKey, ...options });
  const task = async (metadata: Record<string, string>, signal?: AbortSignal) => {
    const body = JSON.stringify({ name: 'podinfo', namespace: 'test', metadata });
    const response = await tester.handle({ method: 'POST', url: 'http://tester/', body, ...(signal && { signal }) });
    return { status: response.status, body: await response.text() };
  };
  const calls = () => requests.map(({ method, url }) => `${method} ${url}`);
  return { clock, requests, calls, tester, task, logs };
}

const status = (value: string): Reply => ({ status: 200, body: JSON.stringify({ status: value }) });

describe('concord', () => {
  const metadata = {
    type: 'concord',
    server: 'https://concord.test/',
    org: 'acme',
    project: 'shop',
    repo: 'flows',
    entrypoint: 'verify',
    apiKeyPath: '/tmp/key',
    endpoint: 'http://podinfo-canary.test:9898',
  };
  const started: Reply = { status: 200, body: '{"ok":true,"instanceId":"1f2e-3d"}' };
  const aServer = (...statuses: string[]) =>
    aTester((_request, index) => (index === 0 ? started : status(statuses[index - 1] ?? statuses.at(-1) ?? 'RUNNING')));

  test('starts a process, polls it and answers when it is finished', async () => {
    const { task, clock, requests, calls } = aServer('ENQUEUED', 'RUNNING', 'FINISHED');
    const more = { 'arguments.version': '1.2.3', 'arguments.endpoint': 'http://elsewhere' };
    expect(await clock.runUntil(task({ ...metadata, ...more }))).toEqual({ status: 200, body: '' });
    const poll = 'GET https://concord.test/api/v1/process/1f2e-3d';
    expect(calls()).toEqual(['POST https://concord.test/api/v1/process', poll, poll, poll]);
    expect(requests.every(({ headers }) => headers?.['authorization'] === 'the content of /tmp/key')).toBe(true);
    const type = requests[0]?.headers?.['content-type'] ?? '';
    const form = await new Response(requests[0]?.body ?? '', { headers: { 'content-type': type } }).formData();
    expect(Object.fromEntries(form)).toEqual({
      org: 'acme',
      project: 'shop',
      repo: 'flows',
      entryPoint: 'verify',
      'arguments.endpoint': 'http://podinfo-canary.test:9898',
      'arguments.version': '1.2.3',
    });
  });

  test.each(['FAILED', 'CANCELLED', 'TIMED_OUT'])('%s is a failure', async (end) => {
    const { task, clock } = aServer('RUNNING', end);
    expect(await clock.runUntil(task(metadata))).toEqual({ status: 500, body: `process 1f2e-3d is ${end}` });
  });

  test('L3: pollTimeout is for the whole process, also above pollInterval', async () => {
    const { task, clock, calls } = aServer('RUNNING');
    const startedMs = clock.now();
    const answer = await clock.runUntil(task({ ...metadata, pollInterval: '7', pollTimeout: '20' }));
    expect(answer).toEqual({ status: 500, body: 'process 1f2e-3d is RUNNING after 20s' });
    expect(clock.now() - startedMs).toBe(20_000);
    expect(calls()).toHaveLength(4);
  });

  test('L3: and below it', async () => {
    const { task, clock } = aServer('RUNNING');
    const startedMs = clock.now();
    await clock.runUntil(task({ ...metadata, pollInterval: '60', pollTimeout: '20' }));
    expect(clock.now() - startedMs).toBe(20_000);
  });

  test.each<[string, Reply, string]>([
    ['401', { status: 401, body: 'Unauthorized' }, 'the server answers 401: Unauthorized'],
    ['garbage', { status: 200, body: '<html>' }, 'the server does not answer in JSON: <html>'],
    ['no id', { status: 200, body: '{"ok":false}' }, 'the server started no process'],
    ['an id that is a path', { status: 200, body: '{"instanceId":"../secrets"}' }, 'the server started no process'],
    ['a server that is down', { error: 'ECONNREFUSED' }, 'failed with ECONNREFUSED'],
  ])('%s', async (_what, reply, why) => {
    const { task, clock } = aTester(() => reply);
    expect(await clock.runUntil(task(metadata))).toEqual({ status: 500, body: why });
  });

  test.each(['server', 'org', 'project', 'repo', 'entrypoint', 'apiKeyPath', 'endpoint'])(
    '%s is required',
    async (key) => {
      const { task } = aServer();
      expect(await task({ ...metadata, [key]: '' })).toEqual({ status: 400, body: `${key} not found in metadata` });
    },
  );

  test.each([
    [{ server: 'ftp://x' }, 'server must be an http or https URL'],
    [{ pollInterval: '5s' }, 'pollInterval must be a whole number above 0, not "5s"'],
    [{ pollTimeout: '0' }, 'pollTimeout must be a whole number above 0, not "0"'],
  ])('%j is refused', async (more, why) => {
    const { task } = aServer();
    expect(await task({ ...metadata, ...more })).toEqual({ status: 400, body: why });
  });

  test('L4: a key that may not be read is not sent', async () => {
    const readKey = async () => {
      throw new Error('apiKeyPath must be a file in /tmp');
    };
    const { task, calls, clock } = aTester(() => started, { readKey });
    expect(await clock.runUntil(task(metadata))).toEqual({ status: 500, body: 'apiKeyPath must be a file in /tmp' });
    expect(calls()).toEqual([]);
  });

  test('a client that goes away ends the polling', async () => {
    const { task, clock } = aServer('RUNNING');
    const client = new AbortController();
    const answered = task(metadata, client.signal);
    await clock.advance(12_000);
    client.abort();
    expect((await answered).status).toBe(500);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});

describe('ngrinder', () => {
  const passwd = Buffer.from('s3cret').toString('base64');
  const metadata = { type: 'ngrinder', server: 'http://ngrinder.test', clone: '960', username: 'admin', passwd };
  const is = (id: string): Reply => ({ status: 200, body: JSON.stringify({ status: [{ id: 1, status_id: id }] }) });
  const aServer = (...statuses: Reply[]) =>
    aTester(({ method, url }, index) => {
      if (url.endsWith('clone_and_start')) return { status: 200, body: '{"id":961}' };
      if (method === 'PUT') return { status: 200, body: '{"success":true}' };
      return statuses[Math.min(index - 1, statuses.length - 1)] ?? is('TESTING');
    });
  const STATUS = 'GET http://ngrinder.test/perftest/api/961/status';
  const STOP = 'PUT http://ngrinder.test/perftest/api/961?action=stop';

  test('clones a test, starts it and follows it in the background', async () => {
    const { task, clock, calls, requests, logs } = aServer(is('TESTING'), is('FINISHED'));
    expect(await task(metadata)).toEqual({ status: 202, body: '' });
    await clock.advance(15_000);
    expect(calls()).toEqual(['POST http://ngrinder.test/perftest/api/960/clone_and_start', STATUS, STATUS]);
    expect(requests[0]?.headers?.['authorization']).toBe(`Basic ${Buffer.from('admin:s3cret').toString('base64')}`);
    expect(logs.at(-1)).toBe('command finished ngrinder http://ngrinder.test 960');
  });

  test.each([
    ['5s', 5_000],
    ['10s', 10_000],
    ['1m', 60_000],
    ['3', 3_000],
  ])('L2: pollInterval %s', async (pollInterval, ms) => {
    const { task, clock, calls } = aServer();
    await task({ ...metadata, pollInterval });
    await clock.advance(ms - 1);
    expect(calls()).toHaveLength(1);
    await clock.advance(1);
    expect(calls()).toHaveLength(2);
    await clock.advance(ms);
    expect(calls()).toHaveLength(3);
  });

  test.each(['STOP_BY_ERROR', 'CANCELED', 'UNKNOWN'])('%s is a failed task', async (end) => {
    const { task, clock, logs } = aServer(is('TESTING'), is(end));
    await task(metadata);
    await clock.advance(15_000);
    expect(logs.at(-1)).toContain(`command failed ngrinder http://ngrinder.test 960 test 961 is ${end}`);
  });

  test('the time limit stops the test on the server', async () => {
    const { task, clock, calls, logs } = aServer();
    await task(metadata);
    await clock.advance(3_600_000);
    expect(calls().at(-1)).toBe(STOP);
    expect(logs.at(-1)).toContain('timeout after 1h0m0s');
    expect(clock.pending).toBe(0);
  });

  test('so does the end of the load tester', async () => {
    const { task, clock, calls, tester } = aServer();
    await task(metadata);
    await clock.advance(6_000);
    await tester.stop();
    expect(calls().at(-1)).toBe(STOP);
  });

  test('a server that is away for a moment ends nothing, one that stays away does', async () => {
    const away: Reply = { error: 'ECONNREFUSED' };
    const moment = aServer(away, away, is('FINISHED'));
    await moment.task(metadata);
    await moment.clock.advance(20_000);
    expect(moment.logs.at(-1)).toContain('command finished');
    const gone = aServer(away);
    await gone.task(metadata);
    await gone.clock.advance(20_000);
    expect(gone.logs.at(-1)).toContain('failed with ECONNREFUSED');
    expect(gone.calls()).toEqual([expect.stringContaining('clone_and_start'), STATUS, STATUS, STATUS, STOP]);
  });

  test('another clone is another task', async () => {
    const { task, logs } = aServer();
    await task(metadata);
    await task(metadata);
    await task({ ...metadata, clone: '7' });
    expect(logs.map((msg) => msg.split(' ').slice(0, 2).join(' '))).toEqual([
      'task starting',
      'command skipped',
      'task starting',
    ]);
  });

  test('L7: waitForStart tells what the server said', async () => {
    const { task, clock } = aTester(() => ({ status: 403, body: 'Forbidden' }));
    expect(await clock.runUntil(task({ ...metadata, waitForStart: 'true' }))).toEqual({
      status: 500,
      body: 'command ngrinder http://ngrinder.test 960 failed: : the server answers 403: Forbidden',
    });
  });

  test.each([
    [{ clone: 'x' }, 'clone must be a whole number above 0, not "x"'],
    [{ clone: '' }, 'clone not found in metadata'],
    [{ username: '' }, 'username not found in metadata'],
    [{ passwd: 'not base64' }, 'passwd must be base64'],
    [{ pollInterval: 'soon' }, 'pollInterval must be a duration such as 5s, not "soon"'],
  ])('%j is 400', async (more, why) => {
    const { task } = aServer();
    expect(await task({ ...metadata, ...more })).toEqual({ status: 400, body: why });
  });
});

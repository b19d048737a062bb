import { createLoadTester, type LoadTesterOptions } from '../../loadtester/load-tester';
import { ManualClock } from '../controller/gates/manual-clock';
import { type Reply, scriptedHttp } from '../controller/gates/scripted-http';

const HEY = 'hey -z 1m -q 1 -c 1 http://podinfo-canary.test:9898/';

function aTester(
  options: Partial<LoadTesterOptions> = {},
  reply: () => Reply = () => ({ status: 200, body: 'token' }),
) {
  const clock = new ManualClock();
  const { http, requests } = scriptedHttp(reply);
  const logs: string[] = [];
  const log = ({ msg }: { msg: string }) => void logs.push(msg);
  const tester = createLoadTester({ http, clock, log, ...options });
  const send = async (
    path: string,
    body = '',
    more: { method?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ) => {
    const response = await tester.handle({ method: 'POST', url: `http://tester${path}`, body, ...more });
    return { status: response.status, body: await response.text() };
  };
  const hook = (metadata?: Record<string, string>) =>
    JSON.stringify({ name: 'podinfo', namespace: 'test', phase: 'Progressing', ...(metadata && { metadata }) });
  const task = (metadata?: Record<string, string>) => send('/', hook(metadata));
  return { clock, requests, logs, tester, send, hook, task };
}

describe('endpoints', () => {
  test.each([
    ['/healthz', 200, 'OK'],
    ['/gate/approve', 200, 'OK'],
    ['/gate/halt', 403, 'Forbidden'],
  ])('%s', async (path, status, body) => {
    const { send } = aTester({ namespaceRegexp: 'other', token: 't' });
    expect(await send(path)).toEqual({ status, body });
    expect(await send(path, '', { method: 'GET' })).toEqual({ status, body });
  });

  test.each(['gate', 'rollback'])('/%s is closed until it is opened', async (kind) => {
    const { send, hook, logs } = aTester();
    expect(await send(`/${kind}/check`, hook())).toEqual({ status: 403, body: 'Forbidden' });
    expect(await send(`/${kind}/open`, hook())).toEqual({ status: 202, body: '' });
    expect(await send(`/${kind}/check`, hook())).toEqual({ status: 200, body: 'Approved' });
    expect(await send(`/${kind}/close`, hook())).toEqual({ status: 202, body: '' });
    expect(await send(`/${kind}/check`, hook())).toEqual({ status: 403, body: 'Forbidden' });
    expect(logs).toContain(`podinfo.test ${kind} check: approved true`);
    expect(logs).toContain(`podinfo.test ${kind} opened`);
    expect(logs).toContain(`podinfo.test ${kind} closed`);
  });

  test('gates are apart by kind, name and namespace', async () => {
    const { send, hook } = aTester();
    await send('/gate/open', hook());
    expect(await send('/rollback/check', hook())).toMatchObject({ status: 403 });
    expect(await send('/gate/check', '{"name":"podinfo","namespace":"prod"}')).toMatchObject({ status: 403 });
  });

  test('whoever wants to know hears of gates', async () => {
    const heard: unknown[] = [];
    const { send, hook } = aTester({ onGate: (gate) => heard.push(gate) });
    await send('/gate/open', hook());
    expect(heard).toEqual([{ kind: 'gate', name: 'podinfo', namespace: 'test', open: true }]);
  });

  test.each(['', 'not json', '[]', 'null', '"x"', '{"name":1}', '{"metadata":{"cmd":1}}', '{"metadata":[]}'])(
    'body %s is 400 and nothing else',
    async (body) => {
      const { send } = aTester();
      expect(await send('/', body)).toEqual({ status: 400, body: '' });
      expect(await send('/gate/check', body)).toEqual({ status: 400, body: '' });
    },
  );

  test('a huge body is refused', async () => {
    const { send } = aTester();
    expect(await send('/', JSON.stringify({ name: 'x'.repeat(2_000_000) }))).toMatchObject({ status: 413 });
  });
});

describe('tasks', () => {
  test.each<[string, Record<string, string> | undefined, string]>([
    ['no metadata', undefined, 'metadata not found in payload'],
    ['empty metadata', {}, 'metadata not found in payload'],
    ['no cmd', { type: 'cmd' }, 'cmd not found in metadata'],
    ['L8: an empty cmd', { type: 'bash', cmd: ' ' }, 'cmd not found in metadata'],
    ['L1: an unknown type', { type: 'perl', cmd: 'x' }, 'unknown task type perl'],
    ['a program that is not allowed', { type: 'helm', cmd: 'test' }, 'task type helm is not enabled'],
    ['L8: helm without arguments', { type: 'helm', cmd: '  ' }, 'cmd not found in metadata'],
    [
      'another program',
      { cmd: 'ghz -z 1m x' },
      'command "ghz" is not supported (no shell is run: supported are hey, curl, grep, sleep and echo',
    ],
    ['a shell', { type: 'bash', cmd: 'echo $(id)' }, 'column 6: variables are not supported'],
  ])('%s is 400', async (_what, metadata, message) => {
    const { task } = aTester();
    expect(await task(metadata)).toEqual({ status: 400, body: expect.stringContaining(message) });
  });

  test('cmd is accepted at once, runs and is counted (L7)', async () => {
    const { task, clock, requests, logs, send } = aTester();
    expect(await task({ cmd: HEY })).toEqual({ status: 202, body: '' });
    await clock.advance(60_000);
    expect(requests.length).toBeGreaterThan(55);
    expect(logs).toEqual([`task starting ${HEY}`, `command finished ${HEY}`]);
    const { body } = await send('/metrics');
    expect(body).toContain('serin_loadtester_tasks_total{canary="podinfo.test",type="cmd",result="succeeded"} 1');
    expect(body).toContain(`serin_loadtester_requests_total{canary="podinfo.test",code="200"} ${requests.length}`);
  });

  test('the same command of one Canary runs once at a time', async () => {
    const { task, send, clock, logs } = aTester();
    await task({ cmd: HEY });
    await clock.advance(30_000);
    expect(await task({ cmd: HEY })).toMatchObject({ status: 202 });
    await send('/', JSON.stringify({ name: 'other', namespace: 'test', metadata: { cmd: HEY } }));
    expect(logs).toEqual([`task starting ${HEY}`, `command skipped ${HEY} is already running`, `task starting ${HEY}`]);
    await clock.advance(60_000);
    await task({ cmd: HEY });
    expect(logs.at(-1)).toBe(`task starting ${HEY}`);
  });

  test('output is logged when asked for', async () => {
    const { task, clock, logs } = aTester();
    await task({ cmd: 'hey -n 1 -c 1 http://a', logCmdOutput: 'true' });
    await clock.advance(1_000);
    expect(logs.at(-1)).toContain('Summary:');
  });

  test('a load that nobody answers is a failed task', async () => {
    const { task, clock, logs } = aTester({}, () => ({ error: 'ECONNREFUSED' }));
    await task({ cmd: 'hey -n 2 -c 1 http://a' });
    await clock.advance(1_000);
    expect(logs.at(-1)).toContain('command failed hey -n 2 -c 1 http://a exit status 1');
  });

  const CURL = "curl -sd 'test' http://podinfo-canary:9898/token | grep token";

  test('bash waits for its end', async () => {
    const { task } = aTester();
    expect(await task({ type: 'bash', cmd: CURL })).toEqual({ status: 200, body: '' });
    expect(await task({ type: 'bash', cmd: CURL, returnCmdOutput: 'true' })).toEqual({ status: 200, body: 'token\n' });
  });

  test('bash that fails says how', async () => {
    const { task } = aTester({}, () => ({ error: 'ECONNREFUSED' }));
    expect(await task({ type: 'bash', cmd: CURL })).toEqual({
      status: 500,
      body: `command ${CURL} failed: curl: (7) Failed to connect to podinfo-canary port 9898: Connection refused\n: exit status 1`,
    });
  });

  test('a task has a time limit, even when it does not listen', async () => {
    const { task, clock, logs } = aTester({ timeoutMs: 5_000, generate: () => new Promise(() => {}) });
    const bash = task({ type: 'bash', cmd: 'sleep 60' });
    await task({ cmd: HEY });
    await clock.advance(5_000);
    expect(await bash).toEqual({ status: 500, body: 'command sleep 60 failed: : timeout after 5s' });
    expect(logs).toContain(`command failed ${HEY} timeout after 5s `);
  });

  test('L5: identical blocking tasks join, and end when their clients are gone', async () => {
    const { send, hook, clock, logs } = aTester();
    const [first, second] = [new AbortController(), new AbortController()];
    const body = hook({ type: 'bash', cmd: 'sleep 60' });
    const answers = [send('/', body, { signal: first.signal }), send('/', body, { signal: second.signal })];
    await clock.advance(1_000);
    first.abort();
    await clock.advance(1_000);
    expect(logs).toEqual(['task starting sleep 60']);
    second.abort();
    await clock.advance(0);
    expect(logs.at(-1)).toBe('command failed sleep 60 the client is gone ');
    expect(await Promise.all(answers)).toEqual([
      expect.objectContaining({ status: 500 }),
      expect.objectContaining({ status: 500 }),
    ]);
    expect(clock.pending).toBe(0);
  });

  test('there is a limit of running tasks', async () => {
    const { task } = aTester({ maxRunning: 1 });
    await task({ cmd: HEY });
    expect(await task({ cmd: 'hey http://other' })).toEqual({
      status: 503,
      body: '1 tasks are running, that is the limit',
    });
    expect(await task({ type: 'bash', cmd: CURL })).toMatchObject({ status: 503 });
  });

  test('stop ends all of them', async () => {
    const { task, tester, clock, logs } = aTester();
    await task({ cmd: HEY });
    await clock.advance(1_500);
    await tester.stop();
    expect(logs.at(-1)).toBe(`command failed ${HEY} the load tester stops `);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  test('a simulated world can make the load', async () => {
    const loads: unknown[] = [];
    const { task, clock, requests, send } = aTester({
      generate: async (load) => {
        loads.push(load);
        return { statusCodes: { 200: 1170, 500: 30 }, errors: {}, durationMs: 60_000 };
      },
    });
    await task({ cmd: HEY });
    await clock.advance(0);
    expect(requests).toHaveLength(0);
    expect(loads).toEqual([
      expect.objectContaining({ url: 'http://podinfo-canary.test:9898/', qps: 1, concurrency: 1, durationMs: 60_000 }),
    ]);
    expect((await send('/metrics')).body).toContain('requests_total{canary="podinfo.test",code="500"} 30');
  });
});

describe('L4: who may ask', () => {
  test('the namespace pattern matches the whole name', async () => {
    const { send, hook } = aTester({ namespaceRegexp: 'te|test' });
    expect(await send('/gate/open', hook())).toMatchObject({ status: 202 });
    expect(await send('/gate/open', '{"name":"a","namespace":"test-2"}')).toEqual({ status: 403, body: 'Forbidden' });
    expect(await send('/', '{"name":"a","namespace":"mytest","metadata":{"cmd":"hey http://a"}}')).toMatchObject({
      status: 403,
    });
  });

  test('a bad pattern is found at the start', () => {
    expect(() => aTester({ namespaceRegexp: '(' })).toThrow();
  });

  test.each([
    [undefined, 401],
    ['Bearer wrong', 401],
    ['Bearer secret', 202],
    ['bearer secret', 202],
    [`Basic ${Buffer.from('serin:secret').toString('base64')}`, 202],
    [`Basic ${Buffer.from('serin:wrong').toString('base64')}`, 401],
    ['secret', 401],
  ])('authorization %s', async (authorization, status) => {
    const { send, hook } = aTester({ token: 'secret' });
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    expect((await send('/gate/open', hook(), { headers })).status).toBe(status);
  });

  test('with a token only POST changes anything', async () => {
    const { send, hook } = aTester({ token: 'secret' });
    const request = { method: 'GET', headers: { authorization: 'Bearer secret' } };
    expect(await send('/gate/open', hook(), request)).toMatchObject({ status: 405 });
    expect(await send('/', hook({ cmd: HEY }), request)).toMatchObject({ status: 405 });
    expect(await send('/gate/check', hook(), request)).toMatchObject({ status: 403 });
  });

  test('without one any method will do, as in the reference', async () => {
    const { send, hook } = aTester();
    expect(await send('/gate/open', hook(), { method: 'PUT' })).toMatchObject({ status: 202 });
  });
});

describe('L7: failures are seen', () => {
  const started = { cmd: HEY, waitForStart: 'true' };

  test('waitForStart answers when the first request is answered, whatever its status', async () => {
    const { task, clock, logs } = aTester({}, () => ({ status: 503 }));
    expect(await clock.runUntil(task(started))).toEqual({ status: 202, body: '' });
    expect(logs).toEqual([`task starting ${HEY}`]);
  });

  test('a load that nobody answers is told to the hook', async () => {
    const { task, clock } = aTester({}, () => ({ error: 'ECONNREFUSED' }));
    const answer = await clock.runUntil(task({ cmd: 'hey -n 1 -c 1 http://a', waitForStart: 'true' }));
    expect(answer).toMatchObject({ status: 500, body: expect.stringContaining('ECONNREFUSED') });
  });

  test('so is one that does not begin in time; it goes on', async () => {
    const { task, clock, logs } = aTester({}, () => 'hangs');
    const startedMs = clock.now();
    expect(await clock.runUntil(task(started))).toEqual({
      status: 500,
      body: `command ${HEY} has not started: no answer within 5s`,
    });
    expect(clock.now() - startedMs).toBe(5_000);
    expect(logs).toEqual([`task starting ${HEY}`]);
  });

  test('one that runs already has begun', async () => {
    const { task, clock, logs } = aTester();
    await clock.runUntil(task(started));
    expect(await clock.runUntil(task(started))).toEqual({ status: 202, body: '' });
    expect(logs).toEqual([`task starting ${HEY}`, `command skipped ${HEY} is already running`]);
  });

  test('a load that is made up begins at once', async () => {
    const { task, clock } = aTester({ generate: () => new Promise(() => {}) });
    expect(await clock.runUntil(task(started))).toEqual({ status: 202, body: '' });
  });

  test('counted by Canary, type and result', async () => {
    const { task, send, clock } = aTester({ maxRunning: 1 });
    await task({ cmd: HEY });
    await task({ cmd: HEY });
    await task({ type: 'bash', cmd: 'sleep 1' });
    await task({ type: 'perl', cmd: 'x' });
    await clock.advance(61_000);
    await clock.runUntil(task({ type: 'bash', cmd: 'echo x | grep y' }));
    const { body } = await send('/metrics');
    for (const series of [
      'type="cmd",result="succeeded"} 1',
      'type="cmd",result="skipped"} 1',
      'type="bash",result="refused"} 1',
      'type="unknown",result="refused"} 1',
      'type="bash",result="failed"} 1',
    ]) {
      expect(body).toContain(`serin_loadtester_tasks_total{canary="podinfo.test",${series}`);
    }
  });
});

import { parseHey } from '../../loadtester/hey';
import { parseProgram, runProgram } from '../../loadtester/program';
import type { HttpRequest } from '../../model/ports';
import { ManualClock } from '../controller/gates/manual-clock';
import { type Reply, scriptedHttp } from '../controller/gates/scripted-http';

async function run(line: string, script: (request: HttpRequest) => Reply = () => ({ status: 200, body: 'ok' })) {
  const clock = new ManualClock();
  const { http, requests } = scriptedHttp(script);
  const generate = async () => ({ statusCodes: { 200: 3 }, errors: {}, durationMs: 1000 });
  const program = parseProgram(line);
  const work = runProgram(program, { http, clock, generate }, new AbortController().signal);
  return { ...(await clock.runUntil(work)), requests };
}

describe('the acceptance test of the tutorial', () => {
  const line = "curl -sd 'test' http://podinfo-canary:9898/token | grep token";

  test('passes on a token', async () => {
    const { exitCode, output, requests } = await run(line, () => ({ status: 200, body: '{"token":"x"}' }));
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: '{"token":"x"}\n' });
    expect(requests).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: 'http://podinfo-canary:9898/token',
        body: 'test',
        headers: { accept: '*/*', 'content-type': 'application/x-www-form-urlencoded' },
      }),
    ]);
  });

  test.each<[string, Reply, string]>([
    ['another answer', { status: 200, body: 'nope' }, ''],
    [
      'a refused connection',
      { error: 'ECONNREFUSED' },
      'curl: (7) Failed to connect to podinfo-canary port 9898: Connection refused\n',
    ],
    ['an unknown host', { error: 'ENOTFOUND' }, 'curl: (6) Could not resolve host: podinfo-canary\n'],
  ])('fails on %s', async (_what, reply, output) => {
    expect(await run(line, () => reply)).toMatchObject({ exitCode: 1, output });
  });
});

describe('curl', () => {
  test.each<[string, object]>([
    ['curl http://a/x', { method: 'GET', url: 'http://a/x' }],
    ['curl a:8080', { url: 'http://a:8080' }],
    [
      'curl -X PUT -H "X-A: b" -H "Content-Type: application/json" --data-raw \'{"a":1}\' http://a',
      { method: 'PUT', body: '{"a":1}', headers: { accept: '*/*', 'content-type': 'application/json', 'x-a': 'b' } },
    ],
    ['curl -XDELETE http://a', { method: 'DELETE' }],
    ['curl -d a=1 -d b=2 http://a', { method: 'POST', body: 'a=1&b=2' }],
    ['curl -sSfLk -m 2.5 http://a', { insecureSkipVerify: true, timeoutMs: 2500 }],
    ['curl -I http://a', { method: 'HEAD' }],
    [
      'curl -u u:p -A agent -b c=d http://a',
      { headers: { accept: '*/*', authorization: 'Basic dTpw', 'user-agent': 'agent', cookie: 'c=d' } },
    ],
  ])('%s', async (line, request) => {
    const { requests, exitCode } = await run(line);
    expect(requests[0]).toMatchObject(request);
    expect(exitCode).toBe(0);
  });

  test.each<[string, Reply, number, string]>([
    ['curl http://a', { status: 500, body: 'broken' }, 0, 'broken'],
    ['curl -f http://a', { status: 500, body: 'broken' }, 22, 'curl: (22) The requested URL returned error: 500\n'],
    ['curl -fsS http://a', { status: 404 }, 22, 'curl: (22) The requested URL returned error: 404\n'],
    ["curl -s -o /dev/null -w '%{http_code}' http://a", { status: 418, body: 'tea' }, 0, '418'],
    ['curl -i http://a', { status: 200, body: 'b', headers: { 'x-a': 'c' } }, 0, 'HTTP/1.1 200\nx-a: c\n\nb'],
    ['curl -m 1 http://a', { error: 'ETIMEDOUT' }, 28, 'curl: (28) Operation timed out\n'],
  ])('%s gives what curl gives', async (line, reply, exitCode, output) => {
    expect(await run(line, () => reply)).toMatchObject({ exitCode, output });
  });

  test('-L follows redirects, not without end', async () => {
    const moved = ({ url }: HttpRequest): Reply =>
      url.endsWith('/old') ? { status: 302, headers: { location: '/new' } } : { status: 200, body: url };
    expect(await run('curl -L http://a/old', moved)).toMatchObject({ output: 'http://a/new' });
    expect((await run('curl http://a/old', moved)).requests).toHaveLength(1);
    expect(await run('curl -L http://a', () => ({ status: 302, headers: { location: '/' } }))).toMatchObject({
      exitCode: 47,
    });
  });
});

describe('grep', () => {
  test.each([
    ['echo abc | grep b', 0, 'abc\n'],
    ['echo abc | grep x', 1, ''],
    ['echo abc | grep -v x', 0, 'abc\n'],
    ['echo abc | grep -qi B', 0, ''],
    ['echo abc | grep -E "^(a|x)b+c$"', 0, 'abc\n'],
    ['echo "a+b" | grep "a+b"', 0, 'a+b\n'],
    ['echo aab | grep "a\\+b"', 0, 'aab\n'],
    ['echo a.c | grep -F a.c', 0, 'a.c\n'],
    ['echo abc | grep -F a.c', 1, ''],
    ['echo a1 | grep "[[:digit:]]"', 0, 'a1\n'],
    ['echo abc | grep -c b', 0, '1\n'],
    ['echo abc | grep -e b', 0, 'abc\n'],
  ])('%s', async (line, exitCode, output) => {
    expect(await run(line)).toMatchObject({ exitCode, output });
  });
});

test.each([
  ['echo a && echo b', 0, 'a\nb\n'],
  ['echo a | grep b && echo c', 1, ''],
  ['echo a | grep b || echo c', 0, 'c\n'],
  ['echo a | grep b; echo c', 0, 'c\n'],
  ['echo a | grep b && echo c || echo d', 0, 'd\n'],
  ['sleep 5 && echo done', 0, 'done\n'],
])('%s runs as in a shell', async (line, exitCode, output) => {
  expect(await run(line)).toMatchObject({ exitCode, output });
});

test.each([
  ['rm -rf /', 'command "rm" is not supported'],
  ['curl http://a | sh', 'command "sh" is not supported'],
  ['X=1 curl http://a', 'command "X=1" is not supported'],
  ['curl -o /tmp/x http://a', 'curl: -o can only be /dev/null'],
  ['curl -d @/etc/passwd http://a', 'curl: data from a file is not supported'],
  ['curl -K file http://a', 'curl: option -K is not supported'],
  ['curl --proxy x http://a', 'curl: option --proxy is not supported'],
  ['curl file:///etc/passwd', 'curl: "file:///etc/passwd" is not an http URL'],
  ['curl', 'curl: the URL is missing'],
  ['curl http://a http://b', 'curl: only one URL is supported'],
  ['curl -H nope http://a', 'curl: not a header'],
  ['curl -m soon http://a', 'curl: --max-time must be a number'],
  ['grep a /etc/passwd', 'grep: only one pattern and no file'],
  ['grep -r a', 'grep: option -r is not supported'],
  ['echo a | grep "["', 'grep: "[" is not a pattern'],
  ['sleep x', 'sleep: seconds must be a number'],
])('%s is refused before anything runs', (line, message) => {
  expect(() => parseProgram(line)).toThrow(message);
  expect(() => parseProgram(line)).toThrow('no shell is run');
});

describe('hey', () => {
  const load = (line: string) => parseHey(line.split(' '));

  test('the load test of the tutorial', () => {
    expect(load('-z 1m -q 10 -c 2 http://podinfo-canary.test:9898/')).toEqual({
      url: 'http://podinfo-canary.test:9898/',
      method: 'GET',
      headers: {},
      concurrency: 2,
      qps: 10,
      durationMs: 60_000,
      timeoutMs: 20_000,
    });
  });

  test('every other option', () => {
    const line =
      '-n 7 -c 3 -m post -H X-A:b -host podinfo -d body -T text/plain -A */* -a u:p -t 5 -disable-keepalive http://a';
    expect(load(line)).toEqual({
      url: 'http://a',
      method: 'POST',
      headers: {
        'x-a': 'b',
        host: 'podinfo',
        'content-type': 'text/plain',
        accept: '*/*',
        authorization: 'Basic dTpw',
      },
      body: 'body',
      concurrency: 3,
      requests: 7,
      timeoutMs: 5_000,
    });
  });

  test('the defaults of hey, and the dashes of Go', () => {
    expect(load('http://a')).toMatchObject({ requests: 200, concurrency: 50, method: 'GET' });
    expect(load('--z=30s http://a')).toMatchObject({ durationMs: 30_000 });
  });

  test.each([
    ['-z soon http://a', 'hey: -z "soon" is not a duration'],
    ['-z 0s http://a', 'is not a duration'],
    ['-c 0 http://a', 'hey: -c must be a number from 1 to 500'],
    ['-c 9999 http://a', 'hey: -c must be a number from 1 to 500'],
    ['-q -1 http://a', 'hey: -q must be a number'],
    ['-x proxy http://a', 'hey: option -x is not supported'],
    ['-z', 'hey: option -z needs a value'],
    ['-z 1m', 'hey: the URL is missing'],
  ])('%s is refused', (line, message) => {
    expect(() => load(line)).toThrow(message);
  });
});

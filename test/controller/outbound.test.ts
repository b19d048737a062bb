/** Where what people write into objects may send the controller. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Endpoint } from '../../controller/analysis/endpoint';
import { flagsHelp, outboundRules, parseFlags } from '../../controller/flags';
import { callWebhook } from '../../controller/gates/call-webhook';
import { type ClosableHttp, undiciHttp } from '../../controller/http';
import { Outbound } from '../../controller/outbound';
import { ManualClock } from './gates/manual-clock';
import { inTurn } from './gates/scripted-http';

const rulesOf = (...args: string[]) => new Outbound(outboundRules(parseFlags(args), 'https://10.96.0.1:443'));
const localText = (host: string) => `${host} is a local address, and --deny-local-addresses is set`;

test('without flags everything is allowed, as in the reference', () => {
  const outbound = rulesOf();
  for (const url of ['http://169.254.169.254/', 'http://localhost/', 'http://anything.test/']) {
    expect(outbound.refusal(url)).toBeUndefined();
  }
  expect(outbound.lookup()).toBeUndefined();
});

test.each([
  ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
  ['http://2852039166/', '169.254.169.254'],
  ['http://0xa9fea9fe/', '169.254.169.254'],
  ['http://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
  ['http://[fd00:ec2::254]/', 'fd00:ec2::254'],
  ['http://100.100.100.200/', '100.100.100.200'],
  ['http://[fe80::1]:9090/', 'fe80::1'],
  ['http://127.0.0.1:8080/', '127.0.0.1'],
  ['http://127.1/', '127.0.0.1'],
  ['http://[::1]/', '::1'],
  ['http://0.0.0.0/', '0.0.0.0'],
  ['http://localhost:8080/', 'localhost'],
  ['http://a.localhost/', 'a.localhost'],
  ['ws://127.0.0.1/', '127.0.0.1'],
])('--deny-local-addresses refuses %s', (url, host) => {
  expect(rulesOf('--deny-local-addresses').refusal(url)).toBe(localText(host));
});

test('--deny-local-addresses lets others pass, and what the flags themselves name', () => {
  const outbound = rulesOf('--deny-local-addresses', '--metrics-server=http://localhost:9090');
  for (const url of [
    'http://10.0.0.7/',
    'http://prometheus:9090/',
    'http://localhost:9090/api',
    'https://10.96.0.1/',
  ]) {
    expect(outbound.refusal(url)).toBeUndefined();
  }
  expect(outbound.refusal('http://localhost:9091/')).toBe(localText('localhost'));
});

test.each([
  ['http://loadtester.test/', true],
  ['http://prometheus.monitoring:9090/', true],
  ['https://hooks.example.com/x', true],
  ['http://10.1.2.3/', true],
  ['http://11.1.2.3/', false],
  ['http://evilexample.com/', false],
  ['http://loadtester.test.evil.org/', false],
  ['http://169.254.169.254/', false],
])('--allowed-hosts and %s: %s', (url, allowed) => {
  const outbound = rulesOf('--allowed-hosts', 'loadtester.test, .example.com,10.0.0.0/8,prometheus.monitoring:9090');
  const host = new URL(url).hostname;
  expect(outbound.refusal(url)).toBe(allowed ? undefined : `${host} is not one of --allowed-hosts`);
});

test('a refused webhook says why, and nothing is sent; a proxy is an address too', async () => {
  const { http, requests } = inTurn({ status: 200 });
  const guarded = rulesOf('--deny-local-addresses').http(http);
  const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
  const webhook = { name: 'g', url: 'http://169.254.169.254/' };
  expect(await callWebhook(guarded, new ManualClock(), webhook, payload)).toEqual({
    passed: false,
    error: `POST http://169.254.169.254/ giving up after 1 attempt(s): Post "http://169.254.169.254/": ${localText('169.254.169.254')}`,
  });
  const proxied = guarded({ method: 'POST', url: 'http://chat.test/', proxy: 'http://127.0.0.1:3128' });
  await expect(proxied).rejects.toMatchObject({ code: 'EDENIED', message: localText('127.0.0.1') });
  expect(requests).toEqual([]);
});

test('a refused WebSocket is not opened', async () => {
  const opened: string[] = [];
  const open = rulesOf('--deny-local-addresses').socket(async (url) => {
    opened.push(url);
    throw new Error('opened');
  });
  await expect(open('ws://127.0.0.1/')).rejects.toMatchObject({ code: 'EDENIED' });
  expect(opened).toEqual([]);
});

test('the help names both flags', () => {
  expect(flagsHelp()).toMatch(/--allowed-hosts TEXT .*\n +--deny-local-addresses /);
});

describe('over real connections', () => {
  const clients: ClosableHttp[] = [];
  const asked: string[] = [];
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.headers.host}${request.url} ${request.headers.authorization ?? '-'}`);
      if (request.url === '/endless') {
        const more = () => {
          while (response.write('x'.repeat(64 * 1024))) if (response.destroyed) return;
        };
        response.on('drain', more);
        more();
      } else if (request.url === '/other-port') {
        response.writeHead(307, { location: `http://127.0.0.1:1/` }).end('moved');
      } else if (request.url === '/other-host') {
        response.writeHead(307, { location: `http://localhost:${port}/taken` }).end('moved');
      } else if (request.url === '/here') {
        response.writeHead(307, { location: '/taken' }).end('m'.repeat(100_000));
      } else response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(() => {
    asked.length = 0;
  });

  const client = (lookup?: LookupFunction) => {
    const http = undiciHttp(lookup ? { lookup } : {});
    clients.push(http);
    return http;
  };

  test('a name that leads to a local address is refused where it is connected to', async () => {
    const toLoopback: LookupFunction = (_host, options, answer) => {
      if (options.all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
      else answer(null, '127.0.0.1', 4);
    };
    const rules = rulesOf('--deny-local-addresses');
    const http = rules.http(client(rules.lookup(toLoopback)));
    await expect(http({ method: 'GET', url: `http://rebound.test:${port}/` })).rejects.toMatchObject({
      code: 'EDENIED',
      message: expect.stringContaining('rebound.test is 127.0.0.1, which is a local address'),
    });
    expect(asked).toEqual([]);
    const trusting = rulesOf('--deny-local-addresses', `--metrics-server=http://rebound.test:${port}`);
    const answer = await trusting.http(client(trusting.lookup(toLoopback)))({
      method: 'GET',
      url: `http://rebound.test:${port}/`,
    });
    expect(await answer.text()).toBe('ok');
  });

  test('a body without end is cut off where its reader has enough', async () => {
    const http = client();
    const short = await http({ method: 'GET', url: `http://127.0.0.1:${port}/endless` });
    expect(await short.text(100_000)).toHaveLength(100_000);
    const webhook = { name: 'g', url: `http://127.0.0.1:${port}/endless`, timeout: '20s' };
    const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
    const answer = await callWebhook(http, new ManualClock(), webhook, payload);
    expect(answer).toMatchObject({ passed: true });
    expect(answer.passed && answer.body.length).toBe(64 * 1024);
    const endpoint = new Endpoint(http, new ManualClock(), { address: `http://127.0.0.1:${port}` });
    await expect(endpoint.ask({ path: '/endless' })).rejects.toThrow('the answer is larger than 4194304 bytes');
  });

  test.each(['/other-port', '/other-host'])(
    'a redirect to %s is not followed, and takes no credentials along',
    async (path) => {
      const http = client();
      const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
      const url = `http://user:SENTINEL@127.0.0.1:${port}${path}`;
      const answer = await callWebhook(http, new ManualClock(), { name: 'g', url }, payload);
      expect(answer).toMatchObject({ passed: false, error: expect.stringContaining('another host is not followed') });
      expect(JSON.stringify(answer)).not.toContain('SENTINEL');
      const endpoint = new Endpoint(http, new ManualClock(), { address: `http://127.0.0.1:${port}` });
      const headers = { authorization: 'Bearer SENTINEL' };
      await expect(endpoint.ask({ path, headers })).rejects.toThrow('which is not followed');
      expect(asked).toHaveLength(2);
    },
  );

  test('a redirect on the same server is followed', async () => {
    const http = client();
    const endpoint = new Endpoint(http, new ManualClock(), { address: `http://127.0.0.1:${port}` });
    expect(await endpoint.ask({ path: '/here', headers: { authorization: 'Bearer t' } })).toMatchObject({ body: 'ok' });
    expect(asked).toEqual([`127.0.0.1:${port}/here Bearer t`, `127.0.0.1:${port}/taken Bearer t`]);
  });
});

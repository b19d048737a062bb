import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Prometheus } from '../../../controller/analysis/prometheus';
import { realClock } from '../../../controller/clock';
import { callWebhook } from '../../../controller/gates/call-webhook';
import { undiciHttp } from '../../../controller/http';

const http = undiciHttp();
const clock = realClock();
const PAYLOAD = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '' };
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/hangs') return;
    if (request.url?.startsWith('/api/v1/query')) {
      response.end('{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"42"]}]}}');
    } else if (request.url === '/moved') response.writeHead(307, { location: '/gate' }).end();
    else request.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const call = (url: string, timeout = '5s') => callWebhook(http, clock, { name: 'g', url, timeout }, PAYLOAD);

test('a webhook over real HTTP, redirected once', async () => {
  expect(await call(`${base}/moved`)).toEqual({ passed: true, body: JSON.stringify(PAYLOAD) });
});

test('refused and hanging, in the words of the contract', async () => {
  const closed = 'http://127.0.0.1:1/';
  expect(await call(closed)).toEqual({
    passed: false,
    error: `POST ${closed} giving up after 1 attempt(s): Post "${closed}": dial tcp 127.0.0.1:1: connect: connection refused`,
  });
  const hangs = `${base}/hangs`;
  expect(await call(hangs, '50ms')).toEqual({
    passed: false,
    error: `POST ${hangs} giving up after 1 attempt(s): Post "${hangs}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
});

test('a Prometheus over real HTTP', async () => {
  expect(await new Prometheus(http, clock, { address: base }).query('up')).toBe(42);
  await expect(new Prometheus(http, clock, { address: 'http://127.0.0.1:1' }).query('up')).rejects.toThrow(
    'request to http://127.0.0.1:1 failed: connection refused',
  );
});

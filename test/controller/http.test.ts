import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { type ClosableHttp, undiciHttp } from '../../controller/http';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
const clients: ClosableHttp[] = [];

async function serve(handler: Handler, tls?: { key: string; cert: string }) {
  const server = tls ? createTlsServer(tls, handler) : createServer(handler);
  const sockets = new Set<Socket>();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, sockets, server };
}

function client(options?: Parameters<typeof undiciHttp>[0]): ClosableHttp {
  const http = undiciHttp(options);
  clients.push(http);
  return http;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((http) => http.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

test('sends method, path, headers and body, and reads status, headers and text', async () => {
  const seen: string[] = [];
  const { url } = await serve((request, response) => {
    request.on('data', (chunk) => seen.push(String(chunk)));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['x-one']}`);
      response.writeHead(201, { 'X-Two': ['a', 'b'] }).end('grüß');
    });
  });
  const response = await client()({ method: 'POST', url: `${url}/a?b=c`, headers: { 'x-one': '1' }, body: 'hello' });
  expect(seen).toEqual(['hello', 'POST /a?b=c 1']);
  expect(response.status).toBe(201);
  expect(response.headers['x-two']).toBe('a, b');
  expect(await response.text()).toBe('grüß');
});

test('keeps connections: many requests in a row need two at most', async () => {
  const { url, sockets } = await serve((_, response) => response.end('ok'));
  const http = client();
  for (let i = 0; i < 20; i++) await (await http({ method: 'GET', url })).text();
  // The pool opens a second one when the first has not yet finished its turn.
  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('a server that does not answer in time is ETIMEDOUT', async () => {
  const { url } = await serve(() => {});
  await expect(client()({ method: 'GET', url, timeoutMs: 20 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});

test('an answer that came in time counts, also when nobody could look at it before the time was over', async () => {
  const { url } = await serve((_, response) => {
    response.end('ok');
    const until = performance.now() + 100;
    while (performance.now() < until);
  });
  const response = await client()({ method: 'GET', url, timeoutMs: 50 });
  expect(await response.text()).toBe('ok');
});

test('the time limit ends with the headers, a slow body may follow', async () => {
  const { url } = await serve((_, response) => {
    response.write('a');
    setTimeout(() => response.end('b'), 60);
  });
  const response = await client()({ method: 'GET', url, timeoutMs: 40 });
  expect(await response.text()).toBe('ab');
});

test('nobody listening is ECONNREFUSED', async () => {
  const { url, server } = await serve(() => {});
  servers.splice(servers.indexOf(server), 1);
  server.close();
  await once(server, 'close');
  await expect(client()({ method: 'GET', url })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a connection that dies is ECONNRESET, before and inside the body', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/early') return request.socket.destroy();
    response.write('some');
    setTimeout(() => request.socket.destroy(), 10);
  });
  await expect(client()({ method: 'GET', url: `${url}/early` })).rejects.toMatchObject({ code: 'ECONNRESET' });
  const response = await client()({ method: 'GET', url: `${url}/late` });
  await expect(response.text()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('an abort ends a request that waits, and one whose lines are being read', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/stream') response.write('one\n');
  });
  const http = client();
  const waiting = new AbortController();
  const answer = http({ method: 'GET', url, signal: waiting.signal });
  waiting.abort();
  await expect(answer).rejects.toMatchObject({ code: 'EABORTED' });
  const reading = new AbortController();
  const stream = await http({ method: 'GET', url: `${url}/stream`, signal: reading.signal });
  const read = async () => {
    for await (const line of stream.lines()) if (line === 'one') reading.abort();
  };
  await expect(read()).rejects.toMatchObject({ code: 'EABORTED' });
});

test('an aborted answer that nobody reads harms nobody', async () => {
  const { url } = await serve((_, response) => response.write('never ending'));
  const abort = new AbortController();
  const response = await client()({ method: 'GET', url, signal: abort.signal });
  abort.abort();
  await expect(response.text()).rejects.toMatchObject({ code: 'EABORTED' });
});

test('lines arrive as they are sent, cut anywhere, the last one without its end', async () => {
  const bytes = Buffer.from('eins\nzwölf\n\nlast');
  const { url } = await serve(async (_, response) => {
    for (const byte of bytes) {
      response.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    response.end();
  });
  const response = await client()({ method: 'GET', url });
  const lines: string[] = [];
  for await (const line of response.lines()) lines.push(line);
  expect(lines).toEqual(['eins', 'zwölf', '', 'last']);
});

test('a long answer that nobody reads yet waits, and comes whole, as text and as lines', async () => {
  const line = `${'x'.repeat(1023)}\n`;
  const { url } = await serve((_, response) => response.end(line.repeat(4096)));
  const http = client();
  const [whole, parts] = await Promise.all([http({ method: 'GET', url }), http({ method: 'GET', url })]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await whole.text()).toHaveLength(4096 * 1024);
  let lines = 0;
  for await (const part of parts.lines()) {
    if (part.length === 1023) lines += 1;
    if (lines % 1000 === 0) await new Promise(setImmediate);
  }
  expect(lines).toBe(4096);
});

test('leaving the loop over lines closes the connection', async () => {
  const { url, sockets } = await serve((_, response) => response.write('one\ntwo\n'));
  const response = await client()({ method: 'GET', url });
  const [socket] = sockets;
  const closed = once(socket!, 'close');
  for await (const line of response.lines()) if (line === 'one') break;
  await closed;
});

test('a body or line over the limit is refused', async () => {
  const { url } = await serve((_, response) => response.end('x'.repeat(2000)));
  const http = client({ bodyLimitBytes: 1000 });
  const body = await http({ method: 'GET', url });
  await expect(body.text()).rejects.toMatchObject({ code: 'EBODYTOOLONG' });
  const stream = await http({ method: 'GET', url });
  await expect(stream.lines()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'EBODYTOOLONG' });
});

test('certificates: an unknown one is refused, its own CA or insecureSkipVerify make it good', async () => {
  const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const { url, sockets } = await serve((_, response) => response.end('ok'), { key: made.private, cert: made.cert });
  const strict = client();
  await expect(strict({ method: 'GET', url })).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const careless = await strict({ method: 'GET', url, insecureSkipVerify: true });
  expect(await careless.text()).toBe('ok');
  const before = sockets.size;
  const trusting = client({ tls: { [url]: { ca: made.cert } } });
  for (let i = 0; i < 20; i++) expect(await (await trusting({ method: 'GET', url })).text()).toBe('ok');
  expect(sockets.size).toBeLessThanOrEqual(before + 2);
});

describe('proxies', () => {
  /** Plain HTTP is forwarded, CONNECT is tunnelled to where `to` says. */
  async function aProxy(to: () => number) {
    const asked: string[] = [];
    const { url, server } = await serve((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      response.end('from the proxy');
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      const upstream = connect(to(), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => {});
    });
    return { url, asked };
  }

  test('plain HTTP goes through the proxy that the request names, with its credentials', async () => {
    const { url, asked } = await aProxy(() => 0);
    const proxy = url.replace('http://', 'http://serin:secret@');
    const response = await client()({ method: 'GET', url: 'http://chat.test/hook', proxy });
    expect(await response.text()).toBe('from the proxy');
    expect(asked).toEqual([`GET http://chat.test/hook Basic ${Buffer.from('serin:secret').toString('base64')}`]);
  });

  test('HTTPS goes through a tunnel and its certificate is checked', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'chat.test' }]);
    const chat = await serve((_, response) => response.end('from the chat'), { key, cert });
    const port = Number(new URL(chat.url).port);
    const { url: proxy, asked } = await aProxy(() => port);
    const request = { method: 'GET', url: `https://chat.test:${port}/`, proxy };
    const http = client();
    await expect(http(request)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SELF_SIGNED/) });
    expect(await (await http({ ...request, insecureSkipVerify: true })).text()).toBe('from the chat');
    expect(asked).toEqual([`CONNECT chat.test:${port}`, `CONNECT chat.test:${port}`]);
  });

  test('the environment says which proxy serves the requests that name none', async () => {
    const { url: proxy, asked } = await aProxy(() => 0);
    const { url: direct } = await serve((_, response) => response.end('direct'));
    const http = client({ proxyFor: (url) => (url.hostname === 'chat.test' ? proxy : undefined) });
    expect(await (await http({ method: 'GET', url: 'http://chat.test/' })).text()).toBe('from the proxy');
    expect(await (await http({ method: 'GET', url: direct })).text()).toBe('direct');
    expect(asked).toHaveLength(1);
  });

  test('a proxy that is down or no URL is an error that does not tell its password', async () => {
    const down = { method: 'GET', url: 'http://chat.test/', proxy: 'http://serin:secret@127.0.0.1:1' };
    const error = await client()(down).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', message: expect.not.stringContaining('secret') });
    const http = client();
    await expect(http({ ...down, proxy: 'serin:secret' })).rejects.toMatchObject({ code: 'EPROXY' });
  });
});

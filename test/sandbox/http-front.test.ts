import { request as httpsRequest } from 'node:https';
import type { Http } from '../../model/ports';
import { type HttpFront, serveHttp } from '../../sandbox/http-front';
import { kubeconfigText } from '../../sandbox/kubeconfig';

const MIB = 1024 * 1024;

/** Repeats what it was sent; `/lines` streams two lines and waits; `/broken` fails. */
function echo(ended: () => void): Http {
  return async ({ method, url, headers, body, signal }) => {
    const { pathname } = new URL(url);
    if (pathname === '/broken') throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    if (pathname === '/lines') {
      signal?.addEventListener('abort', ended);
      async function* lines() {
        yield 'one';
        yield 'two';
        await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      }
      return { status: 200, headers: {}, text: async () => '', lines };
    }
    const text = JSON.stringify({ method, pathname, type: headers?.['content-type'], size: body?.length });
    const length = String(Buffer.byteLength(text));
    return { status: 200, headers: { 'content-length': length }, text: async () => text, async *lines() {} };
  };
}

describe('over HTTPS', () => {
  let front: HttpFront;
  let ended: Promise<void>;
  beforeAll(async () => {
    let end = () => {};
    ended = new Promise((resolve) => {
      end = resolve;
    });
    front = await serveHttp(echo(() => end()));
  });
  afterAll(() => front.close());

  /** The first `bytes` of the answer, or all of it; checks the certificate. */
  function send(method: string, path: string, body: string | Buffer = '', enough = Number.POSITIVE_INFINITY) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) };
      const sent = httpsRequest(front.url + path, { method, headers, ca: front.certificate }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
          if (text.length < enough) return;
          resolve({ status: response.statusCode ?? 0, text });
          sent.destroy();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  test('passes requests on', async () => {
    const { status, text } = await send('PUT', '/a?b=c', 'hello');
    expect([status, JSON.parse(text)]).toEqual([200, { method: 'PUT', pathname: '/a', type: 'text/plain', size: 5 }]);
  });

  test('streams lines as they come, and tells when the reader is gone', async () => {
    const { text } = await send('GET', '/lines', '', 'one\ntwo\n'.length);
    expect(text).toBe('one\ntwo\n');
    await ended;
  });

  test('a body of 3 MiB passes, a larger one is 413', async () => {
    expect((await send('POST', '/big', Buffer.alloc(3 * MIB, 'x'))).status).toBe(200);
    const { status, text } = await send('POST', '/big', Buffer.alloc(3 * MIB + 1, 'x'));
    expect([status, JSON.parse(text).reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  test('a connection error of the handler is one for the client', async () => {
    await expect(send('GET', '/broken')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('the kubeconfig names the server and trusts it', () => {
    const text = kubeconfigText(front);
    expect(text).toContain(`server: ${front.url}`);
    expect(text).toContain(Buffer.from(front.certificate ?? '').toString('base64'));
  });
});

test('over HTTP, on the port asked for', async () => {
  const first = await serveHttp(
    echo(() => {}),
    { scheme: 'http' },
  );
  const port = Number(new URL(first.url).port);
  await expect(
    serveHttp(
      echo(() => {}),
      { scheme: 'http', port },
    ),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect((await fetch(`${first.url}/x`)).status).toBe(200);
  await first.close();
});

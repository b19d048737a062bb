/** Serves an in-process HTTP handler on a real port, so that kubectl and other programs can reach the sandbox. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import type { Http, HttpResponse } from '../model/ports';
import { objectFromProtobuf } from './protobuf';

/** The limit of real API servers for a request body. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
const MAX_DRAINED_BYTES = 16 * MAX_BODY_BYTES;

export interface FrontOptions {
  /** 0 takes any free port. @default 0 */
  port?: number;
  /** HTTPS with a certificate of its own, or plain HTTP. @default 'https' */
  scheme?: 'http' | 'https';
}

export interface HttpFront {
  /** For example `https://127.0.0.1:40123`. */
  url: string;
  /** PEM of the certificate, for HTTPS. */
  certificate?: string;
  /** What listens: for counting and breaking connections. */
  server: Server;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only. @throws Error with a `code` (`EADDRINUSE`, …) */
export async function serveHttp(handle: Http, { port = 0, scheme = 'https' }: FrontOptions = {}): Promise<HttpFront> {
  const listener = (request: IncomingMessage, reply: ServerResponse) => void answer(handle, scheme, request, reply);
  const pems = scheme === 'https' ? await selfSigned() : undefined;
  const server = pems
    ? createHttpsServer({ key: pems.private, cert: pems.cert }, listener)
    : createHttpServer(listener);
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${bound}`,
    ...(pems && { certificate: pems.cert }),
    server,
    close: () => stop(server),
  };
}

function selfSigned() {
  return generate([{ name: 'commonName', value: 'serin-sandbox' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(handle: Http, scheme: string, request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const gone = new AbortController();
  reply.on('close', () => gone.abort());
  try {
    const bytes = await readBody(request);
    if (bytes === undefined) return refuse(reply);
    const response = await handle({
      method: request.method ?? 'GET',
      url: `${scheme}://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`,
      ...asJson(headersOf(request), bytes),
      signal: gone.signal,
    });
    await send(response, reply);
  } catch {
    request.socket.destroy();
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

/** Protobuf bodies become JSON when they can be read; the handler refuses the others. */
function asJson(headers: Record<string, string>, bytes: Buffer): { headers: Record<string, string>; body: string } {
  const isProtobuf = headers['content-type']?.startsWith('application/vnd.kubernetes.protobuf');
  const object = isProtobuf ? objectFromProtobuf(bytes) : undefined;
  if (!object) return { headers, body: bytes.toString('utf8') };
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(object) };
}

/** undefined when the body is too large; it is read to its end all the same, or the client would miss the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_DRAINED_BYTES) throw new Error('the body does not end');
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  return Buffer.concat(chunks);
}

function refuse(reply: ServerResponse): void {
  const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'RequestEntityTooLarge',
    code: 413,
  };
  reply.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
  reply.end(JSON.stringify(body));
}

async function send(response: HttpResponse, reply: ServerResponse): Promise<void> {
  reply.writeHead(response.status, response.headers);
  if (response.headers['content-length'] !== undefined) {
    reply.end(await response.text());
    return;
  }
  reply.flushHeaders();
  for await (const line of response.lines()) {
    if (!reply.write(`${line}\n`) && !reply.destroyed) await drained(reply);
  }
  reply.end();
}

function drained(reply: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      reply.off('drain', done);
      reply.off('close', done);
      resolve();
    };
    reply.once('drain', done);
    reply.once('close', done);
  });
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Http, HttpRequest } from '../model/ports';

const READ_TIMEOUT_MS = 15_000;
const DRAIN_MS = 3_000;

export interface Listening {
  port: number;
  /** Lets answers under way finish for 3 s, then cuts them off. */
  close(): Promise<void>;
}

export interface ServeOptions {
  handle: Http;
  clock: Clock;
  maxBodyBytes: number;
}

/**
 * Puts an in-process handler behind plain HTTP. A client that goes away aborts its request.
 * @throws Error with the code of the system, `EADDRINUSE` for example.
 */
export function serveHttp(options: ServeOptions, port: number, host: string): Promise<Listening> {
  const server = createServer(
    { requestTimeout: READ_TIMEOUT_MS, headersTimeout: READ_TIMEOUT_MS },
    (request, response) => {
      void respond(options, request, response);
    },
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { port: bound } = server.address() as AddressInfo;
      resolve({ port: bound, close: () => closeServer(server, options.clock) });
    });
  });
}

async function respond(options: ServeOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const body = await readBody(request, options.maxBodyBytes);
    if (body === undefined) return end(response, 413, 'Payload Too Large', { connection: 'close' });
    const answer = await options.handle(message(request, body, gone.signal));
    end(response, answer.status, await answer.text(), answer.headers);
  } catch (error) {
    if (!response.headersSent) end(response, 500, (error as Error).message, {});
  }
}

function message(request: IncomingMessage, body: string, signal: AbortSignal): HttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  // only the path is used; what a client writes as its host must not break the URL
  const path = URL.canParse(request.url ?? '', 'http://loadtester') ? (request.url ?? '/') : '/';
  return { method: request.method ?? 'GET', url: new URL(path, 'http://loadtester').href, headers, body, signal };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // destroying the request would take the answer with it
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function end(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  if (response.destroyed) return;
  response.writeHead(status, headers).end(body);
}

function closeServer(server: Server, clock: Clock): Promise<void> {
  const cutOff = clock.after(DRAIN_MS, () => server.closeAllConnections());
  return new Promise((resolve) => {
    server.close(() => {
      cutOff.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}

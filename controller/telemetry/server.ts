import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../model/ports';

const READ_TIMEOUT_MS = 5_000;
const WRITE_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 15_000;
/** How long `stop` waits for answers that are being written. */
const DRAIN_MS = 3_000;

/** `reason` says what is too old or missing. */
export type Health = { ok: true } | { ok: false; reason: string };

export interface TelemetryServerOptions {
  clock: Clock;
  /** The text of `/metrics`. */
  exposition(): Promise<string>;
  /** Liveness: is the loop turning, are the caches fresh (C44)? */
  health(): Health;
  /** Readiness: are the caches filled? */
  ready(): Health;
}

/** `/metrics`, `/healthz` and `/readyz` over HTTP. */
export class TelemetryServer {
  private readonly server: Server;

  constructor(private readonly options: TelemetryServerOptions) {
    this.server = createServer(
      {
        requestTimeout: READ_TIMEOUT_MS,
        headersTimeout: READ_TIMEOUT_MS,
        keepAliveTimeout: IDLE_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => void this.answer(request, response),
    );
    this.server.setTimeout(WRITE_TIMEOUT_MS);
  }

  /**
   * @param port 0 takes a free one.
   * @returns the port it listens on.
   * @throws Error with the code of the system, `EADDRINUSE` for example.
   */
  start(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** Lets answers under way finish for 3 s, then cuts them off. */
  stop(): Promise<void> {
    if (!this.server.listening) return Promise.resolve();
    const cutOff = this.options.clock.after(DRAIN_MS, () => this.server.closeAllConnections());
    return new Promise((resolve) => {
      this.server.close(() => {
        cutOff.cancel();
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'method not allowed');
    if (path === '/healthz') return sendHealth(response, this.options.health());
    if (path === '/readyz') return sendHealth(response, this.options.ready());
    if (path !== '/metrics') return send(response, 404, 'not found');
    try {
      send(response, 200, await this.options.exposition(), 'text/plain; version=0.0.4; charset=utf-8');
    } catch (error) {
      send(response, 500, (error as Error).message);
    }
  }
}

function sendHealth(response: ServerResponse, health: Health): void {
  if (health.ok) send(response, 200, 'OK');
  else send(response, 500, health.reason);
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

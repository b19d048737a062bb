/** A metric vendor on this machine: what it is asked is kept, what it answers is the test's. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MetricAsker, type MetricAskerOptions } from '../../../controller/analysis/metric-asker';
import { type ClosableHttp, undiciHttp } from '../../../controller/http';
import { webSocket } from '../../../controller/socket';
import type { MetricTemplate } from '../../../model/canary';
import type { Clock, Http, Timer } from '../../../model/ports';
import { aTemplate, aTemplateQuestion, VARIABLES } from './questions';

export interface Asked {
  method: string;
  /** Path without query. */
  path: string;
  search: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  /** As the provider wrote it, before it was led to this machine. */
  origin: string;
}

export type Answer = { status?: number; body?: string; headers?: Record<string, string> } | 'hangs';

export const NOW = Date.UTC(2026, 0, 1, 12);

/** Stands still. Deadlines pass when the test says so. */
export class StillClock implements Clock {
  private readonly tasks = new Set<() => void>();

  now = () => NOW;

  after(_ms: number, task: () => void): Timer {
    this.tasks.add(task);
    return { cancel: () => this.tasks.delete(task) };
  }

  /** Everything that waits for time is due. */
  expire(): void {
    for (const task of [...this.tasks]) {
      this.tasks.delete(task);
      task();
    }
  }

  get pending(): number {
    return this.tasks.size;
  }
}

/** A server and a network that leads every request to it. */
export class VendorServer {
  readonly asked: Asked[] = [];
  readonly clock = new StillClock();
  answer: (asked: Asked) => Answer = () => ({ status: 500, body: 'the test has no answer' });
  /** Of the server itself. */
  address = '';
  private readonly network: ClosableHttp = undiciHttp();
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', this.address);
      const asked = {
        method: request.method ?? '',
        path: url.pathname,
        search: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        origin: String(request.headers['x-origin']),
      };
      this.asked.push(asked);
      const answer = this.answer(asked);
      if (answer === 'hangs') this.clock.expire();
      else response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? '');
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.address = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.network.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Every host is this server; the host that was meant is kept. */
  readonly http: Http = (request) => {
    const url = new URL(request.url);
    const here = `${this.address}${url.pathname}${url.search}`;
    return this.network({ ...request, url: here, headers: { ...request.headers, 'x-origin': url.origin } });
  };

  /** Nobody listens. */
  readonly down: Http = (request) => {
    const { pathname, search } = new URL(request.url);
    return this.network({ ...request, url: `http://127.0.0.1:1${pathname}${search}` });
  };

  measure(query: string, provider: Provider, secret?: Record<string, string>, more: More = {}) {
    const { interval = '1m', ...options } = more;
    const question = aTemplateQuestion(aTemplate(query, withSecret(provider, secret)), {
      variables: { ...VARIABLES, interval },
    });
    return this.asker(secret, options).measure(question);
  }

  probe(provider: Provider, secret?: Record<string, string>, more: More = {}) {
    return this.asker(secret, more).probe([aTemplateQuestion(aTemplate('x', withSecret(provider, secret)))]);
  }

  private asker(secret: Record<string, string> | undefined, options: Partial<MetricAskerOptions>): MetricAsker {
    this.asked.length = 0;
    return new MetricAsker({
      http: this.http,
      clock: this.clock,
      secret: async () => secret,
      openSocket: webSocket,
      ...options,
    });
  }
}

type Provider = Partial<MetricTemplate['spec']['provider']>;
type More = Partial<MetricAskerOptions> & { interval?: string };

/** Without an address unless one is given: the vendor's own. */
function withSecret(provider: Provider, secret: Record<string, string> | undefined): Provider {
  return { address: '', ...provider, ...(secret && { secretRef: { name: 'keys' } }) };
}

export const json = (value: unknown): Answer => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

export const failed = (why: string) => ({
  outcome: 'error',
  reason: 'QueryFailed',
  message: expect.stringContaining(`Metric query failed for error rate: ${why}`),
});

export const refused = (type: string, why: string) => ({
  outcome: 'error',
  reason: 'ProviderInvalid',
  message: `Metric template errors.monitoring provider ${type} error: ${why}`,
});

export const nothing = {
  outcome: 'noData',
  message: 'Halt advancement no values found for custom metric: error rate: no values found',
};

export const value = (number: number) => ({ outcome: 'value', value: number });

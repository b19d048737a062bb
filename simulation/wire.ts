/** Everything that one process sends and hears, and what goes wrong on the way. */
import type { Clock, Http, HttpRequest, HttpResponse } from '../model/ports';
import { connectionError } from '../sandbox/api/connection-error';
import { API_SERVER_URL } from '../sandbox/world';
import { WatchTap } from './watch-tap';

/** What a request is to the controller. */
export type Port = 'api' | 'metrics' | 'hooks';

/** One request and what it met. */
export interface Sent {
  request: HttpRequest;
  port: Port;
  write: boolean;
}

/** Trouble for one request. */
export interface Trouble {
  delayMs?: number;
  /** The effect takes place at once, its answer comes that much later. */
  answerMs?: number;
  /** The effect takes place twice; the second answer counts. */
  twice?: boolean;
  /** No effect: this answer, or a connection error of this code. */
  before?: HttpResponse | string;
  /** The effect takes place, and this is said instead. */
  after?: HttpResponse | string;
  /** The process ends: before the request leaves, or before its answer comes. */
  dies?: 'before' | 'after';
}

export interface WireOptions {
  clock: Clock;
  http: Http;
  /** Which trouble this request meets, if any. */
  trouble(sent: Sent): Trouble | undefined;
  /** Told of every answer of the other side, also of those that do not arrive. */
  answered(sent: Sent, response: HttpResponse, text: string): void;
  die(): void;
}

const NEVER = new Promise<never>(() => undefined);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export class Wire {
  readonly taps = new Set<WatchTap>();
  /** Lists as they were at some moment, by URL: served instead of the present ones. */
  past: Map<string, string> | undefined;
  private dead = false;
  /** Until when nothing is heard. */
  private thawsMs = 0;
  /** The lists that this process asked for, by URL. */
  private readonly lists = new Map<string, HttpRequest>();
  private readonly open = new Set<AbortController>();

  constructor(private readonly options: WireOptions) {}

  /** The process is gone: nothing leaves and nothing arrives any more. */
  cut(): void {
    this.dead = true;
    for (const one of this.open) one.abort();
    this.taps.clear();
  }

  /** For so long nothing arrives; what the other side does meanwhile comes afterwards. */
  freeze(ms: number): void {
    const { clock } = this.options;
    this.thawsMs = clock.now() + ms;
    for (const tap of this.taps) tap.delay(ms);
    clock.after(ms, () => {
      for (const tap of this.taps) tap.delay(0);
    });
  }

  readonly send: Http = async (request) => {
    if (this.dead) return NEVER;
    const sent = sentOf(request);
    const trouble = this.options.trouble(sent) ?? {};
    if (trouble.delayMs) await this.wait(trouble.delayMs, request);
    if (trouble.dies === 'before') this.options.die();
    if (this.dead) return NEVER;
    if (trouble.before) return said(trouble.before);
    if (isWatch(request)) return this.watch(request);
    const response = await this.effect(sent, trouble);
    if (trouble.dies === 'after') this.options.die();
    if (!this.dead && trouble.answerMs) await this.wait(trouble.answerMs, request);
    const frozenMs = this.thawsMs - this.options.clock.now();
    if (frozenMs > 0) await new Promise<void>((resolve) => this.options.clock.after(frozenMs, resolve));
    if (this.dead) return NEVER;
    return trouble.after ? said(trouble.after) : response;
  };

  /** What its lists would hold at this moment. */
  async snapshot(): Promise<Map<string, string>> {
    const entries = [...this.lists].map(async ([url, { headers, method }]): Promise<[string, string]> => {
      const response = await this.options.http({ url, method, ...(headers && { headers }) });
      return [url, await response.text()];
    });
    return new Map(await Promise.all(entries));
  }

  private async effect(sent: Sent, { twice }: Trouble): Promise<HttpResponse> {
    if (sent.port === 'api' && isList(sent.request)) this.lists.set(sent.request.url, sent.request);
    const past = this.past?.get(sent.request.url);
    if (past !== undefined) return answer(200, past);
    const first = await this.exchange(sent);
    return twice ? this.exchange(sent) : first;
  }

  private async exchange(sent: Sent): Promise<HttpResponse> {
    const response = await this.options.http(sent.request);
    const text = await response.text();
    this.options.answered(sent, response, text);
    return { ...answer(response.status, text), headers: response.headers };
  }

  private async watch(request: HttpRequest): Promise<HttpResponse> {
    const connection = new AbortController();
    const end = () => connection.abort();
    request.signal?.addEventListener('abort', end);
    if (request.signal?.aborted) end();
    this.open.add(connection);
    const response = await this.options.http({ ...request, signal: connection.signal });
    if (response.status !== 200) return response;
    const tap = new WatchTap(this.options.clock, response.lines(), () => {
      this.taps.delete(tap);
      this.open.delete(connection);
      end();
    });
    this.taps.add(tap);
    return { ...response, lines: () => tap };
  }

  /** As long as the trouble lasts, or the client waits. */
  private wait(ms: number, { signal, timeoutMs = Number.POSITIVE_INFINITY }: HttpRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const waits = Math.min(ms, timeoutMs);
      const timer = this.options.clock.after(waits, () =>
        waits < ms ? reject(connectionError('ETIMEDOUT')) : resolve(),
      );
      const abort = () => {
        timer.cancel();
        reject(connectionError('EABORTED'));
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function sentOf(request: HttpRequest): Sent {
  if (request.url.startsWith(API_SERVER_URL)) return { request, port: 'api', write: WRITES.has(request.method) };
  return { request, port: request.url.includes('/api/v1/query') ? 'metrics' : 'hooks', write: false };
}

const isList = ({ method, url }: HttpRequest): boolean => method === 'GET' && url.includes('limit=');
const isWatch = ({ url }: HttpRequest): boolean => url.includes('watch=true');

function said(what: HttpResponse | string): HttpResponse {
  if (typeof what === 'string') throw connectionError(what);
  return what;
}

/** A whole answer in one piece. */
export const answer = (status: number, body: string, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  text: async () => body,
  async *lines() {
    yield body;
  },
});

import type { Clock, Http, HttpResponse, RequestTls } from '../../model/ports';
import { redactedUrl } from '../../model/redaction';
import { isSameServer } from '../../model/same-server';
import { DeadlineExceeded, withDeadline } from './deadline';
import { excerpt } from './excerpt';
import { QueryError } from './metric-provider';

/** One exchange, redirects and body included. */
const TIMEOUT_MS = 5_000;
/** A query that should give one number has no business being larger. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** Of the body that comes with a redirect: read, so that the connection is free again. */
const MAX_REDIRECT_BYTES = 64 * 1024;

export interface EndpointSettings {
  /** Base URL; a path is kept. */
  address: string;
  /** @defaultValue 5000 */
  timeoutMs?: number;
  insecureSkipVerify?: boolean;
  tls?: RequestTls;
}

export interface Exchange {
  /** Below the path of the address, `/api/v1/query` for example. */
  path: string;
  search?: Record<string, string | number> | URLSearchParams;
  /** Names in lower case. */
  headers?: Record<string, string>;
  /** Sent by POST. */
  body?: string;
  /** Statuses beside 2xx that are answers and no errors. */
  answers?: readonly number[];
  /** The reason that a body of an error gives. @defaultValue the body, cut */
  reasonIn?(body: string): string | undefined;
}

export interface ExchangeAnswer {
  status: number;
  body: string;
}

/** A server that is asked by HTTP, within a time and up to a size. */
export class Endpoint {
  /** The address. */
  readonly base: URL;
  private readonly timeoutMs: number;

  /** @throws QueryError with code `BadAddress` when the address is no http(s) URL. */
  constructor(
    private readonly http: Http,
    private readonly clock: Clock,
    private readonly settings: EndpointSettings,
  ) {
    this.base = parseAddress(settings.address);
    this.timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  }

  /**
   * Asks and reads the whole answer.
   * @throws QueryError with code `Unreachable`, `Refused` (a status that is no answer) or `BadAnswer` (too large).
   */
  async ask(exchange: Exchange, outer?: AbortSignal): Promise<ExchangeAnswer> {
    const url = this.urlOf(exchange);
    try {
      return await withDeadline(this.clock, this.timeoutMs, outer, async (signal) => {
        const response = await this.follow(url, exchange, signal);
        return readAnswer(response, exchange);
      });
    } catch (error) {
      throw unreachable(url, error, this.timeoutMs);
    }
  }

  private urlOf({ path, search = {} }: Exchange): URL {
    const url = new URL(this.base);
    url.username = '';
    url.password = '';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
    const pairs = search instanceof URLSearchParams ? search : Object.entries(search);
    for (const [name, value] of pairs) url.searchParams.append(name, String(value));
    return url;
  }

  /** Follows redirects on the same host and port only: the credentials are meant for that server. */
  private async follow(start: URL, exchange: Exchange, signal: AbortSignal): Promise<HttpResponse> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.send(url, exchange, signal);
      const target = response.headers['location'];
      if (response.status < 300 || response.status > 399 || target === undefined) return response;
      await response.text(MAX_REDIRECT_BYTES);
      url = redirected(url, target);
    }
    throw new QueryError('Refused', `stopped after ${MAX_REDIRECTS} redirects`);
  }

  private send(url: URL, { headers = {}, body }: Exchange, signal: AbortSignal): Promise<HttpResponse> {
    const { insecureSkipVerify = false, tls } = this.settings;
    return this.http({
      method: body === undefined ? 'GET' : 'POST',
      url: url.href,
      headers: { accept: 'application/json', ...headers },
      timeoutMs: this.timeoutMs,
      signal,
      insecureSkipVerify,
      ...(body !== undefined && { body }),
      ...(tls && { tls }),
    });
  }
}

/** @throws QueryError with code `Refused` for another server, and for less security. */
function redirected(from: URL, target: string): URL {
  if (!URL.canParse(target, from.href)) throw new QueryError('Refused', 'redirected to something that is no URL');
  const next = new URL(target, from);
  if (isSameServer(from, next)) return next;
  throw new QueryError('Refused', `redirected to ${next.origin}, which is not followed: use that address instead`);
}

/** @throws QueryError with code `BadAddress`. */
export function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new QueryError(
      'BadAddress',
      `the address '${redactedUrl(address)}' is not a URL such as http://prometheus:9090`,
    );
  }
  return url;
}

export function basicAuth(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The error of a request that got no answer; QueryErrors pass. */
export function unreachable(url: URL, error: unknown, timeoutMs: number): QueryError {
  if (error instanceof QueryError) return error;
  const text = `request to ${url.origin} failed: ${reason(error, timeoutMs)}`;
  return new QueryError('Unreachable', text, { cause: error });
}

async function readAnswer(response: HttpResponse, exchange: Exchange): Promise<ExchangeAnswer> {
  const { status } = response;
  const announced = Number(response.headers['content-length'] ?? 0);
  // One byte more tells a body that is too large from one that just fits.
  const body = announced > MAX_ANSWER_BYTES ? undefined : await response.text(MAX_ANSWER_BYTES + 1);
  if (body === undefined || Buffer.byteLength(body) > MAX_ANSWER_BYTES) {
    throw new QueryError('BadAnswer', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
  }
  if ((status < 200 || status > 299) && !exchange.answers?.includes(status)) {
    throw new QueryError('Refused', `error response ${status}: ${exchange.reasonIn?.(body) ?? excerpt(body)}`);
  }
  return { status, body };
}

function reason(error: unknown, timeoutMs: number): string {
  if (error instanceof DeadlineExceeded) return error.message;
  const { message, code } = error as { message?: string; code?: string };
  if (code === 'ETIMEDOUT') return `no answer within ${timeoutMs / 1000}s`;
  if (code === 'ECONNREFUSED') return 'connection refused';
  return message || code || String(error);
}

import type { Clock, Http, HttpResponse } from '../../model/ports';
import { DeadlineExceeded, withDeadline } from './deadline';
import { type MetricProvider, type NoData, QueryError } from './metric-provider';
import { decodeQueryAnswer, errorOf, excerpt } from './prometheus-result';

/** One query, redirects and body included. */
const TIMEOUT_MS = 5_000;
/** An instant query that should give one number has no business being larger. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_REDIRECTS = 5;

export interface PrometheusSettings {
  /** Base URL; a path is kept, `user:password@` becomes basic authentication. */
  address: string;
  /** Added to each request; several values of one name are joined by a comma. */
  headers?: Record<string, string[]>;
  auth?: { token: string } | { username: string; password: string };
  insecureSkipVerify?: boolean;
}

/** Prometheus and whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics). */
export class Prometheus implements MetricProvider {
  private readonly base: URL;

  /** @throws QueryError with code `BadAddress` when the address is no http(s) URL. */
  constructor(
    private readonly http: Http,
    private readonly clock: Clock,
    private readonly settings: PrometheusSettings,
  ) {
    this.base = parseAddress(settings.address);
  }

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const url = this.queryUrl(oneLine(rendered));
    return decodeQueryAnswer(await this.get(url, signal));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    const value = await this.query('vector(1)', signal);
    if (value !== 1) throw new QueryError('BadAnswer', `vector(1) is answered with ${value}`);
  }

  private queryUrl(query: string): URL {
    const url = new URL(this.base);
    url.username = '';
    url.password = '';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
    url.searchParams.set('query', query);
    return url;
  }

  private async get(url: URL, outer: AbortSignal | undefined): Promise<string> {
    try {
      return await withDeadline(this.clock, TIMEOUT_MS, outer, async (signal) => {
        const response = await this.follow(url, signal);
        return readAnswer(response);
      });
    } catch (error) {
      if (error instanceof QueryError) throw error;
      throw new QueryError('Unreachable', `request to ${url.origin} failed: ${reason(error)}`, { cause: error });
    }
  }

  /** Follows redirects on the same host only: the credentials are meant for that host. */
  private async follow(start: URL, signal: AbortSignal): Promise<HttpResponse> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await this.http({
        method: 'GET',
        url: url.href,
        headers: this.headers(),
        timeoutMs: TIMEOUT_MS,
        signal,
        insecureSkipVerify: this.settings.insecureSkipVerify ?? false,
      });
      const target = response.headers['location'];
      if (response.status < 300 || response.status > 399 || target === undefined) return response;
      const next = new URL(target, url);
      if (next.hostname !== url.hostname || (url.protocol === 'https:' && next.protocol !== 'https:')) {
        throw new QueryError(
          'Refused',
          `redirected to ${next.origin}, which is not followed: use that address instead`,
        );
      }
      url = next;
    }
    throw new QueryError('Refused', `stopped after ${MAX_REDIRECTS} redirects`);
  }

  /** Built anew for each request (M5). */
  private headers(): Record<string, string> {
    const headers: Record<string, string> = { accept: 'application/json' };
    for (const [name, values] of Object.entries(this.settings.headers ?? {})) {
      headers[name.toLowerCase()] = values.join(', ');
    }
    const { auth } = this.settings;
    if (auth !== undefined) {
      headers['authorization'] = 'token' in auth ? `Bearer ${auth.token}` : basic(auth.username, auth.password);
    } else if (this.base.username !== '' && headers['authorization'] === undefined) {
      headers['authorization'] = basic(decodeURIComponent(this.base.username), decodeURIComponent(this.base.password));
    }
    return headers;
  }
}

const STRING_OR_COMMENT = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|#[^\n]*/g;

/** Comments must go first: on one line they would swallow the rest of the query. */
function oneLine(query: string): string {
  const bare = query.replace(STRING_OR_COMMENT, (_, string: string | undefined) => string ?? '');
  return bare.replace(/\s+/g, ' ').trim();
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new QueryError('BadAddress', `the address '${address}' is not a URL such as http://prometheus:9090`);
  }
  return url;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function readAnswer(response: HttpResponse): Promise<string> {
  const announced = Number(response.headers['content-length'] ?? 0);
  const body = announced > MAX_ANSWER_BYTES ? undefined : await response.text();
  if (body === undefined || body.length > MAX_ANSWER_BYTES) {
    throw new QueryError('BadAnswer', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
  }
  if (response.status < 200 || response.status > 299) {
    throw new QueryError('Refused', `error response ${response.status}: ${errorOf(body) ?? excerpt(body)}`);
  }
  return body;
}

function reason(error: unknown): string {
  if (error instanceof DeadlineExceeded) return error.message;
  const { message, code } = error as { message?: string; code?: string };
  if (code === 'ETIMEDOUT') return `no answer within ${TIMEOUT_MS / 1000}s`;
  if (code === 'ECONNREFUSED') return 'connection refused';
  return message || code || String(error);
}

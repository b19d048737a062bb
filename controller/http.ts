/** The network: HTTP over kept-alive connections. The only file that opens sockets to others. */
import type { LookupFunction } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Http, HttpRequest, HttpResponse, RequestTls } from '../model/ports';

/** PEM texts; what is absent is Node's default. */
export interface TlsOptions {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  /** Name to check in the certificate instead of the host's. */
  serverName?: string | undefined;
  /** Do not check the server's certificate. */
  insecure?: boolean | undefined;
}

export interface UndiciHttpOptions {
  /** By origin, for example `https://10.0.0.1:443`. */
  tls?: Record<string, TlsOptions>;
  /** Longest body of `text()` and longest line of `lines()`. @default 16777216 */
  bodyLimitBytes?: number;
  /** TCP and TLS handshake. @default 10000 */
  connectTimeoutMs?: number;
  /** The proxy of a request that names none itself (environment-proxy.ts). @default none */
  proxyFor?: (url: URL) => string | undefined;
  /** Looks up names, but for origins with `tls`; may refuse (outbound.ts). @default the system's */
  lookup?: LookupFunction | undefined;
}

/** An {@link Http} that holds connections; `close` ends them, and every request under way. */
export type ClosableHttp = Http & { close(): Promise<void> };

/** How long an unused connection is kept to a server that we are set up for, and to any other. */
const KEEP_KNOWN_MS = 30_000;
/** Short: many servers hang up after five seconds, and a request sent just then is lost. */
const KEEP_OTHERS_MS = 4_000;
/** To one server that is not the API server: the rest queue. */
const MOST_CONNECTIONS = 128;
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Proxies and certificates that are held at the same time: few in practice, but people write them into objects. */
const MAX_SPECIAL = 16;

/**
 * Node's HTTP/2 session was seen to send without end, at hundreds of megabytes a second, after requests on it had been refused and
 * watches cut off. It is no faster here either.
 */
const HTTP_1 = { allowH2: false };

/** HTTP/1.1 with connections kept alive for each origin. Redirects are answers, not followed. */
export function undiciHttp(options: UndiciHttpOptions = {}): ClosableHttp {
  const agents = new Agents(options);
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const cut = new Cut(request);
    try {
      const answer = await agents.of(request).request(asDispatch(request, cut.signal));
      cut.headersArrived();
      answer.body.once('close', () => cut.release());
      // Without a listener an abort before anyone reads the body would end the process.
      answer.body.on('error', () => {});
      return new Answer(answer, options.bodyLimitBytes ?? BODY_LIMIT_BYTES, cut);
    } catch (error) {
      cut.release();
      throw cut.explain(error);
    }
  };
  return Object.assign(send, { close: () => agents.close() });
}

/** Connections by what they have to do with certificates and proxies. */
class Agents {
  private readonly direct = new Map<boolean, Agent>();
  /** Those of a proxy or of certificates of their own, the least recently used one first. */
  private readonly special = new Map<string, Agent | ProxyAgent>();

  constructor(private readonly options: UndiciHttpOptions) {}

  of(request: HttpRequest): Dispatcher {
    const { insecureSkipVerify: insecure = false, tls } = request;
    const url = new URL(request.url);
    // Servers that we are set up for (the API server) are near, and have certificates that only we know.
    const near = this.options.tls?.[url.origin] !== undefined;
    const proxy = request.proxy || (near ? undefined : this.options.proxyFor?.(url));
    if (proxy) {
      const key = JSON.stringify([insecure, proxy, tls]);
      return this.held(key, () => newProxyAgent(this.options, proxy, insecure, tls ?? {}));
    }
    if (tls) return this.held(JSON.stringify([insecure, '', tls]), () => newAgent(this.options, insecure, tls));
    const agent = this.direct.get(insecure) ?? newAgent(this.options, insecure, {});
    this.direct.set(insecure, agent);
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all([...this.direct.values(), ...this.special.values()].map((agent) => agent.destroy()));
  }

  private held(key: string, make: () => Agent | ProxyAgent): Dispatcher {
    const agent = this.special.get(key) ?? make();
    this.special.delete(key);
    this.special.set(key, agent);
    const [oldest] = this.special;
    if (this.special.size > MAX_SPECIAL && oldest) {
      this.special.delete(oldest[0]);
      // Requests under way may end; their result is theirs.
      oldest[1].close().catch(() => {});
    }
    return agent;
  }
}

/** HTTPS goes through a tunnel, plain HTTP as a request to the proxy. @throws Error with code `EPROXY` */
function newProxyAgent(options: UndiciHttpOptions, proxy: string, insecure: boolean, own: RequestTls): ProxyAgent {
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol)) {
    throw coded('EPROXY', 'the proxy is not an http or https URL', undefined);
  }
  const connectTimeout = options.connectTimeoutMs ?? 10_000;
  return new ProxyAgent({
    uri: proxy,
    connectTimeout,
    keepAliveTimeout: KEEP_OTHERS_MS,
    ...HTTP_1,
    requestTls: { ...HTTP_1, ...pems(own), ...(insecure && { rejectUnauthorized: false }) },
  });
}

function newAgent(options: UndiciHttpOptions, insecure: boolean, own: RequestTls): Agent {
  return new Agent({
    factory: (origin, poolOptions) => {
      const known = options.tls?.[new URL(origin).origin];
      const tls: TlsOptions = { ...known, ...own };
      const connect = {
        ...pems(tls),
        ...(tls.serverName ? { servername: tls.serverName } : {}),
        ...(insecure || tls.insecure ? { rejectUnauthorized: false } : {}),
        ...(options.lookup && known === undefined ? { lookup: options.lookup } : {}),
        // Load balancers drop silent connections after a minute or more.
        keepAliveInitialDelay: 30_000,
        timeout: options.connectTimeoutMs ?? 10_000,
      };
      // Watches of the API server hold a connection each, and its requests are bounded by the client.
      return new Pool(origin, {
        ...poolOptions,
        ...HTTP_1,
        connect,
        keepAliveTimeout: known ? KEEP_KNOWN_MS : KEEP_OTHERS_MS,
        ...(!known && { connections: MOST_CONNECTIONS }),
      });
    },
  });
}

const pems = ({ ca, cert, key }: Pick<TlsOptions, 'ca' | 'cert' | 'key'>) => ({
  ...(ca && { ca }),
  ...(cert && { cert }),
  ...(key && { key }),
});

function asDispatch(request: HttpRequest, signal: AbortSignal): Dispatcher.RequestOptions {
  const url = new URL(request.url);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method as Dispatcher.HttpMethod,
    headers: request.headers ?? {},
    body: request.body ?? null,
    signal,
    // Time limits are the caller's: a watch may be silent for long.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/** Everything that can end a request early. */
class Cut {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private timedOut = false;
  private readonly onAbort = () => this.controller.abort();

  constructor(private readonly request: HttpRequest) {
    if (request.timeoutMs !== undefined) {
      this.timer = setTimeout(() => {
        this.timedOut = true;
        this.controller.abort();
      }, request.timeoutMs);
    }
    request.signal?.addEventListener('abort', this.onAbort);
    if (request.signal?.aborted) this.controller.abort();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  headersArrived(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    clearTimeout(this.timer);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }

  /** The error with a stable code and a text that says which request. */
  explain(error: unknown): Error {
    const { method, url, timeoutMs } = this.request;
    const where = `${method} ${new URL(url).origin}`;
    if (this.timedOut) return coded('ETIMEDOUT', `${where}: no answer within ${timeoutMs} ms`, error);
    if (this.signal.aborted) return coded('EABORTED', `${where}: aborted`, error);
    return coded(codeOf(error), `${where}: ${textOf(error)}`, error);
  }
}

class Answer implements HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    private readonly answer: Dispatcher.ResponseData,
    private readonly limitBytes: number,
    private readonly cut: Cut,
  ) {
    this.status = answer.statusCode;
    this.headers = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) this.headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  /** By events: an async iterator costs several promises for each chunk, and most answers are one chunk. */
  text(limitBytes?: number): Promise<string> {
    const { body } = this.answer;
    const chunks: Buffer[] = [];
    let bytes = 0;
    return new Promise((resolve, reject) => {
      let over = false;
      const end = () => {
        over = true;
        resolve(Buffer.concat(chunks).subarray(0, limitBytes).toString('utf8'));
      };
      const fail = (error: unknown) => {
        // Every answer closes; an error with its stack is made for those that had not ended.
        if (!over) reject(this.cut.explain(error ?? new Error('the answer broke off')));
        over = true;
      };
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (limitBytes !== undefined && bytes > limitBytes) end();
        else if (bytes > this.limitBytes) fail(this.tooLong('body'));
        else return;
        // Nobody reads the rest, nor uses the connection again.
        body.destroy();
      });
      body.on('end', end);
      body.on('error', fail);
      // An answer that broke off before anybody read it says so no more.
      if (body.closed) fail(body.errored);
      else body.on('close', fail);
    });
  }

  async *lines(): AsyncGenerator<string> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for await (const chunk of this.chunks()) {
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > this.limitBytes) throw this.tooLong('line');
      yield* parts;
    }
    rest += decoder.end();
    if (rest !== '') yield rest;
  }

  /** Leaving the loop early destroys the body, and with it the connection: nobody will read the rest. */
  private async *chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.answer.body) yield chunk as Buffer;
    } catch (error) {
      throw this.cut.explain(error);
    }
  }

  private tooLong(what: string): Error {
    return coded('EBODYTOOLONG', `the answer's ${what} is longer than ${this.limitBytes} bytes`, undefined);
  }
}

const CODES: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_BODY_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_ABORTED: 'EABORTED',
  UND_ERR_DESTROYED: 'EABORTED',
  UND_ERR_CLOSED: 'EABORTED',
};

/** Node's own code where there is one; of several addresses tried, the first one's. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return CODES[code] ?? code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : 'EUNKNOWN';
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return textOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

function coded(code: string, message: string, cause: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}

/** The network: HTTP over kept-alive connections. The only file that opens sockets to others. */
import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { Http, HttpRequest, HttpResponse, RequestTls, Timer } from '../model/ports';
import { alone } from './clock';

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
/** A body that nobody reads as fast as it comes is held up here. */
const MOST_UNREAD_BYTES = 1024 * 1024;
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
  const origins = Object.keys(options.tls ?? {});
  /** The parts of a URL of a server that we are set up for, which is asked all the time; its paths are made by us. */
  const near = (url: string): Place | undefined => {
    const origin = origins.find((one) => url.startsWith(`${one}/`));
    return origin === undefined ? undefined : { origin, pathname: url.slice(origin.length), search: '' };
  };
  const send = (request: HttpRequest): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const url = near(request.url) ?? new URL(request.url);
      const dispatcher = agents.of(request, url);
      const exchange = new Exchange(request, options.bodyLimitBytes ?? BODY_LIMIT_BYTES, resolve, reject);
      if (!request.signal?.aborted) dispatcher.dispatch(asDispatch(request, url), exchange);
    });
  return Object.assign(send, { close: () => agents.close() });
}

type Place = Pick<URL, 'origin' | 'pathname' | 'search'>;

/** Connections by what they have to do with certificates and proxies. */
class Agents {
  private readonly direct = new Map<boolean, Agent>();
  /** Those of a proxy or of certificates of their own, the least recently used one first. */
  private readonly special = new Map<string, Agent | ProxyAgent>();

  constructor(private readonly options: UndiciHttpOptions) {}

  of(request: HttpRequest, url: Place): Dispatcher {
    const { insecureSkipVerify: insecure = false, tls } = request;
    // Servers that we are set up for (the API server) are near, and have certificates that only we know.
    const near = this.options.tls?.[url.origin] !== undefined;
    const proxy =
      request.proxy || (near ? undefined : this.options.proxyFor?.(url instanceof URL ? url : new URL(request.url)));
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

function asDispatch(request: HttpRequest, url: Place): Dispatcher.DispatchOptions {
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method as Dispatcher.HttpMethod,
    headers: request.headers ?? {},
    body: request.body ?? null,
    // Time limits are the caller's: a watch may be silent for long.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/**
 * One request and its answer, as undici tells of it. Not by `Dispatcher.request`: its stream and abort signals cost as much
 * again as all the rest of a request.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly timer: Timer | undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private answer: Answer | undefined;
  /** Why it ended early. */
  private cut: Error | undefined;

  constructor(
    private readonly request: HttpRequest,
    private readonly limitBytes: number,
    private readonly resolve: (answer: HttpResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    const { timeoutMs, signal } = request;
    if (timeoutMs !== undefined) {
      this.timer = alone(timeoutMs, () => this.end('ETIMEDOUT', `no answer within ${timeoutMs} ms`));
    }
    signal?.addEventListener('abort', this.onAbort);
    if (signal?.aborted) this.onAbort();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // It was given up while it waited for a connection.
    if (this.cut) controller.abort(this.cut);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Only news: the answer follows.
    if (status < 200) return;
    this.timer?.cancel();
    this.answer = new Answer(status, headers, controller, this.limitBytes);
    this.resolve(this.answer);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.answer?.take(chunk);
  }

  onResponseEnd(): void {
    this.release();
    this.answer?.finish(undefined);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.failed(this.cut ?? coded(codeOf(error), `${this.where}: ${textOf(error)}`, error));
  }

  private readonly onAbort = () => this.end('EABORTED', 'aborted');

  private end(code: string, text: string): void {
    this.cut = coded(code, `${this.where}: ${text}`, undefined);
    this.failed(this.cut);
    this.controller?.abort(this.cut);
  }

  private failed(error: Error): void {
    this.release();
    if (this.answer) this.answer.finish(error);
    else this.reject(error);
  }

  private release(): void {
    this.timer?.cancel();
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }

  private get where(): string {
    return `${this.request.method} ${new URL(this.request.url).origin}`;
  }
}

class Answer implements HttpResponse {
  private chunks: Buffer[] = [];
  /** In `chunks`. */
  private bytes = 0;
  private ended = false;
  private error: Error | undefined;
  /** Who reads wants all of it at once: never to be held up. */
  private isWhole = false;
  private joined: Record<string, string> | undefined;
  /** Told of everything that comes. */
  private onNews: (() => void) | undefined;

  constructor(
    readonly status: number,
    private readonly received: IncomingHttpHeaders,
    private readonly controller: Dispatcher.DispatchController,
    private readonly limitBytes: number,
  ) {}

  get headers(): Record<string, string> {
    this.joined ??= Object.fromEntries(
      Object.entries(this.received).map(([name, value]) => [name, [value ?? []].flat().join(', ')]),
    );
    return this.joined;
  }

  take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > MOST_UNREAD_BYTES && !this.isWhole) this.controller.pause();
    this.onNews?.();
  }

  /** Without an error the body is complete. */
  finish(error: Error | undefined): void {
    if (this.ended || this.error) return;
    if (error) this.error = error;
    else this.ended = true;
    this.onNews?.();
  }

  text(limitBytes?: number): Promise<string> {
    this.isWhole = true;
    this.resumed();
    return new Promise((resolve, reject) => {
      const look = () => {
        const isCut = limitBytes !== undefined && this.bytes > limitBytes;
        if (isCut) resolve(this.whole(limitBytes));
        else if (this.bytes > this.limitBytes) reject(this.tooLong('body'));
        else if (this.ended) resolve(this.whole(limitBytes));
        else if (this.error) reject(this.error);
        else return;
        this.leave();
      };
      this.onNews = look;
      look();
    });
  }

  async *lines(): AsyncGenerator<string> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    try {
      for (let chunk = await this.next(); chunk; chunk = await this.next()) {
        const parts = (rest + decoder.write(chunk)).split('\n');
        rest = parts.pop() ?? '';
        if (rest.length > this.limitBytes) throw this.tooLong('line');
        yield* parts;
      }
      rest += decoder.end();
      if (rest !== '') yield rest;
    } finally {
      this.leave();
    }
  }

  /** The next piece; undefined at the end. */
  private async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk) {
        this.bytes -= chunk.length;
        if (this.bytes <= MOST_UNREAD_BYTES) this.resumed();
        return chunk;
      }
      if (this.error) throw this.error;
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => {
        this.onNews = resolve;
      });
    }
  }

  private whole(limitBytes: number | undefined): string {
    const [first = Buffer.alloc(0)] = this.chunks;
    const all = this.chunks.length > 1 ? Buffer.concat(this.chunks) : first;
    return all.toString('utf8', 0, limitBytes);
  }

  private resumed(): void {
    if (this.controller.paused) this.controller.resume();
  }

  /** Nobody reads the rest, nor uses the connection again. */
  private leave(): void {
    this.onNews = undefined;
    this.chunks = [];
    this.bytes = 0;
    if (!this.ended && !this.error) this.controller.abort(LEFT);
  }

  private tooLong(what: string): Error {
    return coded('EBODYTOOLONG', `the answer's ${what} is longer than ${this.limitBytes} bytes`, undefined);
  }
}

/** Made once: a stack each time would cost more than the rest. */
const LEFT = coded('EABORTED', 'the rest of the answer is not read', undefined);

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

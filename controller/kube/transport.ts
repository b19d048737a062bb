/** One request to the API server: credentials, slots, deadline, retries. Knows nothing of kinds. */
import type { Clock, Http, HttpResponse } from '../../model/ports';
import { Backoff, sleep } from './backoff';
import { within } from './deadline';
import { errorOfAnswer, errorOfConnection, KubeError } from './error';
import { Slots } from './slots';

export interface TransportOptions {
  http: Http;
  /** Base URL of the API server. */
  server: string;
  clock: Clock;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  /** Credentials; asked again each second and after a refusal, so that tokens can be renewed. */
  headers?: () => Promise<Record<string, string>>;
  /** For the User-Agent. */
  version?: string;
  /** Per attempt, body included. @default 30000 */
  timeoutMs?: number;
  /** First try included. @default 5 */
  attempts?: number;
  /** Requests in flight, watches aside; the rest queue. @default 32 */
  maxInFlight?: number;
  /** For every write whose call does not bring its own. */
  mayWrite?: () => boolean;
  /** Told of every attempt: for metrics and tests. `status` is 0 without an answer. */
  onRequest?: (request: { method: string; path: string; status: number; durationMs: number }) => void;
}

/** What a caller may change for one call. */
export interface CallOptions {
  timeoutMs?: number;
  attempts?: number;
  signal?: AbortSignal;
  /** Asked right before each attempt of a write leaves, after any queueing and waiting; false: `NotLeader`. */
  mayWrite?: () => boolean;
}

export interface Call extends CallOptions {
  method: string;
  /** With the query string. */
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
}

/** How long credentials are used: making them reads the clock, files and certificates. */
const CREDENTIALS_MS = 1_000;

export class Transport {
  private readonly slots: Slots;
  /** Without a slash at its end. */
  private readonly server: string;
  private held: { headers: Record<string, string>; atMs: number } | undefined;
  readonly clock: Clock;

  constructor(private readonly options: TransportOptions) {
    this.slots = new Slots(options.maxInFlight ?? 32);
    this.server = options.server.replace(/\/+$/, '');
    this.clock = options.clock;
  }

  /**
   * Sends, retrying what is safe to send again, and returns the parsed body.
   * @throws KubeError
   */
  async send(call: Call): Promise<unknown> {
    const backoff = new Backoff({ random: this.options.random, capMs: 10_000 });
    const attempts = call.attempts ?? this.options.attempts ?? 5;
    for (let attempt = 1; ; attempt++) {
      const credentials = await this.credentials(call);
      try {
        return await this.slots.run(() => this.attempt(call, credentials));
      } catch (caught) {
        const error = errorOfConnection(caught, `${call.method} ${call.path}`);
        if (attempt >= attempts || call.signal?.aborted) throw error;
        if (attempt === 1 && (await this.rotated(error, credentials, call))) continue;
        if (!mayRepeat(call.method, error)) throw error;
        await sleep(this.clock, backoff.nextMs(error.retryAfterMs), call.signal);
      }
    }
  }

  /**
   * Opens a stream: one attempt, no slot. The caller reads and closes it.
   * @throws KubeError
   */
  async open(call: Call & { signal: AbortSignal; timeoutMs: number }): Promise<HttpResponse> {
    const what = `${call.method} ${call.path}`;
    try {
      const credentials = await this.credentials(call);
      return await within({ clock: this.clock, timeoutMs: call.timeoutMs, what, signal: call.signal }, async () => {
        const response = await this.exchange(call, credentials, call.signal);
        if (response.status === 200) return response;
        throw errorOfAnswer(response.status, await response.text(), response.headers['retry-after'], what);
      });
    } catch (error) {
      throw errorOfConnection(error, what);
    }
  }

  private async credentials(call: Call): Promise<Record<string, string>> {
    const now = this.clock.now();
    if (this.held && Math.abs(now - this.held.atMs) < CREDENTIALS_MS) return this.held.headers;
    try {
      const headers = (await this.options.headers?.()) ?? {};
      this.held = { headers, atMs: now };
      return headers;
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new KubeError('Unauthorized', `${call.method} ${call.path}: no credentials: ${text}`, {
        cause,
        notSent: true,
      });
    }
  }

  /** Refused because the token was replaced meanwhile? Nothing was done, so any request may go again with the new one. */
  private async rotated(error: KubeError, sent: Record<string, string>, call: Call): Promise<boolean> {
    if (error.code !== 'Unauthorized' || error.notSent) return false;
    if (this.held?.headers === sent) this.held = undefined;
    return JSON.stringify(await this.credentials(call)) !== JSON.stringify(sent);
  }

  private attempt(call: Call, credentials: Record<string, string>): Promise<unknown> {
    const what = `${call.method} ${call.path}`;
    const timeoutMs = call.timeoutMs ?? this.options.timeoutMs ?? 30_000;
    const mayWrite = call.mayWrite ?? this.options.mayWrite;
    return within({ clock: this.clock, timeoutMs, what, signal: call.signal }, async (signal) => {
      if (call.method !== 'GET' && mayWrite?.() === false) {
        throw new KubeError('NotLeader', `${what}: not sent, another replica may lead now`);
      }
      const response = await this.exchange(call, credentials, signal);
      const text = await response.text();
      if (response.status < 200 || response.status > 299) {
        throw errorOfAnswer(response.status, text, response.headers['retry-after'], what);
      }
      return parseBody(text, what, response.status);
    });
  }

  private async exchange(call: Call, credentials: Record<string, string>, signal: AbortSignal): Promise<HttpResponse> {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const startMs = this.clock.now();
    let status = 0;
    try {
      const response = await this.options.http({
        method: call.method,
        url: this.server + call.path,
        headers: {
          accept: call.accept ?? 'application/json',
          'user-agent': `serin/${this.options.version ?? 'dev'}`,
          ...(body === undefined ? {} : bodyHeaders(body, call.contentType)),
          ...credentials,
        },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      status = response.status;
      return response;
    } finally {
      const durationMs = this.clock.now() - startMs;
      this.options.onRequest?.({ method: call.method, path: call.path, status, durationMs });
    }
  }
}

/** DELETE bodies need the length spelled out: some servers ignore a chunked one. */
function bodyHeaders(body: string, contentType = 'application/json'): Record<string, string> {
  return { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
}

function parseBody(text: string, what: string, status: number): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeError('InvalidResponse', `${what}: the answer is not JSON: ${text.slice(0, 200)}`, { status, cause });
  }
}

/** Reads may always be sent again; a write only when the server has certainly not done it. */
function mayRepeat(method: string, error: KubeError): boolean {
  if (error.code === 'Aborted') return false;
  if (error.notSent || error.code === 'TooManyRequests') return true;
  return method === 'GET' && (error.status === 0 || error.status >= 500 || error.code === 'InvalidResponse');
}

/**
 * The outside world as values that can be swapped: time and HTTP. Types only.
 * Production wires real ones (controller/main.ts); tests and the sandbox wire a virtual clock and in-process servers,
 * so nothing else in the code may call Date.now, setTimeout or a network library.
 */

/** A source of time. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /**
   * Runs `task` once, `ms` milliseconds from now. Errors of `task` are its own business: it must not throw.
   * @param slack how far from its time it may be, so that tasks can share a wake-up; virtual clocks are exact. @default none
   */
  after(ms: number, task: () => void, slack?: Slack): Timer;
}

/** Milliseconds. */
export interface Slack {
  earlyMs: number;
  lateMs: number;
  /** Where more than `company` tasks wait, and more than `perMs` in a millisecond, they would keep each other waiting: so far away will do as well. */
  crowd?: { company: number; perMs: number; earlyMs: number; lateMs: number };
}

export interface Timer {
  cancel(): void;
}

export interface HttpRequest {
  method: string;
  /** Absolute URL. */
  url: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: string;
  /** Whole request until the response headers are there; absent means no limit. */
  timeoutMs?: number;
  /** Ends the request and the reading of its body. */
  signal?: AbortSignal;
  /** Do not check the server's certificate. */
  insecureSkipVerify?: boolean;
  /** URL of an HTTP(S) proxy, `http://user:password@proxy:3128`; absent: what the implementation was set up with. */
  proxy?: string;
  /** PEM texts for this server: whom to trust, and who we are. */
  tls?: RequestTls;
}

/** PEM texts; what is absent is the platform's default. */
export interface RequestTls {
  ca?: string;
  cert?: string;
  key?: string;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /**
   * The whole body as text.
   * @param limitBytes a longer body is cut off there: the rest is not read. @default the implementation's, an error
   */
  text(limitBytes?: number): Promise<string>;
  /** The body line by line as it arrives (watches). Ends or throws when the connection does. */
  lines(): AsyncIterable<string>;
}

/**
 * Sends one request.
 * @throws Error with a `code`: `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, `ENOTFOUND`, `EABORTED`, …
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** A WebSocket that is open. */
export interface Socket {
  send(text: string): void;
  /** What arrives, text or binary; ends when the other side closes, throws when the connection breaks. */
  messages(): AsyncIterable<string | Uint8Array>;
  close(): void;
}

/**
 * Opens a WebSocket.
 * @param url ws: or wss:
 * @throws Error with a `code` when it cannot be opened, or when the signal fires first.
 */
export type OpenSocket = (url: string, signal?: AbortSignal) => Promise<Socket>;

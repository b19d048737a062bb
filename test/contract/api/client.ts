/** A bare client for the contract: requests as a person would write them with curl. */
import type { Http } from '../../../model/ports';

export interface ContractServer {
  http: Http;
  /** For example `https://127.0.0.1:6443`. */
  url: string;
  /** Sent with each request, `authorization` for example. */
  headers?: Record<string, string>;
  insecureSkipVerify?: boolean;
  close?(): Promise<void>;
}

export type Connect = () => Promise<ContractServer>;

// biome-ignore lint/suspicious/noExplicitAny: bodies are raw JSON of any kind; assertions say what is expected
export type Body = any;

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Body;
}

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const POLL_MS = 50;
const POLLS = 300;
const WATCH_LIMIT_MS = 10_000;

export class ContractClient {
  private server: ContractServer | undefined;
  private readonly namespaces: string[] = [];

  constructor(private readonly connect: Connect) {}

  async open(): Promise<void> {
    this.server = await this.connect();
  }

  async close(): Promise<void> {
    for (const name of this.namespaces) await this.delete(`/api/v1/namespaces/${name}`);
    await this.server?.close?.();
  }

  /** Makes a namespace that is deleted at the end. */
  async namespace(): Promise<string> {
    const made = await this.post('/api/v1/namespaces', { metadata: { generateName: 'contract-' } });
    this.namespaces.push(made.body.metadata.name);
    return made.body.metadata.name;
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const { http, url, headers: always, insecureSkipVerify } = this.opened();
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await http({
      method,
      url: url + path,
      headers: {
        accept: 'application/json',
        'user-agent': 'contract/1',
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        }),
        ...always,
        ...headers,
      },
      ...(text !== undefined && { body: text }),
      ...(insecureSkipVerify && { insecureSkipVerify }),
    });
    const answer = await response.text();
    const isJson = response.headers['content-type']?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer };
  }

  get(path: string, accept = 'application/json'): Promise<Answer> {
    return this.send('GET', path, undefined, { accept });
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send('POST', path, body);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.send('PUT', path, body);
  }

  patch(path: string, type: string, body: unknown): Promise<Answer> {
    return this.send('PATCH', path, body, { 'content-type': type });
  }

  delete(path: string, options?: unknown): Promise<Answer> {
    return this.send('DELETE', path, options);
  }

  /** Opens a watch, runs `during`, and returns the events up to the one that `isLast` accepts. */
  async watch(path: string, isLast: (event: WatchEvent) => boolean, during: () => Promise<unknown> = async () => {}) {
    const { http, url, headers, insecureSkipVerify } = this.opened();
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), WATCH_LIMIT_MS);
    try {
      const response = await http({
        method: 'GET',
        url: url + path,
        headers: { accept: 'application/json', ...headers },
        signal: stop.signal,
        ...(insecureSkipVerify && { insecureSkipVerify }),
      });
      await during();
      const events: WatchEvent[] = [];
      for await (const line of response.lines()) {
        const event = JSON.parse(line) as WatchEvent;
        events.push(event);
        if (isLast(event)) return events;
      }
      throw new Error(`the watch ended after ${JSON.stringify(events.map(({ type }) => type))}`);
    } finally {
      clearTimeout(limit);
      stop.abort();
    }
  }

  /** Polls until the value is accepted. @throws the last failure after 15 s */
  async eventually<T>(read: () => Promise<T>, accepts: (value: T) => boolean): Promise<T> {
    for (let poll = 0; ; poll += 1) {
      const value = await read();
      if (accepts(value)) return value;
      if (poll === POLLS) throw new Error(`gave up waiting; last seen: ${JSON.stringify(value)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until the object is gone. */
  gone(path: string): Promise<Answer> {
    return this.eventually(
      () => this.get(path),
      ({ status }) => status === 404,
    );
  }

  private opened(): ContractServer {
    if (!this.server) throw new Error('the contract client is not open');
    return this.server;
  }
}

/** Runs `setUp` before the cases of a group and hands out what it made. */
export function once<T>(setUp: () => Promise<T>): () => T {
  let made: T | undefined;
  beforeAll(async () => {
    made = await setUp();
  });
  return () => {
    if (made === undefined) throw new Error('used before beforeAll');
    return made;
  };
}

import { Agent, request } from 'node:https';

/** An answer of the API server. */
export interface ApiAnswer {
  status: number;
  /** Parsed JSON, or the text when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read arbitrary objects.
  body: any;
}

/** A plain HTTPS client with a bearer token, for tests: nothing of Serin's own client is in it. */
export interface Api {
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer>;
  /** The object, or undefined when there is none. @throws Error on any other answer than 200 and 404. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read arbitrary objects.
  get(path: string): Promise<any>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

/** @param userAgent How the requests show in the audit log. */
export function apiClient(server: string, caCertificate: string, token: string, userAgent = 'serin-test'): Api {
  const agent = new Agent({ ca: caCertificate, keepAlive: true, maxSockets: 8 });
  const send: Api['send'] = (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers: Record<string, string | number> = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': userAgent,
      };
      if (text !== '')
        Object.assign(headers, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
      const sent = request(`${server}${path}`, { method, agent, headers, timeout: TIMEOUT_MS }, (answer) => {
        let received = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: parsed(received) }));
      });
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} had no answer in ${TIMEOUT_MS} ms`)));
      sent.on('error', reject);
      sent.end(text);
    });
  return {
    send,
    async get(path) {
      const { status, body } = await send('GET', path);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    close: () => agent.destroy(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

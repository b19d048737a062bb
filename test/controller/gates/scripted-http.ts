import type { Http, HttpRequest, HttpResponse } from '../../../model/ports';

export type Reply =
  | { status: number; body?: string; headers?: Record<string, string> }
  | { error: string; address?: string }
  | 'hangs'
  | 'body hangs';

/** Answers each request with what `script` says, and keeps what was asked. */
export function scriptedHttp(script: (request: HttpRequest, index: number) => Reply) {
  const requests: HttpRequest[] = [];
  const http: Http = (request) => {
    const reply = script(request, requests.length);
    requests.push(request);
    if (reply === 'hangs') return never(request);
    if (reply === 'body hangs') return Promise.resolve(response(200, () => never(request), {}));
    if ('error' in reply) {
      return Promise.reject(Object.assign(new Error(`failed with ${reply.error}`), { code: reply.error, ...reply }));
    }
    return Promise.resolve(response(reply.status, () => Promise.resolve(reply.body ?? ''), reply.headers ?? {}));
  };
  return { http, requests };
}

/** The same replies in turn; the last one again and again. */
export function inTurn(...replies: Reply[]) {
  return scriptedHttp((_request, index) => replies[Math.min(index, replies.length - 1)] ?? 'hangs');
}

function never<T>({ signal }: HttpRequest): Promise<T> {
  return new Promise((_resolve, reject) => {
    const cut = () => reject(Object.assign(new Error('aborted'), { code: 'EABORTED' }));
    if (signal?.aborted) cut();
    signal?.addEventListener('abort', cut);
  });
}

function response(status: number, text: () => Promise<string>, headers: Record<string, string>): HttpResponse {
  return {
    status,
    headers,
    text,
    async *lines() {
      yield await text();
    },
  };
}

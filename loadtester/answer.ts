import type { HttpResponse } from '../model/ports';

/** A small answer in plain text. */
export function answer(status: number, body = '', type = 'text/plain; charset=utf-8'): HttpResponse {
  return {
    status,
    headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) },
    text: () => Promise.resolve(body),
    async *lines() {
      yield* body.split('\n');
    },
  };
}

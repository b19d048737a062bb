import type { HttpResponse } from '../model/ports';

/** An answer whose whole `body` is known; `headers` are put over the usual two. */
export function httpResponse(
  status: number,
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)), ...headers },
    text: async () => body,
    async *lines() {
      yield* body.split('\n').filter((line) => line !== '');
    },
  };
}

/** Secrets that can be found again, and servers that say back everything that they were sent. */
import type { Http, HttpRequest } from '../../model/ports';

export const SENTINEL = 'S3NTINEL';
const spelled = [SENTINEL, Buffer.from(`u:${SENTINEL}-url`).toString('base64').slice(0, 12)];

/** The spellings of the sentinel in a text. */
export const told = (text: string) => spelled.filter((spelling) => text.includes(spelling));

/** Says back everything that it was sent, in each of the ways in which servers fail. */
export function echoing(status: number, sent: HttpRequest[] = []): Http {
  return async (request) => {
    sent.push(request);
    const { url, headers, body } = request;
    const text = JSON.stringify({
      error: `bad request ${url} ${JSON.stringify(headers)} ${body ?? ''}`,
      message: JSON.stringify(headers),
    });
    if (status === 0)
      throw Object.assign(new Error(`cannot reach ${url} with ${JSON.stringify(headers)}`), { code: 'EPROTO' });
    return {
      status,
      headers: status >= 300 && status < 400 ? { location: `http://elsewhere.test/?${JSON.stringify(headers)}` } : {},
      text: async () => text,
      async *lines() {
        yield text;
      },
    };
  };
}

/** Statuses that such a server answers with; 0: none, the connection breaks. */
export const FAILURES = [0, 200, 302, 400, 401, 403, 404, 429, 500];

import type { Http, HttpRequest, HttpResponse } from '../../model/ports';
import { isSameServer } from '../../model/same-server';

/** A gate that answers more is cut off: only a reason is wanted. */
const MAX_BODY_LENGTH = 64 * 1024;
const MAX_REDIRECTS = 10;

export interface Posted {
  status: number;
  /** Cut at 64 KiB. */
  body: string;
  retryAfter: string | undefined;
}

export interface PostRequest {
  url: URL;
  body: string;
  headers: Record<string, string>;
  insecureSkipVerify: boolean;
  timeoutMs: number;
  signal: AbortSignal;
  /** Called when the headers are there, before the body is. */
  onHeaders(): void;
}

/** A redirect that is not followed. */
export class RedirectRefused extends Error {}

/** Sends a POST and follows its redirects, which must stay with the server: payload and credentials are meant for it. */
export async function postJson(http: Http, request: PostRequest): Promise<Posted> {
  let { url } = request;
  let method = 'POST';
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await http(message(request, url, method));
    const target = response.headers['location'];
    if (response.status < 300 || response.status > 399 || response.status === 304 || target === undefined) {
      request.onHeaders();
      return {
        status: response.status,
        body: await boundedText(response),
        retryAfter: response.headers['retry-after'],
      };
    }
    await response.text(MAX_BODY_LENGTH);
    url = redirected(url, target);
    // as browsers and Go do: only 307 and 308 keep method and body
    if (response.status !== 307 && response.status !== 308) method = 'GET';
  }
  throw new RedirectRefused(`stopped after ${MAX_REDIRECTS} redirects`);
}

function message(request: PostRequest, url: URL, method: string): HttpRequest {
  const { username, password } = request.url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const headers = { ...request.headers };
  if (username !== '' || password !== '') {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  const { insecureSkipVerify, timeoutMs, signal } = request;
  const sent: HttpRequest = { method, url: bare.href, headers, insecureSkipVerify, timeoutMs, signal };
  if (method === 'POST') sent.body = request.body;
  return sent;
}

function redirected(from: URL, target: string): URL {
  if (!URL.canParse(target, from.href)) throw new RedirectRefused(`redirected to something that is no URL`);
  const next = new URL(target, from);
  if (isSameServer(from, next)) return next;
  throw new RedirectRefused(`redirected to ${next.origin}, another host is not followed`);
}

async function boundedText(response: HttpResponse): Promise<string> {
  const announced = Number(response.headers['content-length'] ?? 0);
  if (announced > 16 * MAX_BODY_LENGTH) return `<a body of ${announced} bytes>`;
  return (await response.text(MAX_BODY_LENGTH)).slice(0, MAX_BODY_LENGTH);
}

/** One attempt to put a message into a chat. */
import type { Clock, Http, HttpResponse } from '../../model/ports';
import { withoutWords } from '../../model/redaction';
import type { AlertMessage } from './alert-message';
import { type ChatRequest, chatRequest, chatVerdict } from './chat-request';
import type { Destination } from './destination';
import { withLimit } from './time-limit';

/** Whole attempt, body included. */
const LIMIT_MS = 5_000;
/** A chat may ask for more patience than an alert is worth. */
const LONGEST_RETRY_AFTER_MS = 120_000;
const MAX_BODY_LENGTH = 16 * 1024;

export type Attempt =
  | { outcome: 'delivered' }
  /** `again`: another attempt makes sense, not before `waitMs`. */
  | { outcome: 'failed'; why: string; again: boolean; waitMs?: number };

/** Every failure is an outcome. `id` is the same for all attempts of one alert. */
export async function postToChat(
  { http, clock }: { http: Http; clock: Clock },
  destination: Destination,
  message: AlertMessage,
  id: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const request = chatRequest(destination, message);
  try {
    const answer = await withLimit(clock, LIMIT_MS, signal, (cut) => send(http, request, destination, id, cut));
    const verdict = chatVerdict(destination.type, request.url, answer.status, answer.body);
    if (verdict.taken) return { outcome: 'delivered' };
    const why = withoutSecrets(verdict.why, destination);
    const waitMs = verdict.mayPassLater ? retryAfterMs(answer.retryAfter, clock.now()) : undefined;
    return { outcome: 'failed', why, again: verdict.mayPassLater, ...(waitMs !== undefined && { waitMs }) };
  } catch (error) {
    return { outcome: 'failed', why: withoutSecrets((error as Error).message, destination), again: true };
  }
}

async function send(http: Http, request: ChatRequest, { proxy }: Destination, id: string, signal: AbortSignal) {
  const { url, body } = request;
  const headers = { ...request.headers, 'x-serin-delivery': id };
  const response = await http({
    method: 'POST',
    url,
    headers,
    body,
    signal,
    timeoutMs: LIMIT_MS,
    ...(proxy !== undefined && { proxy }),
  });
  return { status: response.status, body: await shortText(response), retryAfter: response.headers['retry-after'] };
}

async function shortText(response: HttpResponse): Promise<string> {
  return (await response.text(MAX_BODY_LENGTH)).slice(0, MAX_BODY_LENGTH);
}

/** Seconds or a date. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS);
}

/** Chats echo paths, and paths of hooks are keys: what is secret about a destination stays out of events and logs. */
export function withoutSecrets(text: string, { url, token, proxy }: Destination): string {
  const { username, password, pathname, search, searchParams } = new URL(url);
  const parts = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 8);
  const proxyPassword = proxy && URL.canParse(proxy) ? new URL(proxy).password : '';
  const known = [url, token ?? '', password, username, proxyPassword, search, ...parts];
  return withoutWords(text, known, '***');
}

import type { CanaryWebhook } from '../../model/canary';
import { parseDuration } from '../../model/duration';
import type { Clock, Http } from '../../model/ports';
import { redactedUrl, secretsOfUrl, withoutSecrets } from '../../model/redaction';
import type { GateAnswer, WebhookPayload } from '../rollout/question';
import { AttemptEnded, pause, withDeadline } from './deadline';
import { type Posted, postJson, RedirectRefused } from './post-json';
import { signatureHeaders } from './signature';
import { transportErrorText } from './transport-error';

const DEFAULT_TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A server may ask for more patience than a tick has. */
const LONGEST_RETRY_AFTER_MS = 120_000;
const ERROR_BODY_LENGTH = 500;

export interface CallOptions {
  signal?: AbortSignal;
  /** Added to those of the call, names in lower case. */
  headers?: Record<string, string>;
  /** Signs every attempt (A9): `webhook-id`, `webhook-timestamp`, `webhook-signature`. */
  signingKey?: string;
}

/**
 * Asks one webhook, with its retries. Every failure is an answer; `error` is the `<err>` of spec
 * behaviour-reference 5.1.
 */
export async function callWebhook(
  http: Http,
  clock: Clock,
  webhook: CanaryWebhook,
  payload: WebhookPayload,
  options: CallOptions = {},
): Promise<GateAnswer> {
  if (!URL.canParse(webhook.url))
    return failed(`parse ${JSON.stringify(redactedUrl(webhook.url))}: it is not an absolute URL`);
  const { protocol } = new URL(webhook.url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    return failed(`Post "${redactedUrl(webhook.url)}": unsupported protocol scheme "${protocol.slice(0, -1)}"`);
  }
  const timeoutMs = timeoutOf(webhook);
  if (timeoutMs === undefined) return failed(`time: invalid duration ${JSON.stringify(webhook.timeout)}`);
  const call = new Call(http, clock, new URL(webhook.url), webhook, timeoutMs, options);
  return discreet(await call.withRetries(JSON.stringify(bodyOf(payload))), secretsOfUrl(webhook.url));
}

/** One attempt: an answer to pass on, or why another attempt makes sense. */
type Attempt = { done: GateAnswer } | { retryFor: string; waitMs?: number };

class Call {
  constructor(
    private readonly http: Http,
    private readonly clock: Clock,
    private readonly url: URL,
    private readonly webhook: CanaryWebhook,
    private readonly timeoutMs: number,
    private readonly options: CallOptions,
  ) {}

  async withRetries(body: string): Promise<GateAnswer> {
    const attempts = 1 + Math.max(0, Math.trunc(this.webhook.retries ?? 0));
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(body);
      if ('done' in outcome) return outcome.done;
      if (attempt >= attempts || this.options.signal?.aborted) {
        return failed(`POST ${redactedUrl(this.webhook.url)} giving up after ${attempt} attempt(s)${outcome.retryFor}`);
      }
      const backOffMs = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      await pause(this.clock, outcome.waitMs ?? backOffMs, this.options.signal);
    }
  }

  private async attempt(body: string): Promise<Attempt> {
    let headersSeen = false;
    const post = (signal: AbortSignal) => {
      const headers = { 'content-type': 'application/json', ...this.options.headers, ...this.signature(body) };
      const onHeaders = () => {
        headersSeen = true;
      };
      const { url, timeoutMs } = this;
      const insecureSkipVerify = this.webhook.disableTLS ?? false;
      return postJson(this.http, { url, body, headers, insecureSkipVerify, timeoutMs, signal, onHeaders });
    };
    try {
      return this.judge(await withDeadline(this.clock, this.timeoutMs, this.options.signal, post));
    } catch (error) {
      return this.judgeError(error, headersSeen);
    }
  }

  private signature(body: string): Record<string, string> {
    const { signingKey, headers } = this.options;
    if (!signingKey) return {};
    return signatureHeaders(signingKey, body, this.clock.now(), headers?.['x-serin-delivery']);
  }

  private judge({ status, body, retryAfter }: Posted): Attempt {
    if (status >= 200 && status <= 299) return { done: { passed: true, body } };
    const reason = excerpt(body);
    if (status !== 429 && (status < 500 || status === 501)) return { done: failed(reason) };
    const outcome: Attempt = { retryFor: reason === '' ? '' : `: ${reason}` };
    const waitMs = status === 429 || status === 503 ? retryAfterMs(retryAfter, this.clock.now()) : undefined;
    return waitMs === undefined ? outcome : { ...outcome, waitMs };
  }

  private judgeError(error: unknown, headersSeen: boolean): Attempt {
    if (error instanceof RedirectRefused)
      return { done: failed(`Post "${redactedUrl(this.webhook.url)}": ${error.message}`) };
    if (error instanceof AttemptEnded && error.code === 'ETIMEDOUT' && headersSeen) {
      const text = 'context deadline exceeded (Client.Timeout or context cancellation while reading body)';
      return { done: failed(text) };
    }
    return { retryFor: `: ${transportErrorText(this.webhook.url, error)}` };
  }
}

/** A server may echo what it was sent, credentials among it. */
const discreet = (answer: GateAnswer, secrets: string[]): GateAnswer =>
  answer.passed ? answer : failed(withoutSecrets(answer.error, secrets));

function failed(error: string): GateAnswer {
  return { passed: false, error };
}

/** Shorter than two characters is the default, as in the reference; undefined when it is no duration. */
function timeoutOf({ timeout }: CanaryWebhook): number | undefined {
  if (timeout === undefined || timeout.length < 2) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = parseDuration(timeout);
  // `0s` can only mean that nobody thought of a limit; a call without one would hang a run
  return timeoutMs !== undefined && timeoutMs <= 0 ? DEFAULT_TIMEOUT_MS : timeoutMs;
}

/** Without an empty `metadata`, and nothing but the contract's fields. */
function bodyOf({ name, namespace, phase, checksum, metadata }: WebhookPayload): WebhookPayload {
  const body: WebhookPayload = { name, namespace, phase, checksum };
  if (metadata !== undefined && Object.keys(metadata).length > 0) body.metadata = metadata;
  return body;
}

function excerpt(body: string): string {
  return body.length > ERROR_BODY_LENGTH ? `${body.slice(0, ERROR_BODY_LENGTH)}…` : body;
}

/** `Retry-After` in seconds or as a date; undefined when it is neither. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS);
}

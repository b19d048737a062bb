/** What goes wrong between us and the API server, as one error with a stable code. */
import { refusalText } from '../../model/refusal';

/** Codes follow the API server's own reasons; `Unavailable` also covers broken connections, `Timeout` silence. */
export type KubeErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'Conflict'
  | 'AlreadyExists'
  | 'Expired'
  | 'Invalid'
  | 'TooManyRequests'
  | 'Internal'
  | 'Unavailable'
  | 'Timeout'
  | 'Aborted'
  | 'NotLeader'
  | 'InvalidResponse'
  | 'Unknown';

export interface KubeErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  status?: number;
  /** `reason` of the API server's Status object. */
  reason?: string;
  /** How long the server asks us to stay away. */
  retryAfterMs?: number;
  /** The request certainly never reached the server, so even a write may be sent again. */
  notSent?: boolean;
  cause?: unknown;
}

/** A failed request. `message` is the API server's own text where it gave one; of a missing right it names the remedy. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs?: number;
  readonly notSent: boolean;

  constructor(
    readonly code: KubeErrorCode,
    message: string,
    details: KubeErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status ?? 0;
    this.reason = details.reason ?? '';
    this.notSent = details.notSent ?? false;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
  }
}

/** True for a {@link KubeError} with one of `codes`. */
export function isKubeError(error: unknown, ...codes: KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

/** How long the server asked us to stay away; 0 when it did not. */
export function retryAfterMs(error: unknown): number {
  return error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
}

/** The parts of `kind: Status` that we read. */
export interface Status {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}

const BY_REASON: Record<string, KubeErrorCode> = {
  BadRequest: 'BadRequest',
  Unauthorized: 'Unauthorized',
  Forbidden: 'Forbidden',
  NotFound: 'NotFound',
  MethodNotAllowed: 'MethodNotAllowed',
  Conflict: 'Conflict',
  AlreadyExists: 'AlreadyExists',
  Expired: 'Expired',
  Gone: 'Expired',
  Invalid: 'Invalid',
  TooManyRequests: 'TooManyRequests',
  InternalError: 'Internal',
  ServiceUnavailable: 'Unavailable',
  Timeout: 'Timeout',
  ServerTimeout: 'Timeout',
};

const BY_STATUS: Record<number, KubeErrorCode> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'Internal',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Timeout',
};

/** The error for an answer with HTTP status `status`; `body` need not be JSON (proxies answer too). */
export function errorOfAnswer(status: number, body: string, retryAfter: string | undefined, what: string): KubeError {
  const parsed = parseStatus(body);
  const seconds = parsed.details?.retryAfterSeconds ?? Number(retryAfter);
  const text = parsed.message || body.trim().slice(0, 500) || 'no body';
  const said = parsed.message && refusalText(parsed.message, what);
  return new KubeError(codeOf(status, parsed.reason), said ?? `${what}: HTTP ${status}: ${text}`, {
    status,
    ...(parsed.reason ? { reason: parsed.reason } : {}),
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** The error for a Status object that came inside a watch. */
export function errorOfStatus(status: Status): KubeError {
  const seconds = status.details?.retryAfterSeconds ?? 0;
  return new KubeError(codeOf(status.code ?? 0, status.reason), status.message ?? 'the watch reported an error', {
    status: status.code ?? 0,
    ...(status.reason ? { reason: status.reason } : {}),
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** Where no connection was made, nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The error for a request that got no answer. */
export function errorOfConnection(cause: unknown, what: string): KubeError {
  if (cause instanceof KubeError) return cause;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const text = cause instanceof Error ? cause.message : String(cause);
  const kind = code === 'EABORTED' ? 'Aborted' : code === 'ETIMEDOUT' ? 'Timeout' : 'Unavailable';
  return new KubeError(kind, `${what}: ${text}`, { cause, notSent: typeof code === 'string' && NOT_SENT.has(code) });
}

function codeOf(status: number, reason: string | undefined): KubeErrorCode {
  return BY_REASON[reason ?? ''] ?? BY_STATUS[status] ?? (status >= 500 ? 'Unavailable' : 'Unknown');
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Status) : {};
  } catch {
    return {};
  }
}

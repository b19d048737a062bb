/** The API server: answers HTTP requests in process, with nothing but promises between question and answer. */
import type { Http, HttpRequest, HttpResponse } from '../../model/ports';
import { ApiError } from './api-error';
import { connectionError } from './connection-error';
import { discoveryPage } from './discovery';
import { afterDelay, type Fault, type FaultHook } from './faults';
import { openApiPage } from './openapi';
import { type Reply, response } from './reply';
import { type ResourceRequest, readResourceRequest, type Verb } from './request';
import { ResourceServer } from './resources';
import type { ObjectStore } from './store';

/** One request, for audit listeners and fault hooks. */
export interface RequestNote {
  /** `read` for pages that are no resource (discovery, health). */
  verb: Verb | 'read';
  /** Plural, `/subresource` appended; the path for pages. */
  resource: string;
  namespace?: string;
  name?: string;
  method: string;
  url: string;
  userAgent: string;
}

export interface ApiServer {
  /** Never throws for a bad request; throws with a `code` when a fault breaks the connection. */
  handle: Http;
  /** Calls the listener for every request as it arrives. Returns how to stop that. */
  onRequest(listener: (note: RequestNote) => void): () => void;
  /** Asks the hook for trouble at every request; undefined takes it away. */
  setFaults(hook: FaultHook | undefined): void;
  /** How many requests came since the start, by `verb resource`. */
  counts(): Record<string, number>;
}

/** Serves the objects of the store. */
export function createApiServer(store: ObjectStore): ApiServer {
  const resources = new ResourceServer(store);
  const listeners = new Set<(note: RequestNote) => void>();
  const counted = new Map<string, number>();
  let faults: FaultHook | undefined;

  const handle: Http = async (request) => {
    const read = attempt(() => readResourceRequest(request, store.kinds));
    const note = noteOf(request, read.value);
    counted.set(`${note.verb} ${note.resource}`, (counted.get(`${note.verb} ${note.resource}`) ?? 0) + 1);
    for (const listener of listeners) listener(note);
    const fault = faults?.(note) ?? {};
    await afterDelay(store.clock, fault, request);
    if (fault.before) return failed(fault.before);
    const answer = attempt(() => {
      if (read.error) throw read.error;
      return read.value ? resources.serve(read.value) : page(store, request);
    });
    if (fault.after) {
      answer.value?.stream?.end();
      return failed(fault.after);
    }
    return answer.error ? errorResponse(answer.error) : finished(answer.value!, store, request, fault);
  };

  return {
    handle,
    onRequest(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setFaults(hook) {
      faults = hook;
    },
    counts: () => Object.fromEntries(counted),
  };
}

function attempt<T>(task: () => T): { value?: T; error?: unknown } {
  try {
    return { value: task() };
  } catch (error) {
    return { error };
  }
}

function page(store: ObjectStore, request: HttpRequest): Reply {
  const { pathname } = new URL(request.url);
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(pathname)) return { status: 200, body: 'ok' };
  const found = discoveryPage(store.kinds, pathname, request.headers ?? {}) ?? openApiPage(store.kinds, pathname);
  return found ?? { status: 404, body: '404 page not found\n' };
}

function errorResponse(error: unknown): HttpResponse {
  const known =
    error instanceof ApiError ? error : new ApiError(500, 'InternalError', `Internal error occurred: ${error}`);
  const retry = known.details?.retryAfterSeconds;
  return response({
    status: known.code,
    body: known.body,
    ...(retry !== undefined && { headers: { 'retry-after': String(retry) } }),
  });
}

function failed(trouble: ApiError | string): HttpResponse {
  if (typeof trouble === 'string') throw connectionError(trouble);
  return errorResponse(trouble);
}

function finished(answer: Reply, store: ObjectStore, request: HttpRequest, fault: Fault): HttpResponse {
  const { stream } = answer;
  if (!stream) return response(answer);
  request.signal?.addEventListener('abort', () => stream.abort(), { once: true });
  if (request.signal?.aborted) stream.abort();
  if (fault.dropAfterMs !== undefined) store.clock.after(fault.dropAfterMs, () => stream.end('ECONNRESET'));
  if (fault.silentAfterMs !== undefined) store.clock.after(fault.silentAfterMs, () => stream.silence());
  return {
    status: answer.status,
    headers: { 'content-type': 'application/json' },
    lines: () => stream,
    text: async () => {
      const lines: string[] = [];
      for await (const line of stream) lines.push(line);
      return lines.map((line) => `${line}\n`).join('');
    },
  };
}

function noteOf(request: HttpRequest, read: ResourceRequest | undefined): RequestNote {
  const common = { method: request.method, url: request.url, userAgent: request.headers?.['user-agent'] ?? '' };
  if (!read) return { verb: 'read', resource: new URL(request.url).pathname, ...common };
  const { verb, kind, subresource, namespace, name } = read;
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
  return { verb, resource, ...(namespace && { namespace }), ...(name && { name }), ...common };
}

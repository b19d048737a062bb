/** A tiny API server in process, whose every misbehaviour a test can command. */
import type { KubeObject } from '../../../model/kube';
import type { Clock, Http, HttpRequest, HttpResponse } from '../../../model/ports';

type Interceptor = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined;

/** An answer with a JSON body. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    headers,
    text: async () => text,
    lines: async function* () {
      yield* text.split('\n');
    },
  };
}

/** A `kind: Status` answer. */
export function failure(status: number, reason: string, message: string, headers: Record<string, string> = {}) {
  return answer(status, { kind: 'Status', status: 'Failure', code: status, reason, message }, headers);
}

export function broken(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

/** Lines that the test pushes while somebody reads. */
class LineFeed {
  private readonly queue: string[] = [];
  private wake: (() => void) | undefined;
  private done = false;
  private error: Error | undefined;
  /** A silent connection swallows everything, its end included. */
  silent = false;

  constructor(signal: AbortSignal | undefined) {
    signal?.addEventListener('abort', () => {
      this.silent = false;
      this.end(broken('EABORTED'));
    });
  }

  push(line: string): void {
    if (this.done || this.silent) return;
    this.queue.push(line);
    this.wake?.();
  }

  end(error?: Error): void {
    if (this.done || this.silent) return;
    this.done = true;
    this.error = error;
    this.wake?.();
  }

  get open(): boolean {
    return !this.done;
  }

  async *lines(): AsyncGenerator<string> {
    for (;;) {
      while (this.queue.length > 0) yield this.queue.shift()!;
      if (this.error) throw this.error;
      if (this.done) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

interface Recorded {
  collection: string;
  event: { type: string; object: KubeObject };
  version: number;
}

interface OpenWatch {
  collection: string;
  feed: LineFeed;
}

/** Holds objects of any kind by path. Watches of `/apis/g/v/plural` see all namespaces. */
export class FakeApi {
  readonly requests: HttpRequest[] = [];
  /** Asked first, in order; one that answers is used up. */
  readonly next: Interceptor[] = [];
  /** Asked for every request that `next` did not take. */
  always: Interceptor | undefined;
  /** Of the last write. */
  version = 100;

  private objects = new Map<string, KubeObject>();
  private history: Recorded[] = [];
  private watches: OpenWatch[] = [];
  private compactedTo = 0;
  private uids = 0;
  private readonly snapshots = new Map<string, KubeObject[]>();

  constructor(private readonly clock: Clock) {}

  readonly http: Http = async (request) => {
    this.requests.push(request);
    const taken = this.next[0]?.(request);
    if (taken) {
      this.next.shift();
      return taken;
    }
    return (await this.always?.(request)) ?? this.handle(request);
  };

  /** The next request (that `when` matches) is answered so, or fails so. */
  once(outcome: HttpResponse | Error, when: (request: HttpRequest) => boolean = () => true): void {
    this.next.push((request) => {
      if (!when(request)) return undefined;
      if (!(outcome instanceof Error)) return outcome;
      this.next.shift();
      throw outcome;
    });
  }

  /** The next request is answered from the state it finds, but the answer takes `ms` milliseconds. */
  slow(ms: number): void {
    this.next.push((request) => {
      const response = this.handle(request);
      return new Promise((resolve) => this.clock.after(ms, () => resolve(response)));
    });
  }

  get openWatches(): number {
    return this.watches.filter((watch) => watch.feed.open).length;
  }

  /** Requests so far as `METHOD path`, without the query. */
  get log(): string[] {
    return this.requests.map((request) => {
      const url = new URL(request.url);
      const verb = url.searchParams.has('watch') ? 'WATCH' : request.method;
      return `${verb} ${url.pathname}`;
    });
  }

  all(collection: string): KubeObject[] {
    return [...this.objects].filter(([path]) => isIn(path, collection)).map(([, object]) => object);
  }

  read(path: string): KubeObject | undefined {
    return this.objects.get(path);
  }

  /** Creates or changes the object at `path` (`/apis/g/v/namespaces/n/plural/name`), as if another client had. */
  set(path: string, fields: Record<string, unknown> = {}): KubeObject {
    const held = this.objects.get(path);
    const { metadata, ...rest } = fields as { metadata?: object };
    const object = {
      apiVersion: 'v1',
      kind: 'Thing',
      ...held,
      ...rest,
      metadata: { ...identity(path), uid: held?.metadata.uid ?? `uid-${++this.uids}`, ...held?.metadata, ...metadata },
    } as KubeObject;
    return this.commit(path, held ? 'MODIFIED' : 'ADDED', object);
  }

  remove(path: string): KubeObject | undefined {
    const held = this.objects.get(path);
    return held && this.commit(path, 'DELETED', held);
  }

  /** Changes an object without any watch hearing of it: what a lost event looks like. */
  secretly(change: () => void): void {
    const watches = this.watches;
    const length = this.history.length;
    this.watches = [];
    change();
    this.history.length = length;
    this.watches = watches;
  }

  /** Ends every watch: cleanly, or with `error`. */
  drop(error?: Error): void {
    for (const { feed } of this.watches.splice(0)) feed.end(error);
  }

  /** Connections stay open and say nothing any more. */
  hush(): void {
    for (const { feed } of this.watches.splice(0)) feed.silent = true;
  }

  /** Sends a raw line to every watch. */
  say(line: string): void {
    for (const { feed } of this.watches) feed.push(line);
  }

  bookmark(version = this.version): void {
    this.say(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(version) } } }));
  }

  /** Sends the last `count` events again. */
  stutter(count: number): void {
    for (const { collection, event } of this.history.slice(-count)) {
      for (const watch of this.watches) if (isIn(collection, watch.collection)) watch.feed.push(JSON.stringify(event));
    }
  }

  /** Forgets history: watches from before get 410. */
  compact(): void {
    this.compactedTo = this.version;
  }

  /** Starts anew with an empty store, behind connections that stay open. */
  lose(): void {
    this.objects.clear();
    this.history = [];
    this.version = 3;
    this.compactedTo = 0;
  }

  /** Remembers the present; the result goes back to it, as a restored backup does. */
  save(): () => void {
    const objects = new Map(this.objects);
    const version = this.version;
    return () => {
      this.objects = objects;
      this.version = version;
      this.history = [];
      this.compactedTo = version;
      this.drop(broken('ECONNRESET'));
    };
  }

  private commit(path: string, type: string, object: KubeObject): KubeObject {
    const version = ++this.version;
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    if (type === 'DELETED') this.objects.delete(path);
    else this.objects.set(path, stamped);
    const recorded = { collection: path, version, event: { type, object: stamped } };
    this.history.push(recorded);
    for (const watch of this.watches) {
      if (isIn(path, watch.collection)) watch.feed.push(JSON.stringify(recorded.event));
    }
    return stamped;
  }

  private handle(request: HttpRequest): HttpResponse {
    const url = new URL(request.url);
    const path = url.pathname;
    if (request.method === 'GET' && url.searchParams.has('watch')) return this.watch(request, url);
    if (request.method === 'GET' && this.objects.has(path)) return answer(200, this.objects.get(path));
    if (request.method === 'GET' && isCollection(path)) return this.list(url);
    if (request.method === 'POST') return this.create(path, JSON.parse(request.body ?? '{}') as KubeObject);
    const held = this.objects.get(path);
    if (!held) return failure(404, 'NotFound', `${path} not found`);
    if (request.method === 'PUT') return this.replace(path, held, JSON.parse(request.body ?? '{}') as KubeObject);
    if (request.method === 'PATCH') return answer(200, this.set(path, JSON.parse(request.body ?? '{}')));
    if (request.method === 'DELETE') return this.delete(path, held, request.body);
    return failure(405, 'MethodNotAllowed', request.method);
  }

  private create(collection: string, object: KubeObject): HttpResponse {
    const path = `${collection}/${object.metadata.name}`;
    if (this.objects.has(path)) return failure(409, 'AlreadyExists', `${path} already exists`);
    return answer(201, this.set(path, object));
  }

  private replace(path: string, held: KubeObject, object: KubeObject): HttpResponse {
    const { resourceVersion } = object.metadata;
    if (resourceVersion && resourceVersion !== held.metadata.resourceVersion) {
      return failure(409, 'Conflict', 'the object has been modified');
    }
    return answer(200, this.set(path, object));
  }

  private delete(path: string, held: KubeObject, body = '{}'): HttpResponse {
    const { preconditions } = JSON.parse(body) as { preconditions?: { uid?: string } };
    if (preconditions?.uid && preconditions.uid !== held.metadata.uid) return failure(409, 'Conflict', 'another uid');
    this.remove(path);
    return answer(200, { kind: 'Status', status: 'Success' });
  }

  private list(url: URL): HttpResponse {
    const limit = Number(url.searchParams.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const next = url.searchParams.get('continue');
    const [version, offset] = next ? next.split(':').map(Number) : [this.version, 0];
    const items = next ? this.snapshots.get(String(version)) : this.all(url.pathname);
    if (!items || version! < this.compactedTo) return failure(410, 'Expired', 'continue token expired');
    this.snapshots.set(String(version), items);
    const end = offset! + limit;
    const more = end < items.length ? { continue: `${version}:${end}` } : {};
    return answer(200, { items: items.slice(offset, end), metadata: { resourceVersion: String(version), ...more } });
  }

  private watch(request: HttpRequest, url: URL): HttpResponse {
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < this.compactedTo) return failure(410, 'Expired', 'too old resource version');
    const feed = new LineFeed(request.signal);
    this.watches.push({ collection: url.pathname, feed });
    for (const { collection, event, version } of this.history) {
      if (version > from && isIn(collection, url.pathname)) feed.push(JSON.stringify(event));
    }
    const timer = this.clock.after(Number(url.searchParams.get('timeoutSeconds')) * 1000, () => feed.end());
    request.signal?.addEventListener('abort', () => timer.cancel());
    return { status: 200, headers: {}, text: async () => '', lines: () => feed.lines() };
  }
}

function isCollection(path: string): boolean {
  return /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/.test(path);
}

function identity(path: string): { name: string; namespace?: string } {
  const [, namespace, name] = /\/namespaces\/([^/]+)\/[^/]+\/([^/]+)$/.exec(path) ?? [];
  return namespace ? { name: name!, namespace } : { name: path.slice(path.lastIndexOf('/') + 1) };
}

/** Whether the object at `path` is in `collection`, which may span namespaces. */
function isIn(path: string, collection: string): boolean {
  if (path.slice(0, path.lastIndexOf('/')) === collection) return true;
  return path.replace(/\/namespaces\/[^/]+/, '').replace(/\/[^/]+$/, '') === collection;
}

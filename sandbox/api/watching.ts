/** Watches over HTTP: events as lines of JSON, bookmarks, initial events, time limits. */
import type { KubeObject } from '../../model/kube';
import type { Clock, Timer } from '../../model/ports';
import { ApiError } from './api-error';
import type { Json } from './json';
import type { Kind } from './kind';
import { LineStream } from './line-stream';
import { bookmark, single, type View } from './representation';
import type { Matcher } from './selectors';
import type { ObjectStore, StoreEvent, Watch } from './store';

const BOOKMARK_EVERY_MS = 60_000;
const STANDARD_TIMEOUT_SECONDS = 1800;

export interface WatchRequest {
  kind: Kind;
  /** Namespace and selectors in one. */
  matches: Matcher;
  query: URLSearchParams;
  /** The form of the objects; `now` is read at each event. */
  view: Omit<View, 'now'>;
}

/** Opens a watch; what the stream's reader sees is what a client of a real server sees. */
export function openWatch(store: ObjectStore, request: WatchRequest): LineStream {
  return new OpenWatch(store, request).stream;
}

class OpenWatch {
  readonly stream: LineStream;
  private readonly clock: Clock;
  private readonly closers: (() => void)[] = [];
  private nextBookmark: Timer | undefined;
  private lastVersion: string;

  constructor(
    private readonly store: ObjectStore,
    private readonly request: WatchRequest,
  ) {
    this.clock = store.clock;
    this.lastVersion = store.resourceVersion;
    this.stream = new LineStream(() => {
      for (const close of this.closers) close();
    });
    try {
      this.begin();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.write('ERROR', error.body);
      this.stream.end();
    }
  }

  private begin(): void {
    const { query, kind } = this.request;
    const version = query.get('resourceVersion') ?? '';
    const withState = query.get('sendInitialEvents') === 'true' || version === '' || version === '0';
    if (withState) this.sendState();
    const watch: Watch = this.store.watch(kind, withState ? undefined : version, (event) => this.send(event));
    this.closers.push(() => watch.close());
    const seconds = Number(query.get('timeoutSeconds')) || STANDARD_TIMEOUT_SECONDS;
    const limit = this.clock.after(seconds * 1000, () => this.finish());
    this.closers.push(() => limit.cancel());
    if (this.wantsBookmarks()) this.bookmarkLater();
    this.closers.push(() => this.nextBookmark?.cancel());
  }

  private sendState(): void {
    for (const object of this.store.list(this.request.kind)) {
      if (this.request.matches(object)) this.write('ADDED', this.form(object));
    }
    if (this.request.query.get('sendInitialEvents') !== 'true') return;
    this.bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  /** An object that starts or stops to match the selector is added or deleted for this client. */
  private send({ type, object, previous, revision }: StoreEvent): void {
    this.lastVersion = String(revision);
    const now = type !== 'DELETED' && this.request.matches(object);
    const before = previous !== undefined && this.request.matches(previous);
    if (type === 'ADDED' ? now : now && !before) this.write('ADDED', this.form(object));
    else if (now) this.write('MODIFIED', this.form(object));
    else if (before) {
      const last = type === 'DELETED' ? object : withVersion(previous, object.metadata.resourceVersion);
      this.write('DELETED', this.form(last));
    }
  }

  private wantsBookmarks(): boolean {
    return this.request.query.get('allowWatchBookmarks') === 'true';
  }

  private bookmarkLater(): void {
    this.nextBookmark = this.clock.after(BOOKMARK_EVERY_MS, () => {
      this.bookmark();
      this.bookmarkLater();
    });
  }

  private bookmark(annotations?: Json): void {
    const version = annotations ? this.lastVersion : this.store.resourceVersion;
    this.write('BOOKMARK', bookmark(this.request.kind, version, annotations, this.fullView()));
  }

  private finish(): void {
    if (this.wantsBookmarks()) this.bookmark();
    this.stream.end();
  }

  private fullView(): View {
    return { ...this.request.view, now: this.clock.now() };
  }

  private form(object: KubeObject): unknown {
    return single(this.request.kind, object, this.fullView());
  }

  private write(type: string, object: unknown): void {
    this.stream.write(JSON.stringify({ type, object }));
  }
}

function withVersion(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion && { resourceVersion }) } };
}

/** A live copy of one kind: lists once, then follows the watch, whatever the API server and the network do. */
import type { KubeObject, ResourceType } from '../../model/kube';
import type { Clock } from '../../model/ports';
import { Backoff, sleep } from './backoff';
import { Broadcast } from './broadcast';
import type { KubeClient } from './client';
import { isKubeError, KubeError, retryAfterMs } from './error';
import type { Rounds } from './held';
import { isNewer } from './resource-version';
import { type Change, ObjectStore } from './store';
import type { WatchEvent } from './watch';
import { WatchPace } from './watch-pace';

export type { Change } from './store';

/** Told of what went wrong and was survived. */
export type OnProblem = (message: string, error: unknown) => void;

export interface WatchCacheOptions {
  client: KubeClient;
  clock: Clock;
  /** A number in [0, 1), for jitter. */
  random: () => number;
  type: ResourceType;
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** Hold `apiVersion`, `kind` and `metadata` only, and ask the server for no more. */
  metadataOnly?: boolean | undefined;
  /** Keys of an object by which `find` finds it. */
  keysOf?: ((object: KubeObject) => string[]) | undefined;
  /** Lists again this often, to find what the watch lost. @default 600000 */
  resyncMs?: number | undefined;
  /** Objects that one request for a list asks for. @default 500 */
  chunkSize?: number | undefined;
  /** The length of one watch that the server is asked for. @default 60000 */
  watchTimeoutMs?: number | undefined;
  /** Silence after which a watch counts as dead. @default 70000 */
  idleTimeoutMs?: number | undefined;
  /** Between looks for a kind that is not served or not allowed. @default 30000 */
  unavailableRetryMs?: number | undefined;
  onProblem?: OnProblem | undefined;
  /** Shared by caches that put away together. */
  rounds?: Rounds | undefined;
}

/** `unavailable`: the kind is not served (its CRD is missing) or we may not list it; looked for again slowly. */
export type CacheState = 'idle' | 'starting' | 'synced' | 'unavailable' | 'stopped';

/** Writes of ours whose events are under way. */
const MOST_WRITTEN = 1_000;
/** A kind that stops being served for this long has no objects any more. */
const FORGET_AFTER_MS = 60_000;

/** Objects that it returns are shared: read them, never change them. */
export class WatchCache {
  readonly type: ResourceType;
  /** True at the first complete list; false when stopped before that. */
  readonly synced: Promise<boolean>;
  /** Resolves at the first complete list, or when the kind turns out to be unavailable, or at stop. */
  readonly settled: Promise<void>;

  private readonly store: ObjectStore;
  private readonly changes: Broadcast<[Change]>;
  private readonly stopping = new AbortController();
  private readonly listBackoff: Backoff;
  private readonly pace: WatchPace;
  private running: Promise<void> | undefined;
  private current: CacheState = 'idle';
  /** `list`: nothing is certain without one; `resync`: a routine look. */
  private need: 'list' | 'resync' | undefined = 'list';
  private resyncAtMs = 0;
  private heardMs: number;
  private missingSinceMs: number | undefined;
  private refused: KubeError | undefined;
  /** Versions that our own writes made and that the watch has not told yet. */
  private readonly written = new Set<string>();
  private resolveSynced!: (complete: boolean) => void;
  private resolveSettled!: () => void;

  constructor(private readonly options: WatchCacheOptions) {
    this.type = options.type;
    this.store = new ObjectStore(options.keysOf, options.rounds);
    this.changes = new Broadcast((error) => this.report(`a listener of ${options.type.plural} failed`, error));
    this.heardMs = options.clock.now();
    this.listBackoff = new Backoff({ random: options.random });
    this.pace = new WatchPace(options.random);
    this.synced = new Promise((resolve) => {
      this.resolveSynced = resolve;
    });
    this.settled = new Promise((resolve) => {
      this.resolveSettled = resolve;
    });
  }

  get state(): CacheState {
    return this.current;
  }

  /** Why what is held cannot be relied on: we may not list or watch the kind. */
  get refusal(): KubeError | undefined {
    return this.refused;
  }

  /** How many objects are held. */
  get size(): number {
    return this.store.size;
  }

  start(): void {
    if (this.running || this.current === 'stopped') return;
    this.current = 'starting';
    this.heardMs = this.options.clock.now();
    this.running = this.run();
  }

  /** Ends the watch; resolves when no timer or connection is left. */
  async stop(): Promise<void> {
    this.current = 'stopped';
    this.stopping.abort();
    await this.running;
    this.changes.clear();
    this.resolveSynced(false);
    this.resolveSettled();
  }

  get<T extends KubeObject = KubeObject>(namespace: string | undefined, name: string): T | undefined {
    return this.store.get(namespace, name) as T | undefined;
  }

  list<T extends KubeObject = KubeObject>(namespace?: string): T[] {
    return this.store.list(namespace) as T[];
  }

  /** Objects of a namespace that have the key. @throws Error without `keysOf` */
  find<T extends KubeObject = KubeObject>(namespace: string | undefined, key: string): T[] {
    return this.store.find(namespace, key) as T[];
  }

  /** How many objects a namespace has. */
  count(namespace: string): number {
    return this.store.count(namespace);
  }

  /** Changes from now on, in order; returns how to stop listening. What a listener throws is reported, nothing more. */
  onChange(listener: (change: Change) => void): () => void {
    return this.changes.listen(listener);
  }

  /** Milliseconds since the API server was last heard from. */
  ageMs(): number {
    return Math.max(0, this.options.clock.now() - this.heardMs);
  }

  /** Takes the API server's answer to a write of ours at once, if it is newer than what is held. */
  observe(object: KubeObject): void {
    if (!this.covers(object)) return;
    this.awaitEvent(object.metadata.resourceVersion);
    this.emit(this.store.observe(this.trimmed(object)));
  }

  /** Takes out an object of ours that the API server has certainly removed (no finalizers). */
  observeDeleted(object: KubeObject): void {
    if (this.covers(object)) this.emit(this.store.observeDeleted(object));
  }

  /** Notes a version of ours, and forgets those that the stream is past: a write that changed nothing has no event. */
  private awaitEvent(version: string | undefined): void {
    const { position } = this.store;
    for (const earlier of this.written) {
      if (isNewer(earlier, position)) break;
      this.written.delete(earlier);
    }
    if (version && isNewer(version, position)) this.written.add(version);
    // Versions that are no numbers cannot be told apart from coming ones.
    if (this.written.size > MOST_WRITTEN) this.written.delete(this.written.values().next().value ?? '');
  }

  private covers(object: KubeObject): boolean {
    if (this.current === 'stopped') return false;
    return this.options.namespace === undefined || object.metadata.namespace === this.options.namespace;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = this.need ? await this.relist() : await this.follow();
      if (pauseMs > 0) await sleep(this.options.clock, pauseMs, signal);
    }
  }

  /** Lists and takes the differences; returns how long to wait before going on. */
  private async relist(): Promise<number> {
    const { client, type, namespace, labelSelector, metadataOnly, clock, chunkSize } = this.options;
    this.store.beginList();
    try {
      const scope = { namespace, labelSelector, metadataOnly, chunkSize };
      const call = { attempts: 1, timeoutMs: 60_000, signal: this.stopping.signal };
      let version = '';
      // A chunk at a time is unpacked, not the thousands of a large cluster.
      for await (const { first, items, resourceVersion } of client.pages(type, { ...scope, ...call })) {
        this.heard();
        if (first) this.store.beginSnapshot();
        this.emit(this.store.takeListed(items.map((item) => this.trimmed(item))));
        version = resourceVersion;
      }
      this.emit(this.store.endList(version));
      this.listed();
      return 0;
    } catch (error) {
      if (this.stopping.signal.aborted) return 0;
      if (isKubeError(error, 'NotFound', 'Forbidden', 'MethodNotAllowed')) return this.unavailable(error);
      this.report(`cannot list ${type.plural}`, error);
      if (this.need === 'list') return this.listBackoff.nextMs(retryAfterMs(error));
      // A resync that fails costs nothing: go on watching, try again soon.
      this.need = undefined;
      this.resyncAtMs = clock.now() + Math.min(this.resyncMs(), FORGET_AFTER_MS);
      return 0;
    }
  }

  private listed(): void {
    this.written.clear();
    this.listBackoff.reset();
    this.missingSinceMs = undefined;
    this.refused = undefined;
    this.need = undefined;
    this.resyncAtMs = this.options.clock.now() + this.resyncMs();
    this.current = 'synced';
    this.resolveSynced(true);
    this.resolveSettled();
  }

  private unavailable(error: KubeError): number {
    const { clock, random, type } = this.options;
    this.heard();
    if (this.current !== 'unavailable') this.report(`${type.apiVersion} ${type.kind} is not available`, error);
    this.current = 'unavailable';
    this.refused = error.code === 'Forbidden' ? error : undefined;
    this.need = 'list';
    this.missingSinceMs ??= clock.now();
    // Restarting API servers answer 404 for a moment too, so what is held is not given up at once.
    if (error.code === 'NotFound' && clock.now() - this.missingSinceMs >= FORGET_AFTER_MS) {
      this.emit(this.store.replace([], ''));
    }
    this.resolveSettled();
    return (this.options.unavailableRetryMs ?? 30_000) * (0.75 + random() / 4);
  }

  /** Follows one watch to its end; returns how long to wait before going on. */
  private async follow(): Promise<number> {
    const { clock } = this.options;
    const cut = new AbortController();
    const onStop = () => cut.abort();
    this.stopping.signal.addEventListener('abort', onStop);
    const resync = clock.after(Math.max(0, this.resyncAtMs - clock.now()), () => cut.abort());
    const openedMs = clock.now();
    const seen = { progress: false };
    try {
      await this.consume(cut.signal, seen);
      return this.after(openedMs, seen.progress, undefined);
    } catch (error) {
      if (cut.signal.aborted) {
        this.need = 'resync';
        return 0;
      }
      return this.after(openedMs, seen.progress, error);
    } finally {
      resync.cancel();
      this.stopping.signal.removeEventListener('abort', onStop);
    }
  }

  private async consume(signal: AbortSignal, seen: { progress: boolean }): Promise<void> {
    const { client, type, namespace, labelSelector, metadataOnly, idleTimeoutMs = 70_000, random } = this.options;
    // Spread, so that the watches of all kinds do not end in the same second for ever.
    const timeoutMs = (this.options.watchTimeoutMs ?? 60_000) * (0.9 + random() / 10);
    const scope = { namespace, labelSelector, metadataOnly, resourceVersion: this.store.position ?? '' };
    const onOpen = () => this.heard();
    const isHeld = (version: string) => this.written.delete(version);
    for await (const event of client.watch(type, { ...scope, timeoutMs, idleTimeoutMs, signal, onOpen, isHeld })) {
      this.heard();
      this.take(event);
      seen.progress = true;
    }
  }

  private take(event: WatchEvent): void {
    const object = event.type === 'BOOKMARK' ? event.object : this.trimmed(event.object);
    const changes = this.store.apply({ type: event.type, object });
    if (changes === 'rewound') {
      const version = object.metadata.resourceVersion;
      throw new KubeError('Expired', `resourceVersion went back from ${this.store.position} to ${version}`);
    }
    this.emit(changes);
  }

  private after(openedMs: number, progress: boolean, error: unknown): number {
    // Only lists would be a view that gets old without a word.
    if (isKubeError(error, 'Forbidden')) return this.unavailable(error);
    const livedMs = this.options.clock.now() - openedMs;
    const { pauseMs, listNext } = this.pace.after({ livedMs, progress, error });
    if (listNext) this.need = 'list';
    if (error !== undefined && !isKubeError(error, 'Expired')) this.report(`watch of ${this.type.plural} ended`, error);
    return pauseMs;
  }

  /** Without `metadata.managedFields`, which nobody reads. */
  private trimmed(object: KubeObject): KubeObject {
    const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { managedFields?: unknown };
    const { apiVersion, kind } = object;
    if (this.options.metadataOnly) return { apiVersion, kind, metadata };
    return { ...object, metadata };
  }

  private emit(changes: Change[]): void {
    this.changes.send(changes.map((change): [Change] => [change]));
  }

  private heard(): void {
    this.heardMs = this.options.clock.now();
  }

  private resyncMs(): number {
    return (this.options.resyncMs ?? 600_000) * (0.9 + this.options.random() / 10);
  }

  private report(message: string, error: unknown): void {
    this.options.onProblem?.(message, error);
  }
}

/** All caches of the controller behind one door, with one stream of changes. */
import type { KubeObject, ResourceType } from '../../model/kube';
import type { Timer } from '../../model/ports';
import { Broadcast } from './broadcast';
import { type Change, WatchCache, type WatchCacheOptions } from './cache';
import type { KubeError } from './error';
import { Rounds } from './held';

export interface CacheSetOptions
  extends Omit<WatchCacheOptions, 'type' | 'metadataOnly' | 'labelSelector' | 'keysOf' | 'rounds'> {}

export type OpenOptions = Pick<WatchCacheOptions, 'metadataOnly' | 'labelSelector' | 'keysOf'>;

/** `type` is the resource type that the changed object belongs to. */
export type ChangeListener = (change: Change, type: ResourceType) => void;

/** What is read at least this often stays unpacked: the targets of runs, with intervals of 10 s and more. */
const ROUND_MS = 20_000;

export class CacheSet {
  private readonly caches = new Map<string, WatchCache>();
  /** The same by the type itself, as nearly all callers have it: a tick asks for dozens. */
  private readonly byType = new WeakMap<ResourceType, WatchCache>();
  private readonly changes: Broadcast<Parameters<ChangeListener>>;
  private stopped = false;
  private readonly rounds = new Rounds();
  private nextRound: Timer | undefined;

  constructor(private readonly options: CacheSetOptions) {
    this.changes = new Broadcast((error) => options.onProblem?.('a listener of the caches failed', error));
  }

  /**
   * The cache of a kind, started at the first call. ConfigMaps and Secrets are held as metadata only unless told
   * otherwise. Later calls return the same cache; their options are ignored.
   */
  open(type: ResourceType, options: OpenOptions = {}): WatchCache {
    const known = this.byType.get(type);
    if (known) return known;
    const cache = this.caches.get(keyOf(type)) ?? this.opened(type, options);
    this.byType.set(type, cache);
    return cache;
  }

  private opened(type: ResourceType, options: OpenOptions): WatchCache {
    if (this.stopped) throw new Error(`the caches are stopped: ${type.plural} cannot be opened`);
    const cache = new WatchCache({
      metadataOnly: isSensitive(type),
      ...this.options,
      ...options,
      type,
      rounds: this.rounds,
    });
    this.caches.set(keyOf(type), cache);
    cache.onChange((change) => this.changes.send([[change, type]]));
    cache.start();
    this.nextRound ??= this.roundLater();
    return cache;
  }

  private roundLater(): Timer {
    return this.options.clock.after(ROUND_MS, () => {
      this.rounds.end();
      this.nextRound = this.roundLater();
    });
  }

  get<T extends KubeObject = KubeObject>(type: ResourceType, namespace: string | undefined, name: string) {
    return this.open(type).get<T>(namespace, name);
  }

  list<T extends KubeObject = KubeObject>(type: ResourceType, namespace?: string): T[] {
    return this.open(type).list<T>(namespace);
  }

  /** Objects of a namespace by the key of the kind's index. @throws Error when the kind was opened without one */
  find<T extends KubeObject = KubeObject>(type: ResourceType, namespace: string | undefined, key: string): T[] {
    return this.open(type).find<T>(namespace, key);
  }

  count(type: ResourceType, namespace: string): number {
    return this.open(type).count(namespace);
  }

  /** Changes of every kind that is open now or later; returns how to stop listening. */
  onChange(listener: ChangeListener): () => void {
    return this.changes.listen(listener);
  }

  /** Write-back of the API server's answer to a write of ours. Kinds that are not open are ignored. */
  observe(type: ResourceType, object: KubeObject): void {
    this.caches.get(keyOf(type))?.observe(object);
  }

  observeDeleted(type: ResourceType, object: KubeObject): void {
    this.caches.get(keyOf(type))?.observeDeleted(object);
  }

  /** Resolves when every open cache is complete, or known to be unavailable. */
  async settled(): Promise<void> {
    await Promise.all([...this.caches.values()].map((cache) => cache.settled));
  }

  /** Kinds that the API server does not serve or does not let us list. */
  unavailable(): ResourceType[] {
    return [...this.caches.values()].filter((cache) => cache.state === 'unavailable').map((cache) => cache.type);
  }

  /** Why one of the kinds cannot be seen: the first that we may not list or watch. */
  refusal(types: readonly ResourceType[]): KubeError | undefined {
    return types.map((type) => this.caches.get(keyOf(type))?.refusal).find((error) => error !== undefined);
  }

  /** Puts away all objects as JSON, also those that were read a moment ago. */
  putAway(): void {
    for (let round = 0; round < 2; round += 1) this.rounds.end();
  }

  /** Milliseconds since the API server was last heard from by the cache that waits the longest; 0 when none is open. */
  ageMs(): number {
    return Math.max(0, ...[...this.caches.values()].map((cache) => cache.ageMs()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.nextRound?.cancel();
    await Promise.all([...this.caches.values()].map((cache) => cache.stop()));
    this.changes.clear();
  }
}

function keyOf(type: ResourceType): string {
  return `${type.apiVersion}/${type.plural}`;
}

function isSensitive(type: ResourceType): boolean {
  return type.apiVersion === 'v1' && (type.plural === 'secrets' || type.plural === 'configmaps');
}

/** One watch connection as a stream of events. Restarting it is the cache's business. */
import type { KubeObject, ResourceType } from '../../model/kube';
import type { Clock, Timer } from '../../model/ports';
import { errorOfConnection, errorOfStatus, KubeError, type Status } from './error';
import { asItem } from './item';
import { collectionPath, queryString } from './path';
import type { Transport } from './transport';

/** Made once: an abort without a reason makes an exception with its stack each time, and watches end all the time. */
const OVER = Object.assign(new Error('the watch is over'), { name: 'AbortError', code: 'ABORT_ERR' });

export interface WatchOptions {
  /** Start after this version. */
  resourceVersion: string;
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  metadataOnly?: boolean | undefined;
  /** Asks the server to end the watch after this time. @default 60000 */
  timeoutMs?: number;
  /** Silence, bookmarks included, after which the connection counts as dead. @default 70000 */
  idleTimeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Whether this version of an object is held already: then its event comes as a bookmark, and costs no parsing. */
  isHeld?: (version: string) => boolean;
  /** Called when the server has accepted the watch. */
  onOpen?: () => void;
}

/** A bookmark carries only a resourceVersion. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

const METADATA_ITEM = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
const EVENT_TYPES = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * Yields events until the server ends the watch.
 * @throws KubeError: `Expired` (list again), `Timeout` (silent), `Unavailable` (dropped), `InvalidResponse` (garbage)
 */
export async function* watchStream<T extends KubeObject>(
  transport: Transport,
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const path = watchPath(type, options);
  const idleTimeoutMs = options.idleTimeoutMs ?? 70_000;
  const guard = new IdleGuard(transport.clock, idleTimeoutMs, options.signal);
  try {
    const accept = options.metadataOnly ? METADATA_ITEM : 'application/json';
    const call = { method: 'GET', path, accept, signal: guard.signal, timeoutMs: Math.min(idleTimeoutMs, 30_000) };
    const response = await transport.open(call);
    options.onOpen?.();
    const lines = response.lines()[Symbol.asyncIterator]();
    for (;;) {
      const line = await guard.next(lines);
      if (line === undefined) return;
      if (line.trim() === '') continue;
      const resourceVersion = options.isHeld && versionOf(line);
      if (resourceVersion && options.isHeld?.(resourceVersion)) {
        yield { type: 'BOOKMARK', object: { ...type, metadata: { name: '', resourceVersion } } as KubeObject as T };
      } else yield parseEvent<T>(type, line, options.metadataOnly);
    }
  } catch (error) {
    throw errorOfConnection(error, `watch ${path}`);
  } finally {
    guard.close();
  }
}

/** Reads lines, and gives up on a connection that says nothing. Aborting is the only sure way to free its socket. */
class IdleGuard {
  private readonly controller = new AbortController();
  private readonly forward = () => this.controller.abort();
  private readonly onAbort = () => this.fail?.(new KubeError('Aborted', 'watch aborted'));
  /** One timer for all lines: it looks when the last one came, and goes on for the rest. */
  private timer: Timer | undefined;
  private heardMs = 0;
  /** Ends the wait for a line. */
  private fail: ((error: KubeError) => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly idleTimeoutMs: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.signal.addEventListener('abort', this.onAbort);
    outer?.addEventListener('abort', this.forward);
    if (outer?.aborted) this.forward();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The next line, or undefined at the end of the stream. */
  next(lines: AsyncIterator<string>): Promise<string | undefined> {
    this.heardMs = this.clock.now();
    this.timer ??= this.clock.after(this.idleTimeoutMs, this.look);
    return new Promise((resolve, reject) => {
      this.fail = reject;
      if (this.signal.aborted) this.onAbort();
      lines.next().then((step) => resolve(step.done ? undefined : step.value), reject);
    });
  }

  close(): void {
    this.timer?.cancel();
    this.outer?.removeEventListener('abort', this.forward);
    this.signal.removeEventListener('abort', this.onAbort);
    this.controller.abort(OVER);
  }

  private readonly look = () => {
    const leftMs = this.heardMs + this.idleTimeoutMs - this.clock.now();
    if (leftMs > 0) this.timer = this.clock.after(leftMs, this.look);
    else this.fail?.(new KubeError('Timeout', `the watch said nothing for ${this.idleTimeoutMs} ms`));
  };
}

function watchPath(type: ResourceType, options: WatchOptions): string {
  const { namespace, labelSelector, fieldSelector, resourceVersion } = options;
  const timeoutSeconds = Math.max(1, Math.round((options.timeoutMs ?? 60_000) / 1000));
  const fixed = { watch: true, allowWatchBookmarks: true, timeoutSeconds };
  return collectionPath(type, namespace) + queryString({ ...fixed, resourceVersion, labelSelector, fieldSelector });
}

const VERSION = '"resourceVersion":"';

/** Of the object in an event of a change, as far as it shows without parsing: servers write metadata before all that is long. */
function versionOf(line: string): string | undefined {
  if (!line.startsWith('{"type":"MODIFIED"')) return undefined;
  const start = line.indexOf(VERSION) + VERSION.length;
  return start < VERSION.length ? undefined : line.slice(start, line.indexOf('"', start));
}

/** @throws KubeError `InvalidResponse`, or what an ERROR event reports */
function parseEvent<T extends KubeObject>(type: ResourceType, line: string, metadataOnly?: boolean): WatchEvent<T> {
  let event: { type?: string; object?: KubeObject & Status };
  try {
    event = JSON.parse(line) as typeof event;
  } catch (cause) {
    throw new KubeError('InvalidResponse', `the watch sent a line that is not JSON: ${line.slice(0, 200)}`, { cause });
  }
  if (event?.type === 'ERROR') throw errorOfStatus(event.object ?? {});
  if (!EVENT_TYPES.has(event?.type ?? '') || !event.object?.metadata) {
    throw new KubeError('InvalidResponse', `the watch sent something that is not an event: ${line.slice(0, 200)}`);
  }
  return { type: event.type as WatchEvent['type'], object: asItem(type, event.object, metadataOnly) as T };
}

/** The API server's verbs over raw objects: fields that we do not know stay as they are. */
import type { KubeObject, ObjectMeta, ResourceType } from '../../model/kube';
import type { Clock } from '../../model/ports';
import { isKubeError } from './error';
import { asItem } from './item';
import { collectionPath, objectPath, queryString, type Subresource } from './path';
import { type CallOptions, Transport, type TransportOptions } from './transport';
import { type WatchEvent, type WatchOptions, watchStream } from './watch';

export type KubeClientOptions = TransportOptions;

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only `metadata` of each item leaves the server. */
  metadataOnly?: boolean | undefined;
  /** Items per request. @default 500 */
  chunkSize?: number | undefined;
}

/** All items, with `apiVersion` and `kind` filled in, as of `resourceVersion`. */
export interface ObjectList<T extends KubeObject = KubeObject> {
  items: T[];
  resourceVersion: string;
}

export interface ObjectPage<T extends KubeObject = KubeObject> extends ObjectList<T> {
  /** A snapshot begins: what came before is not of it. */
  first: boolean;
}

export interface WriteOptions extends CallOptions {
  subresource?: Subresource;
  /** @default serin */
  fieldManager?: string;
}

/** `strategic` merges lists by key (built-in kinds only), `apply` is server-side apply. */
export type PatchKind = 'merge' | 'json' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  /** @default merge */
  kind?: PatchKind;
  /** `apply` only: take fields over from other managers. */
  force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only this very object, else `Conflict`. */
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

const PATCH_TYPES: Record<PatchKind, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** A client of one API server. Every method throws {@link KubeError}. */
export class KubeClient {
  private readonly transport: Transport;
  readonly clock: Clock;

  constructor(options: KubeClientOptions) {
    this.transport = new Transport(options);
    this.clock = options.clock;
  }

  /** The object, or undefined when there is none. */
  async get<T extends KubeObject = KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    options: CallOptions & { subresource?: Subresource } = {},
  ): Promise<T | undefined> {
    const path = objectPath(type, namespace, name, options.subresource);
    try {
      return (await this.transport.send({ ...options, method: 'GET', path })) as T;
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Any other document of the API server, for example `/version`. */
  getPath(path: string, options: CallOptions = {}): Promise<unknown> {
    return this.transport.send({ ...options, method: 'GET', path });
  }

  /** All objects of a kind, read in chunks of one snapshot. */
  async list<T extends KubeObject = KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    let list: ObjectList<T> = { items: [], resourceVersion: '' };
    for await (const { first, items, resourceVersion } of this.pages<T>(type, options)) {
      list = { items: first ? items : list.items.concat(items), resourceVersion };
    }
    return list;
  }

  /** The same chunk by chunk, for who need not have all of it at once. */
  async *pages<T extends KubeObject = KubeObject>(
    type: ResourceType,
    options: ListOptions = {},
  ): AsyncGenerator<ObjectPage<T>> {
    const limit = options.chunkSize ?? 500;
    let { next, ...page } = await this.page<T>(type, options, limit);
    const { resourceVersion } = page;
    yield { ...page, first: true };
    while (next) {
      try {
        ({ next, ...page } = await this.page<T>(type, options, limit, next));
      } catch (error) {
        if (!isKubeError(error, 'Expired')) throw error;
        // The snapshot was compacted half-way: one whole list is the only consistent answer.
        const { next: _, ...whole } = await this.page<T>(type, options, 0);
        yield { ...whole, first: true };
        return;
      }
      yield { items: page.items, resourceVersion, first: false };
    }
  }

  create<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const path = collectionPath(type, object.metadata.namespace) + managerOf(options);
    return this.transport.send({ ...options, method: 'POST', path, body: object }) as Promise<T>;
  }

  /** Replaces the whole object; with its resourceVersion set, only if nobody else wrote (`Conflict`). */
  replace<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const { name, namespace } = object.metadata;
    const path = objectPath(type, namespace, name, options.subresource) + managerOf(options);
    return this.transport.send({ ...options, method: 'PUT', path, body: object }) as Promise<T>;
  }

  patch<T extends KubeObject = KubeObject>(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = objectPath(type, namespace, name, options.subresource) + managerOf(options, options.force);
    const contentType = PATCH_TYPES[options.kind ?? 'merge'];
    return this.transport.send({ ...options, method: 'PATCH', path, body: patch, contentType }) as Promise<T>;
  }

  /** False when there was nothing to delete. Objects with finalizers stay until those are gone. */
  async delete(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Promise<boolean> {
    const { uid, resourceVersion, propagationPolicy } = options;
    const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(Object.keys(preconditions).length > 0 ? { preconditions } : {}),
      ...(propagationPolicy ? { propagationPolicy } : {}),
    };
    try {
      await this.transport.send({ ...options, method: 'DELETE', path: objectPath(type, namespace, name), body });
      return true;
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return false;
      throw error;
    }
  }

  /** Changes after `options.resourceVersion`, one attempt: ends with the connection, throws what the server reports. */
  watch<T extends KubeObject = KubeObject>(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    return watchStream<T>(this.transport, type, options);
  }

  private async page<T extends KubeObject>(type: ResourceType, options: ListOptions, limit: number, next?: string) {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = options;
    const query = queryString({ labelSelector, fieldSelector, limit: limit || undefined, continue: next });
    const path = collectionPath(type, namespace) + query;
    const accept = metadataOnly ? { accept: METADATA_LIST } : {};
    const answer = (await this.transport.send({ ...options, ...accept, method: 'GET', path })) as RawList;
    const items = (answer.items ?? []).map((item) => asItem(type, item, metadataOnly) as T);
    return { items, resourceVersion: answer.metadata?.resourceVersion ?? '', next: answer.metadata?.continue };
  }
}

interface RawList {
  items?: { metadata: ObjectMeta }[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

function managerOf(options: WriteOptions, force?: boolean): string {
  return queryString({ fieldManager: options.fieldManager ?? 'serin', force: force || undefined });
}

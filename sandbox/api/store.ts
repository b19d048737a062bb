/** The objects of the sandbox: versioned, defaulted, validated and watched as a real API server does, synchronously. */
import type { KubeObject } from '../../model/kube';
import type { Clock } from '../../model/ports';
import { ApiError, alreadyExists, invalid, notFound } from './api-error';
import { BUILTIN_KINDS } from './builtin-kinds';
import type { SkippedRule } from './custom/rules';
import { serveCustomResources } from './custom/serve';
import { collectGarbage } from './garbage';
import { History, type Listener, type Watch, type WatchEventType } from './history';
import { copy, deepFreeze, same } from './json';
import { type Admission, type Kind, KindRegister, type TypeRef } from './kind';
import { checkMetadata, checkNamespace, desiredState, finalizersOf, generatedName, timestamp } from './metadata';
import { terminateNamespaces } from './namespaces';
import {
  addPropagationFinalizer,
  checkPreconditions,
  checkVersion,
  keepServerFields,
  type Preconditions,
  type Propagation,
} from './preconditions';
import { Shelf } from './shelf';
import { into, keyOf, outOf, shelfOf } from './stored-form';

export type { StoreEvent, Watch } from './history';
export type { Propagation } from './preconditions';

/** Where one object is. */
export interface ObjectRef extends TypeRef {
  namespace?: string | undefined;
  name: string;
}

export interface WriteOptions {
  /** Everything but the effect. */
  dryRun?: boolean;
  /** Sees the object after defaulting and before validation, and may change its metadata (field ownership). */
  track?: (object: KubeObject, old: KubeObject | undefined) => void;
}

export interface UpdateOptions extends WriteOptions {
  subresource?: 'status' | undefined;
}

export interface DeleteOptions {
  preconditions?: Preconditions;
  /** @default 'Background' */
  propagation?: Propagation;
  dryRun?: boolean;
}

export interface StoreOptions {
  clock: Clock;
  /** Makes a new, unique object id. */
  uid: () => string;
}

/**
 * Every object of the cluster. Objects that come out are frozen and shared: `copy` one before changing it, or use `modify`.
 * All methods throw ApiError.
 */
export class ObjectStore {
  readonly clock: Clock;
  readonly kinds = new KindRegister();
  /** CEL rules of custom kinds that could not be compiled, so that they are not enforced. */
  readonly skippedRules: SkippedRule[] = [];
  private readonly uid: () => string;
  private readonly shelves = new Map<string, Shelf>();
  private readonly history = new History();

  constructor(options: StoreOptions) {
    this.clock = options.clock;
    this.uid = options.uid;
    for (const kind of BUILTIN_KINDS) this.kinds.add(kind);
    collectGarbage(this);
    terminateNamespaces(this);
    serveCustomResources(this, (skipped) => this.skippedRules.push(skipped));
    for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
      this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  }

  /** The version of the newest write. */
  get resourceVersion(): string {
    return String(this.history.revision);
  }

  /** Watches and lists cannot go back further than this version. */
  get oldestVersion(): number {
    return this.history.floor;
  }

  /** The object, or undefined when there is none. */
  get(ref: ObjectRef): KubeObject | undefined {
    const kind = this.kinds.get(ref);
    const found = this.shelf(kind).get(keyOf(kind, ref.namespace, ref.name));
    return found && outOf(kind, found);
  }

  /** All objects of a kind in the order of namespace and name; of one namespace when that is given. */
  list(type: TypeRef, namespace?: string): KubeObject[] {
    const kind = this.kinds.get(type);
    const all = this.shelf(kind).all();
    const found = namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    return kind.hub ? found.map((object) => outOf(kind, object)) : found;
  }

  create(object: KubeObject, options: WriteOptions = {}): KubeObject {
    const kind = this.kinds.get(object);
    const draft = into(kind, object);
    const stored = this.storedKind(kind);
    this.prepareNew(stored, draft);
    this.admit(stored, draft, { store: this, operation: 'create' }, options);
    const key = keyOf(kind, draft.metadata.namespace, draft.metadata.name);
    if (this.shelf(kind).get(key)) throw alreadyExists(kind, draft.metadata.name);
    return outOf(kind, options.dryRun ? deepFreeze(draft) : this.put(stored, 'ADDED', draft));
  }

  /** Replaces the object, or only its status. A write that changes nothing leaves the resourceVersion alone. */
  update(object: KubeObject, options: UpdateOptions = {}): KubeObject {
    const kind = this.kinds.get(object);
    const stored = this.storedKind(kind);
    const draft = into(kind, object);
    const old = this.require(kind, draft);
    checkVersion(kind, draft, old);
    keepServerFields(stored, draft, old, options.subresource);
    const admission: Admission = { store: this, operation: 'update', old };
    if (options.subresource) admission.subresource = options.subresource;
    this.admit(stored, draft, admission, options);
    if (same(draft, old)) return outOf(kind, old);
    const done = old.metadata.deletionTimestamp !== undefined && finalizersOf(draft).length === 0;
    if (options.dryRun) return outOf(kind, deepFreeze(draft));
    return outOf(kind, this.put(stored, done ? 'DELETED' : 'MODIFIED', draft));
  }

  /** Changes a copy of the object and writes it back. @throws ApiError 404 when there is no such object. */
  modify(ref: ObjectRef, change: (draft: KubeObject) => void, options: UpdateOptions = {}): KubeObject {
    const found = this.get(ref);
    if (!found) throw notFound(this.kinds.get(ref), ref.name);
    const draft = copy(found);
    change(draft);
    return this.update(draft, options);
  }

  /** Removes the object, or marks it as being deleted when finalizers hold it. */
  delete(ref: ObjectRef, options: DeleteOptions = {}): { object: KubeObject; removed: boolean } {
    const kind = this.kinds.get(ref);
    const stored = this.storedKind(kind);
    const old = this.require(kind, { metadata: ref });
    checkPreconditions(kind, old, options.preconditions);
    const draft = copy(old);
    addPropagationFinalizer(draft, options.propagation);
    const removed = finalizersOf(draft).length === 0;
    if (!removed) this.markDeleted(stored, draft);
    const unchanged = !removed && same(draft, old);
    if (options.dryRun || unchanged) return { object: outOf(kind, old), removed };
    return { object: outOf(kind, this.put(stored, removed ? 'DELETED' : 'MODIFIED', draft)), removed };
  }

  /**
   * Calls the listener for every change of a kind after `fromResourceVersion` (past ones at once), in order.
   * Without it, only for new changes. A listener may write; what follows from that is told afterwards.
   * @throws ApiError 410 when the history does not go back that far.
   */
  watch(type: TypeRef, fromResourceVersion: string | undefined, listener: Listener): Watch {
    const kind = this.kinds.get(type);
    const view: Listener = (event) =>
      listener({
        ...event,
        object: outOf(kind, event.object),
        ...(event.previous && { previous: outOf(kind, event.previous) }),
      });
    return this.history.watch(shelfOf(kind), fromResourceVersion, view);
  }

  /** Calls the listener for every change of every kind from now on; objects come in their stored version. */
  observe(listener: Listener): Watch {
    return this.history.watch(undefined, undefined, listener);
  }

  /** Forgets the history: watches from an older version get 410. */
  compact(): void {
    this.history.compact();
  }

  private storedKind(kind: Kind): Kind {
    return kind.hub ? this.kinds.get(kind.hub) : kind;
  }

  private shelf(kind: Kind): Shelf {
    const name = shelfOf(kind);
    const found = this.shelves.get(name) ?? new Shelf();
    this.shelves.set(name, found);
    return found;
  }

  private require(kind: Kind, object: { metadata: { name: string; namespace?: string | undefined } }): KubeObject {
    const found = this.shelf(kind).get(keyOf(kind, object.metadata.namespace, object.metadata.name));
    if (!found) throw notFound(kind, object.metadata.name);
    return found;
  }

  private prepareNew(kind: Kind, draft: KubeObject): void {
    const metadata = draft.metadata;
    if (metadata.resourceVersion) {
      throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
    }
    metadata.uid = this.uid();
    if (!metadata.name && metadata.generateName) metadata.name = generatedName(metadata.generateName, metadata.uid);
    if (!kind.namespaced) delete metadata.namespace;
    else checkNamespace(this, kind, draft);
    metadata.creationTimestamp = timestamp(this.clock);
    delete metadata.deletionTimestamp;
    delete metadata['deletionGracePeriodSeconds' as keyof typeof metadata];
    delete metadata.generation;
    if (kind.generation) metadata.generation = 1;
    if (kind.status) delete draft['status'];
  }

  private admit(kind: Kind, draft: KubeObject, admission: Admission, options: WriteOptions): void {
    kind.admit?.(draft, admission);
    const { old } = admission;
    const countsSpec = old && kind.generation && admission.subresource !== 'status';
    if (countsSpec && !same(desiredState(kind, draft), desiredState(kind, old))) {
      draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
    options.track?.(draft, old);
    const problems = [...checkMetadata(draft, old), ...(kind.validate?.(draft, admission) ?? [])];
    if (problems.length > 0) throw invalid(kind, draft.metadata.name, problems);
  }

  private markDeleted(kind: Kind, draft: KubeObject): void {
    if (draft.metadata.deletionTimestamp) return;
    draft.metadata.deletionTimestamp = timestamp(this.clock);
    if (kind.kind !== 'Namespace') Object.assign(draft.metadata, { deletionGracePeriodSeconds: 0 });
    if (draft.metadata.generation) draft.metadata.generation += 1;
    if (kind.kind === 'Namespace') draft['status'] = { phase: 'Terminating' };
  }

  private put(kind: Kind, type: WatchEventType, draft: KubeObject): KubeObject {
    const revision = this.history.nextRevision();
    draft.metadata.resourceVersion = String(revision);
    const key = keyOf(kind, draft.metadata.namespace, draft.metadata.name);
    const shelf = this.shelf(kind);
    const previous = shelf.get(key);
    const object = deepFreeze(draft);
    if (type === 'DELETED') shelf.remove(key);
    else shelf.put(key, object);
    this.history.add({ type, revision, object, ...(previous && { previous }) }, shelfOf(kind));
    return object;
  }
}

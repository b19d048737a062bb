/** What a write may assume about the object, and what of it only the server may change. */
import type { KubeObject } from '../../model/kube';
import { conflict, invalid } from './api-error';
import { copy } from './json';
import type { Kind } from './kind';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** Optimistic locking of updates. @throws ApiError 409, 422 */
export function checkVersion(kind: Kind, draft: KubeObject, old: KubeObject): void {
  const { name, resourceVersion, uid } = draft.metadata;
  if (!resourceVersion && !kind.unconditionalUpdate) {
    const message = 'Invalid value: 0: must be specified for an update';
    // The real server names the resource here, not the kind.
    throw invalid({ ...kind, kind: kind.plural }, name, [
      { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message },
    ]);
  }
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, name);
}

/** What a writer cannot change is taken from the stored object. */
export function keepServerFields(
  kind: Kind,
  draft: KubeObject,
  old: KubeObject,
  subresource: 'status' | undefined,
): void {
  if (subresource === 'status') {
    const { status, metadata } = draft;
    const fields = metadata as unknown as Record<string, unknown>;
    for (const key of Object.keys(draft)) delete draft[key];
    Object.assign(draft, copy(old));
    if (status === undefined) delete draft['status'];
    else draft['status'] = status;
    const managed = fields['managedFields'];
    if (managed !== undefined) Object.assign(draft.metadata, { managedFields: managed });
    // Controllers of built-in kinds annotate in the same write.
    if (!kind.custom && metadata.annotations) draft.metadata.annotations = metadata.annotations;
    return;
  }
  if (kind.status) {
    if (old['status'] === undefined) delete draft['status'];
    else draft['status'] = copy(old['status']);
  }
  const fields = draft.metadata as unknown as Record<string, unknown>;
  const kept = old.metadata as unknown as Record<string, unknown>;
  for (const name of SERVER_FIELDS) {
    if (kept[name] === undefined) delete fields[name];
    else fields[name] = kept[name];
  }
  if (fields['managedFields'] === undefined && kept['managedFields'] !== undefined) {
    fields['managedFields'] = copy(kept['managedFields']);
  }
}

const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
];

/** @throws ApiError 409 */
export function checkPreconditions(kind: Kind, old: KubeObject, wanted: Preconditions | undefined): void {
  const { uid, resourceVersion, name } = old.metadata;
  const named = { group: '', plural: kind.kind, kind: kind.kind };
  const differs = (field: string, given: string, found: string | undefined, what: string) => {
    const said = `the ${field} in the precondition (${given}) does not match the ${field} in record (${found})`;
    return conflict(named, name, `${said}. The object might have been ${what}`);
  };
  if (wanted?.uid && wanted.uid !== uid) throw differs('UID', wanted.uid, uid, 'deleted and then recreated');
  if (wanted?.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw differs('ResourceVersion', wanted.resourceVersion, resourceVersion, 'modified');
  }
}

/** Foreground and orphan deletions wait for the garbage collector by a finalizer. */
export function addPropagationFinalizer(draft: KubeObject, propagation: Propagation | undefined): void {
  const finalizer =
    propagation === 'Foreground' ? 'foregroundDeletion' : propagation === 'Orphan' ? 'orphan' : undefined;
  const finalizers = draft.metadata.finalizers ?? [];
  if (!finalizer || finalizers.includes(finalizer)) return;
  draft.metadata.finalizers = [...finalizers, finalizer];
}

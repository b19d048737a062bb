/** The copies of ConfigMaps and Secrets that the primary uses (spec workloads 3.5, W7, W10). */
import type { Canary } from '../canary';
import { compact, sameJson } from '../json';
import type { KubeObject, OwnerReference } from '../kube';
import { configCopyName } from '../names';
import { controllerReference, includedBy, isOwnedBy, ownedMetadata, withFields } from './metadata';

export interface ConfigCopyOptions {
  /** -include-label-prefix; @defaultValue none */
  includeLabelPrefixes?: readonly string[];
}

/**
 * The copy of `source` to write, undefined when `existing` is up to date. Data, binary data and type are the source's;
 * labels and annotations that others put on the copy stay. `immutable` is not copied: the copy changes in place.
 */
export function configCopy(
  canary: Canary,
  source: KubeObject,
  existing?: KubeObject,
  options: ConfigCopyOptions = {},
): KubeObject | undefined {
  const labels = includedBy(options.includeLabelPrefixes ?? [], source.metadata.labels);
  const content = { data: source['data'], binaryData: source['binaryData'], type: source['type'] };
  if (!existing) {
    return {
      apiVersion: 'v1',
      kind: source.kind,
      metadata: ownedMetadata(canary, configCopyName(source.metadata.name), { labels }),
      ...compact(content),
    };
  }
  const ownerReferences = sharedReferences(canary, existing);
  const metadata = {
    ...(Object.keys(labels).length > 0 ? { labels: { ...existing.metadata.labels, ...labels } } : {}),
    ...(ownerReferences.length > 0 ? { ownerReferences } : {}),
  };
  const copy = compact(withFields(existing, metadata, content)) as KubeObject;
  return sameJson(copy, existing) ? undefined : copy;
}

/** Two Canaries that use one config share its copy: the writer is the controller, the others stay as plain owners. */
function sharedReferences(canary: Canary, existing: KubeObject): OwnerReference[] {
  const present = existing.metadata.ownerReferences ?? [];
  const owner = controllerReference(canary);
  if (!owner) return present;
  const others = present.filter((reference) => reference.uid !== owner.uid);
  return [owner, ...others.map((reference) => ({ ...reference, controller: false }))];
}

/** Whether a copy is only this Canary's, so that it may be deleted once nothing refers to it. */
export const isUnsharedCopy = (canary: Canary, copy: KubeObject): boolean =>
  copy.metadata.name.endsWith('-primary') &&
  isOwnedBy(canary, copy) &&
  (copy.metadata.ownerReferences ?? []).every((reference) => reference.uid === canary.metadata.uid);

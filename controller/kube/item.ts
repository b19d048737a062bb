/** Items of lists and watches as whole objects. */
import type { KubeObject, ObjectMeta, ResourceType } from '../../model/kube';

/** List items come without a kind, and metadata-only ones with the wrong one. */
export function asItem(type: ResourceType, item: { metadata: ObjectMeta }, metadataOnly = false): KubeObject {
  const { apiVersion, kind } = type;
  return metadataOnly ? { apiVersion, kind, metadata: item.metadata } : { ...item, apiVersion, kind };
}

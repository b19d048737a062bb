/** What Pulumi does to the cluster, from the API server's audit log. */
import type { Plane } from '../control-plane/plane';

/** The objects that Pulumi's provider has changed since the mark, by kind and name. */
export function writtenByPulumi(plane: Plane, mark: number, namespace: string): string[] {
  const writes = plane
    .auditLines(mark)
    .filter(({ userAgent, verb }) => userAgent === 'pulumi-resource-kubernetes' && verb !== 'get' && verb !== 'list')
    .filter(({ objectRef, requestURI }) => objectRef?.namespace === namespace && !requestURI.includes('dryRun'));
  return [...new Set(writes.map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.name}`))].sort();
}

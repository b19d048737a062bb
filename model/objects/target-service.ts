/**
 * A Service as target: the copies of it that carry the two sides (spec workloads 6.4, W14). What the cluster assigned to
 * one Service (addresses, node ports) is never copied to another, and is kept on the one that has it.
 */
import type { Canary } from '../canary';
import { at, compact, type JsonObject, numberOf, objectOf, objectsOf, sameJson, textOf } from '../json';
import type { KubeObject } from '../kube';
import { primaryName, targetName } from '../names';
import { copiedAnnotations, isOwnedBy, ownedMetadata, withFields, withoutToolkit } from './metadata';

/** The name of the copy that canary traffic goes to. */
export const canaryCopyName = (canary: Canary): string => `${targetName(canary)}-canary`;

/** The spec without what the cluster assigns: what two copies have in common. */
export function copyableSpec(service: KubeObject): JsonObject {
  const { clusterIP, clusterIPs, ipFamilies, healthCheckNodePort, ports, ...spec } = objectOf(service['spec']);
  return compact({
    ...spec,
    ...(clusterIP === 'None' ? { clusterIP } : {}),
    ...(ports === undefined ? {} : { ports: objectsOf(ports).map(({ nodePort, ...port }) => port) }),
  });
}

const isHeadless = (service: KubeObject): boolean => at(service, 'spec', 'clusterIP') === 'None';

/**
 * Why a copy cannot follow its target: a Service that has no address never gets one, nor the other way round, unless it
 * is made anew. The server refuses some such changes and ignores others, so that the copy would be written for ever.
 */
export function addressProblem(target: KubeObject, copy: KubeObject | undefined): string | undefined {
  if (copy === undefined || isHeadless(target) === isHeadless(copy)) return undefined;
  if ([target, copy].some((service) => at(service, 'spec', 'type') === 'ExternalName')) return undefined;
  const [is, isNot] = isHeadless(target) ? ['is headless', 'is not'] : ['is not headless', 'is'];
  return `service ${target.metadata.name} ${is} and ${copy.metadata.name} ${isNot}: the API server does not change that; put it back, or delete the canary and both copies and make it anew`;
}

/** The canary copy to write: always what the target is now; undefined when nothing differs. */
export function reconcileCanaryCopy(
  canary: Canary,
  target: KubeObject,
  existing: KubeObject | undefined,
): KubeObject | undefined {
  const wanted = copyOf(canary, target, canaryCopyName(canary));
  if (existing === undefined) return wanted;
  const copy = copyOver(canary, existing, wanted, wanted.metadata);
  return sameJson(copy, existing) ? undefined : copy;
}

/** The primary copy as it is created. */
export const primaryCopy = (canary: Canary, target: KubeObject): KubeObject =>
  copyOf(canary, target, primaryName(targetName(canary)));

/** The live primary with what a promotion copies onto it; labels and annotations of others stay. */
export const promotedCopy = (
  canary: Canary,
  target: KubeObject,
  primary: KubeObject,
  included: { labels: Record<string, string>; annotations: Record<string, string> },
): KubeObject => copyOver(canary, primary, copyOf(canary, target, primary.metadata.name), included);

function copyOf(canary: Canary, target: KubeObject, name: string): KubeObject {
  const trafficDistribution = at(canary, 'spec', 'service', 'trafficDistribution');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(canary, name, {
      labels: withoutToolkit(target.metadata.labels),
      annotations: copiedAnnotations(target.metadata.annotations),
    }),
    spec: compact({ ...copyableSpec(target), ...(trafficDistribution ? { trafficDistribution } : {}) }),
  };
}

function copyOver(
  canary: Canary,
  live: KubeObject,
  wanted: KubeObject,
  given: { labels?: Record<string, string>; annotations?: Record<string, string> },
): KubeObject {
  const labels = { ...live.metadata.labels, ...given.labels };
  const annotations = { ...live.metadata.annotations, ...given.annotations };
  const { ownerReferences } = wanted.metadata;
  return withFields(
    live,
    {
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      // Another controller's reference would take the copy away with another object.
      ...(ownerReferences && !isCurrent(canary, live) ? { ownerReferences } : {}),
    },
    { spec: { ...objectOf(wanted['spec']), ...assigned(live, wanted) } },
  );
}

const isCurrent = (canary: Canary, live: KubeObject): boolean =>
  isOwnedBy(canary, live) && (live.metadata.ownerReferences ?? []).some(({ uid }) => uid === canary.metadata.uid);

/** What the cluster gave the live Service, as far as the wanted one may have it. */
function assigned(live: KubeObject, wanted: KubeObject): JsonObject {
  const spec = objectOf(live['spec']);
  const type = textOf(at(wanted, 'spec', 'type')) ?? 'ClusterIP';
  if (type === 'ExternalName' || at(wanted, 'spec', 'clusterIP') !== headless(spec['clusterIP'])) return {};
  const { clusterIP, clusterIPs, ipFamilies, healthCheckNodePort } = spec;
  const local = type === 'LoadBalancer' && at(wanted, 'spec', 'externalTrafficPolicy') === 'Local';
  return compact({
    clusterIP,
    clusterIPs,
    ipFamilies,
    ...(local ? { healthCheckNodePort } : {}),
    ...(type === 'ClusterIP' ? {} : { ports: withNodePorts(spec['ports'], at(wanted, 'spec', 'ports')) }),
  });
}

const headless = (clusterIP: unknown): unknown => (clusterIP === 'None' ? clusterIP : undefined);

function withNodePorts(live: unknown, wanted: unknown): unknown[] {
  return objectsOf(wanted).map((port) => {
    const same = objectsOf(live).find((other) => other['port'] === port['port'] && other['name'] === port['name']);
    const nodePort = numberOf(same?.['nodePort']);
    return nodePort === undefined ? port : { ...port, nodePort };
  });
}

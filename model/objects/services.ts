/** The three Services: apex, primary and canary (spec workloads 6.1, traffic 3.1). */
import type { Canary, CustomMetadata } from '../canary';
import { at, isObject, objectOf, objectsOf, sameJson, textMapOf } from '../json';
import type { KubeObject } from '../kube';
import { apexName, canaryServiceName, primaryName, primaryServiceName, type SelectorLabel } from '../names';
import {
  adoptedReferences,
  CANARY_ANNOTATION,
  deliveryMarks,
  isOwnedBy,
  LAST_APPLIED,
  ownedMetadata,
  TOOLKIT_ANNOTATIONS,
  withFields,
} from './metadata';
import { servicePorts } from './service-ports';

/** The three Services of a Canary as they are created. */
export interface CanaryServices {
  canary: KubeObject;
  primary: KubeObject;
  apex: KubeObject;
}

/** The wanted Services; the target's selector label keeps the two sides apart, its containers give discovered ports. */
export function canaryServices(canary: Canary, selector: SelectorLabel, target?: KubeObject): CanaryServices {
  const make = (name: string, value: string, side: 'apex' | 'primary' | 'canary') =>
    service(canary, { name, selector: { [selector.key]: value }, metadata: metadataOf(canary, side), target });
  return {
    canary: make(canaryServiceName(canary), selector.value, 'canary'),
    primary: make(primaryServiceName(canary), primaryName(selector.value), 'primary'),
    apex: make(apexName(canary), primaryName(selector.value), 'apex'),
  };
}

const metadataOf = (canary: Canary, side: 'apex' | 'primary' | 'canary'): CustomMetadata =>
  objectOf(at(canary, 'spec', 'service', side)) as CustomMetadata;

interface Wanted {
  name: string;
  selector: Record<string, string>;
  metadata: CustomMetadata;
  target: KubeObject | undefined;
}

function service(canary: Canary, { name, selector, metadata, target }: Wanted): KubeObject {
  const spec = objectOf(at(canary, 'spec', 'service'));
  const [key = ''] = Object.keys(selector);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(canary, name, {
      labels: { ...textMapOf(metadata.labels), [key]: name },
      annotations: { ...textMapOf(metadata.annotations), ...TOOLKIT_ANNOTATIONS },
    }),
    spec: {
      type: 'ClusterIP',
      ...(spec['headless'] === true ? { clusterIP: 'None' } : {}),
      ...(spec['trafficDistribution'] ? { trafficDistribution: spec['trafficDistribution'] } : {}),
      ports: servicePorts(canary, target),
      selector,
    },
  };
}

/**
 * The Service to write: `wanted` when there is none, the live one with repaired ports and selector (and metadata, when
 * it is this Canary's own), undefined when nothing differs. A taken-over Service gets no owner and keeps its metadata
 * but for the annotations that keep GitOps tools away.
 */
export function reconcileService(
  canary: Canary,
  existing: KubeObject | undefined,
  wanted: KubeObject,
): KubeObject | undefined {
  if (!existing) return wanted;
  const spec = objectOf(existing['spec']);
  const wantedSpec = objectOf(wanted['spec']);
  const ports = portsOver(spec['ports'], wantedSpec['ports']);
  const selector = wantedSpec['selector'];
  const specDiffers = !sameJson(byNumber(spec['ports']), byNumber(ports)) || !sameJson(spec['selector'], selector);
  const repaired = specDiffers ? { spec: { ...spec, ports, selector } } : {};
  const owned = isOwnedBy(canary, existing);
  const metadata = owned ? ownedServiceMetadata(canary, existing, wanted) : {};
  if (!specDiffers && !(owned && metadataDiffers(existing, metadata))) return undefined;
  const annotations = owned
    ? (metadata.annotations ?? {})
    : { ...existing.metadata.annotations, ...TOOLKIT_ANNOTATIONS };
  return withFields(existing, { ...metadata, annotations }, repaired);
}

type ServiceMetadata = Partial<Pick<KubeObject['metadata'], 'labels' | 'annotations' | 'ownerReferences'>>;

/** Exactly the configured keys, the unmanaged ones as they are, and what records who made and applied the object. */
function ownedServiceMetadata(canary: Canary, existing: KubeObject, wanted: KubeObject): ServiceMetadata {
  const unmanaged = objectOf(at(canary, 'spec', 'service', 'unmanagedMetadata'));
  const kept = (map: Record<string, string> | undefined, keys: unknown): Record<string, string> =>
    Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => Array.isArray(keys) && keys.includes(key)));
  const { labels, annotations } = existing.metadata;
  const ownerReferences = adoptedReferences(canary, existing);
  return {
    labels: { ...deliveryMarks(labels), ...wanted.metadata.labels, ...kept(labels, unmanaged['labels']) },
    annotations: {
      ...kept(annotations, [LAST_APPLIED, CANARY_ANNOTATION]),
      ...deliveryMarks(annotations),
      ...wanted.metadata.annotations,
      ...kept(annotations, unmanaged['annotations']),
    },
    ...(ownerReferences ? { ownerReferences } : {}),
  };
}

const metadataDiffers = ({ metadata }: KubeObject, wanted: ServiceMetadata): boolean =>
  !sameJson(metadata.labels ?? {}, wanted.labels ?? {}) ||
  !sameJson(metadata.annotations ?? {}, wanted.annotations ?? {}) ||
  !sameJson(metadata.ownerReferences ?? [], wanted.ownerReferences ?? []);

/** The wanted ports with the node ports that the live ones of the same name have. */
function portsOver(live: unknown, wanted: unknown): unknown[] {
  return objectsOf(wanted).map((port) => {
    const same = objectsOf(live).find((other) => other['name'] === port['name']);
    return isObject(same) && same['nodePort'] ? { ...port, nodePort: same['nodePort'] } : port;
  });
}

/** In the order of numbers, and with the protocol that the server would add. */
const byNumber = (ports: unknown): unknown[] =>
  objectsOf(ports)
    .map((port) => ({ protocol: 'TCP', ...port }))
    .sort((a, b) => Number(at(a, 'port')) - Number(at(b, 'port')));

/**
 * What deleting the Canary puts back on the apex Service: nothing when a Canary owns it, else the selector of its
 * last-applied configuration, else the target's own label.
 * @throws Error when the annotation is not JSON; the text is the event's.
 */
export function revertedApex(canary: Canary, apex: KubeObject, selector: SelectorLabel): KubeObject | undefined {
  if (apex.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.kind === 'Canary')) return;
  if (isOwnedBy(canary, apex)) return;
  const wanted = lastAppliedSelector(apex) ?? { [selector.key]: selector.value };
  const spec = objectOf(apex['spec']);
  return sameJson(spec['selector'], wanted) ? undefined : { ...apex, spec: { ...spec, selector: wanted } };
}

function lastAppliedSelector(apex: KubeObject): unknown {
  const text = apex.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return at(JSON.parse(text), 'spec', 'selector');
  } catch {
    const { name, namespace = 'default' } = apex.metadata;
    throw new Error(`router ${name}.${namespace} failed to unMarshal annotation ${LAST_APPLIED}`);
  }
}

/** Which Canaries an object matters to: a change of it queues their keys. */
import type { Canary } from '../model/canary';
import { namespaceOf, referenceNamespace } from '../model/defaults';
import { at, objectOf, objectsOf, textOf, textsOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import {
  apexName,
  autoscalerName,
  canaryServiceName,
  primaryAutoscalerName,
  primaryServiceName,
  primaryWorkloadName,
  targetName,
} from '../model/names';
import { canaryCopyName } from '../model/objects/target-service';
import { configRefs } from '../model/revision';
import type { RoutingObject } from '../model/traffic/router';
import { gatewayReference } from './gateway-reference';
import { Buckets } from './kube/buckets';

/** `<kind>/<namespace>/<name>` */
export const referenceTo = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

/** Everything a Canary reads: its target and what is generated, its configs, autoscalers, templates, rivals. */
export function referencesOf(
  canary: Canary,
  target: KubeObject | undefined,
  routing: readonly RoutingObject[],
): string[] {
  const namespace = namespaceOf(canary);
  const here = (kind: string, name: string | undefined) => (name ? [referenceTo(kind, namespace, name)] : []);
  const kind = textOf(at(canary, 'spec', 'targetRef', 'kind')) ?? '';
  const scaler = textOf(at(canary, 'spec', 'autoscalerRef', 'kind')) ?? 'HorizontalPodAutoscaler';
  return [
    ...here(kind, targetName(canary)),
    ...here(kind, primaryWorkloadName(canary)),
    ...(kind === 'Service' ? here(kind, canaryCopyName(canary)) : []),
    ...[apexName(canary), primaryServiceName(canary), canaryServiceName(canary)].flatMap((n) => here('Service', n)),
    ...routing.flatMap(({ type, name }) => here(type.kind, name)),
    ...textsOf(at(canary, 'spec', 'service', 'gateways')).map((gateway) =>
      referenceTo('Gateway', ...gatewayReference(gateway, namespace)),
    ),
    ...here(scaler, autoscalerName(canary)),
    ...here(scaler, primaryAutoscalerName(canary)),
    ...configsOf(target).flatMap((ref) => here(ref.kind, ref.name)),
    ...objectsOf(at(canary, 'spec', 'analysis', 'metrics')).flatMap(({ templateRef }) => {
      const name = textOf(at(templateRef, 'name'));
      return name ? [referenceTo('MetricTemplate', referenceNamespace(objectOf(templateRef), canary), name)] : [];
    }),
  ];
}

/** What is referred to stands in specs: a write of a status changes none of it. */
export const referencesMayDiffer = (object: KubeObject, previous: { generation: number | undefined } | undefined) =>
  object.metadata.generation === undefined || object.metadata.generation !== previous?.generation;

/** The configs of a target's pod template. */
export const configsOf = (target: KubeObject | undefined) =>
  configRefs((target?.['spec'] as { template?: unknown } | undefined)?.template);

/** Both directions of the references, kept while Canaries come, change and go. */
export class ReferenceIndex {
  private readonly keysByReference = new Buckets<string>();
  private readonly referencesByKey = new Map<string, string[]>();

  set(key: string, references: string[]): void {
    this.remove(key);
    this.referencesByKey.set(key, references);
    for (const reference of references) this.keysByReference.add(reference, key);
  }

  remove(key: string): void {
    for (const reference of this.referencesByKey.get(key) ?? []) this.keysByReference.remove(reference, key);
    this.referencesByKey.delete(key);
  }

  keysFor(reference: string): string[] {
    return this.keysByReference.get(reference);
  }
}

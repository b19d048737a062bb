/** KEDA: the primary's ScaledObject, and how the target's is paused (spec workloads 4, W1, W3, W13, W22). */
import type { Canary } from '../canary';
import { at, compact, isObject, type JsonObject, numberOf, objectOf, objectsOf, textMapOf, textOf } from '../json';
import type { KubeObject } from '../kube';
import { primaryName, primaryWorkloadName, targetName } from '../names';
import { copiedAnnotations, ownedMetadata, withoutToolkit } from './metadata';

/** KEDA scales to this number, whatever the triggers say. */
export const PAUSED_ANNOTATION = 'autoscaling.keda.sh/paused-replicas';

/** The primary's ScaledObject as it is created: the target's, fields that Serin does not know included. */
export function primaryScaledObject(canary: Canary, source: KubeObject): KubeObject {
  const spec = objectOf(source['spec']);
  const bounds = objectOf(at(canary, 'spec', 'autoscalerRef', 'primaryScalerReplicas'));
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: ownedMetadata(canary, primaryName(source.metadata.name), scaledObjectMetadata(source)),
    spec: compact({
      ...spec,
      scaleTargetRef: { ...objectOf(spec['scaleTargetRef']), name: primaryWorkloadName(canary) },
      minReplicaCount: numberOf(bounds['minReplicas']) ?? spec['minReplicaCount'],
      maxReplicaCount: numberOf(bounds['maxReplicas']) ?? spec['maxReplicaCount'],
      advanced: primaryAdvanced(spec['advanced']),
      triggers: objectsOf(spec['triggers']).map((trigger) => primaryTrigger(canary, trigger)),
    }),
  };
}

/** What is copied of the source's metadata: never that it is paused (W3). */
export function scaledObjectMetadata(source: KubeObject) {
  const { [PAUSED_ANNOTATION]: _, ...annotations } = copiedAnnotations(source.metadata.annotations);
  return { labels: withoutToolkit(source.metadata.labels), annotations };
}

/** Two autoscalers of KEDA's cannot share one name for what they make. */
function primaryAdvanced(advanced: unknown): JsonObject {
  const config = objectOf(at(advanced, 'horizontalPodAutoscalerConfig'));
  const name = textOf(config['name']);
  return {
    ...objectOf(advanced),
    horizontalPodAutoscalerConfig: name ? { ...config, name: primaryName(name) } : config,
  };
}

function primaryTrigger(canary: Canary, trigger: JsonObject): JsonObject {
  const query = queryOf(trigger);
  if (query === undefined) return trigger;
  const given = givenQueries(canary)[textOf(trigger['name']) ?? ''];
  return {
    ...trigger,
    metadata: { ...objectOf(trigger['metadata']), query: given ?? primaryQuery(targetName(canary), query) },
  };
}

const givenQueries = (canary: Canary): Record<string, string> =>
  textMapOf(at(canary, 'spec', 'autoscalerRef', 'primaryScalerQueries'));

const queryOf = (trigger: JsonObject): string | undefined =>
  isObject(trigger['metadata']) ? textOf(trigger['metadata']['query']) : undefined;

/** A query about the target made one about the primary: as text, in one pass, and what means the primary stays. */
export function primaryQuery(target: string, query: string): string {
  const name = target.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return query.replace(new RegExp(`${name}(-canary|-primary)?`, 'g'), primaryName(target));
}

/** What primaryScalerQueries leaves out, in words; W22. */
export function queryProblems(canary: Canary, source: KubeObject): string[] {
  const given = givenQueries(canary);
  if (Object.keys(given).length === 0) return [];
  const triggers = objectsOf(at(source, 'spec', 'triggers'));
  const asking = triggers.filter((trigger) => queryOf(trigger) !== undefined);
  const names = asking.map((trigger) => textOf(trigger['name']) ?? '');
  const left = names.filter((name) => given[name] === undefined).map((name) => name || '(without name)');
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const of = `of ScaledObject ${source.metadata.name}`;
  return [
    ...(left.length > 0
      ? [
          `primaryScalerQueries has no query for trigger ${left.join(', ')} ${of}: its own, with the primary's name, is used`,
        ]
      : []),
    ...(unknown.length > 0
      ? [`primaryScalerQueries names ${unknown.join(', ')}, but no such trigger ${of} has a query`]
      : []),
  ];
}

/** The merge patch that holds a ScaledObject at zero; undefined when it is held there already. */
export const pausePatch = (scaler: KubeObject): JsonObject | undefined =>
  scaler.metadata.annotations?.[PAUSED_ANNOTATION] === '0' ? undefined : annotationPatch('0');

/** The merge patch that lets it scale again; undefined when it does. */
export const resumePatch = (scaler: KubeObject): JsonObject | undefined =>
  scaler.metadata.annotations?.[PAUSED_ANNOTATION] === undefined ? undefined : annotationPatch(null);

const annotationPatch = (value: string | null): JsonObject => ({
  metadata: { annotations: { [PAUSED_ANNOTATION]: value } },
});

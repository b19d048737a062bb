/** Spread and affinity rules of a pod that mean the pod's own application (spec workloads 1.5, W12). */
import { at, type JsonObject, objectOf, objectsOf } from '../json';
import { primaryName, type SelectorLabel } from '../names';

export interface SelfReference {
  targetName: string;
  selector: SelectorLabel;
  /** The -selector-labels. */
  selectorLabels: readonly string[];
}

/** Whether a label pair selects the target's own pods. */
const meansSelf = ({ targetName, selector, selectorLabels }: SelfReference, key: unknown, value: unknown): boolean =>
  (value === targetName && selectorLabels.includes(String(key))) || (value === selector.value && key === selector.key);

/** Whether a label pair selects the primary's own pods. */
const meansPrimary = (self: SelfReference, key: unknown, value: unknown): boolean =>
  typeof value === 'string' && value.endsWith('-primary') && meansSelf(self, key, value.slice(0, -'-primary'.length));

/** A copy of the pod spec whose rules about the target's pods are about the primary's pods. */
export const towardsPrimary = (podSpec: JsonObject, self: SelfReference): JsonObject =>
  mapSelectors(podSpec, (key, value) => (meansSelf(self, key, value) ? primaryName(value) : value));

/** The other way round: used to compare a primary with its target. */
export const towardsTarget = (podSpec: JsonObject, self: SelfReference): JsonObject =>
  mapSelectors(podSpec, (key, value) => (meansPrimary(self, key, value) ? value.slice(0, -'-primary'.length) : value));

function mapSelectors(podSpec: JsonObject, map: (key: string, value: string) => string): JsonObject {
  const copy = structuredClone(podSpec);
  for (const term of termsOf(copy)) mapSelector(objectOf(term['labelSelector']), map);
  return copy;
}

/** Everything with a labelSelector: spread constraints, pod affinity and anti-affinity, required and preferred. */
function termsOf(podSpec: JsonObject): JsonObject[] {
  const kinds = ['podAffinity', 'podAntiAffinity'].map((kind) => at(podSpec, 'affinity', kind));
  return [
    ...objectsOf(podSpec['topologySpreadConstraints']),
    ...kinds.flatMap((kind) => objectsOf(at(kind, 'requiredDuringSchedulingIgnoredDuringExecution'))),
    ...kinds
      .flatMap((kind) => objectsOf(at(kind, 'preferredDuringSchedulingIgnoredDuringExecution')))
      .map((preferred) => objectOf(preferred['podAffinityTerm'])),
  ];
}

function mapSelector(selector: JsonObject, map: (key: string, value: string) => string): void {
  const labels = objectOf(selector['matchLabels']);
  for (const [key, value] of Object.entries(labels)) if (typeof value === 'string') labels[key] = map(key, value);
  for (const expression of objectsOf(selector['matchExpressions'])) {
    const { key, values } = expression;
    if (typeof key !== 'string' || !Array.isArray(values)) continue;
    expression['values'] = values.map((value) => (typeof value === 'string' ? map(key, value) : value));
  }
}

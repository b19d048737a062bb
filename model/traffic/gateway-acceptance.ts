/** Whether the parents of a live HTTPRoute route as it asks (spec traffic 3.3, T11). */
import type { Canary } from '../canary';
import { namespaceOf } from '../defaults';
import { at, type JsonObject, numberOf, objectsOf, textOf } from '../json';
import type { KubeObject } from '../kube';
import { apexName } from '../names';

/** Why a parent does not serve the route as it is; undefined when all do. */
export function notAccepted(canary: Canary, live: KubeObject): string | undefined {
  for (const parent of objectsOf(at(live, 'spec', 'parentRefs'))) {
    const why = whyNot(parent, live);
    if (why !== undefined) {
      return `HTTPRoute ${apexName(canary)}.${namespaceOf(canary)} parent ${parent['name']} is not ready (${why})`;
    }
  }
  return undefined;
}

/** Controllers that are gone leave entries behind: one that accepts is enough. */
function whyNot(parent: JsonObject, live: KubeObject): string | undefined {
  const entries = objectsOf(at(live, 'status', 'parents')).filter((entry) =>
    isSame(parent, entry['parentRef'], live.metadata.namespace),
  );
  const reasons = entries.map((entry) => conditionProblem(entry, live.metadata.generation ?? 0));
  if (reasons.length === 0) return 'no controller has reported on it';
  return reasons.includes(undefined) ? undefined : reasons[0];
}

function conditionProblem(entry: JsonObject, generation: number): string | undefined {
  const accepted = objectsOf(entry['conditions']).find(({ type }) => type === 'Accepted');
  if (!accepted) return 'no Accepted condition';
  const { status, reason, message } = accepted;
  if (status !== 'True') return [`Accepted is ${status}`, reason, message].filter(Boolean).join(': ');
  const observed = numberOf(accepted['observedGeneration']) ?? generation;
  return observed < generation ? `observed generation ${observed} is behind ${generation}` : undefined;
}

/** Equal with defaults: controllers fill in what the route leaves out; Linkerd calls the core group `core`. */
function isSame(parent: JsonObject, reported: unknown, namespace: string | undefined): boolean {
  return identity(parent, namespace) === identity(reported, namespace);
}

function identity(reference: unknown, namespace = 'default'): string {
  const text = (field: string, otherwise: string) => textOf(at(reference, field)) ?? otherwise;
  const group = text('group', 'gateway.networking.k8s.io');
  const port = numberOf(at(reference, 'port')) ?? '';
  return [
    group === 'core' ? '' : group,
    text('kind', 'Gateway'),
    text('namespace', namespace),
    text('name', ''),
    text('sectionName', ''),
    port,
  ].join('/');
}

/** Whether the parents of a live HTTPRoute route as it asks (spec traffic 3.3, T11). */
import type { Canary } from '../canary';
import { namespaceOf } from '../defaults';
import { at, type JsonObject, numberOf, objectsOf, textOf } from '../json';
import type { KubeObject } from '../kube';
import { apexName } from '../names';
import type { UnreadableRoutes } from './routes';

type NotAccepted = Pick<UnreadableRoutes, 'unreadable' | 'pending'>;

/** Why a parent does not serve the route as it is; undefined when all do. */
export function notAccepted(canary: Canary, live: KubeObject): NotAccepted | undefined {
  for (const parent of objectsOf(at(live, 'spec', 'parentRefs'))) {
    const why = whyNot(parent, live);
    if (why === undefined) continue;
    const name = `HTTPRoute ${apexName(canary)}.${namespaceOf(canary)}`;
    const unreadable = `${name} parent ${parent['name']} is not ready (${why.text})`;
    return { unreadable, ...(why.pending && { pending: true }) };
  }
  return undefined;
}

/** Pending: the parent's controller has not looked at the route as it is now. */
interface Why {
  text: string;
  pending: boolean;
}

/** Controllers that are gone leave entries behind: one that accepts is enough. */
function whyNot(parent: JsonObject, live: KubeObject): Why | undefined {
  const entries = objectsOf(at(live, 'status', 'parents')).filter((entry) =>
    isSame(parent, entry['parentRef'], live.metadata.namespace),
  );
  const reasons = entries.map((entry) => conditionProblem(entry, live.metadata.generation ?? 0));
  if (reasons.length === 0) return { text: 'no controller has reported on it', pending: true };
  return reasons.includes(undefined) ? undefined : reasons[0];
}

function conditionProblem(entry: JsonObject, generation: number): Why | undefined {
  const accepted = objectsOf(entry['conditions']).find(({ type }) => type === 'Accepted');
  if (!accepted) return { text: 'no Accepted condition', pending: true };
  const observed = numberOf(accepted['observedGeneration']) ?? generation;
  if (observed < generation) return { text: `observed generation ${observed} is behind ${generation}`, pending: true };
  const { status, reason, message } = accepted;
  if (status === 'True') return undefined;
  return { text: [`Accepted is ${status}`, reason, message].filter(Boolean).join(': '), pending: false };
}

/** Equal with defaults: controllers fill in what the route leaves out; Linkerd calls the core group `core`. */
function isSame(parent: JsonObject, reported: unknown, namespace: string | undefined): boolean {
  return identity(parent, namespace) === identity(reported, namespace);
}

function identity(reference: unknown, namespace = 'default'): string {
  const text = (field: string, otherwise?: string) => textOf(at(reference, field)) ?? otherwise;
  const group = text('group', 'gateway.networking.k8s.io');
  return [
    group === 'core' ? '' : group,
    text('kind', 'Gateway'),
    text('namespace', namespace),
    text('name'),
    text('sectionName'),
    numberOf(at(reference, 'port')),
  ].join('/');
}

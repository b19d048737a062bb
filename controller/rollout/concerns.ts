/** What is not right around an idle Canary and is not Serin's to change: said once, holds nothing up. */
import { objectOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { selectorLabel } from '../../model/names';
import { REVISION_ANNOTATION } from '../../model/objects/metadata';
import { isAtZero } from '../../model/objects/scale';
import { queryProblems } from '../../model/objects/scaled-object';
import { sameTemplate } from '../../model/objects/takeover';
import type { Saying } from './decision';
import { once, warning } from './decision';
import { asKept } from './effects';
import { canaryHasTraffic } from './exposure';
import type { Observation } from './observation';
import { phaseOf, primaryKey, targetKey } from './observation';
import type { Plan } from './phases/phase';
import { recordOf } from './record';
import { nounOf } from './workloads';

const CONCERNS: ReadonlyArray<(seen: Observation) => string[]> = [drift, idlePods, strays, queries];

const IDLE = new Set(['Initialized', 'Succeeded', 'Failed']);

/** Only where nothing moves: what a run does to the objects is no concern. */
export function concernsOf(seen: Observation, { status }: Pick<Plan, 'status'>): Saying[] {
  const moves = status.phase !== undefined && status.phase !== phaseOf(seen);
  if (!IDLE.has(phaseOf(seen)) || moves || recordOf(seen.canary).outbox !== undefined) return [];
  return CONCERNS.flatMap((concern) => concern(seen)).map((text) => once(warning(text)));
}

/** Where nothing moves and all is said there is a target: groundProblem speaks before. */
const restingTarget = (seen: Observation): KubeObject => seen.target!;

/** The primary does not run what was promoted: it was changed by hand (W2). Serin reports it, the next promotion ends it. */
function drift(seen: Observation): string[] {
  const { primary, revisions, settings } = seen;
  const target = restingTarget(seen);
  const promoted = primary?.metadata.annotations?.[REVISION_ANNOTATION];
  if (primary === undefined || promoted === undefined) return [];
  // Both read by the same server: nothing that it adds to what it reads is a difference.
  if (sameTemplate(target, primary, settings.selectorLabels)) return [];
  const kept = revisions.find(({ data }) => (data as { revision?: { hash?: string } }).revision?.hash === promoted);
  if (kept === undefined) return [];
  const wanted = withoutRestart(asKept(target, kept));
  if (sameTemplate(wanted, withoutRestart(primary), settings.selectorLabels)) return [];
  return [
    `${nounOf(seen)} ${primaryKey(seen)} does not run what was promoted: somebody changed it; put it back, or let the next promotion overwrite it`,
  ];
}

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/** `kubectl rollout restart` is no other template. */
function withoutRestart(workload: KubeObject): KubeObject {
  const spec = objectOf(workload['spec']);
  const template = objectOf(spec['template']);
  const metadata = objectOf(template['metadata']);
  const { [RESTARTED_AT]: _, ...annotations } = objectOf(metadata['annotations']);
  if (_ === undefined) return workload;
  return { ...workload, spec: { ...spec, template: { ...template, metadata: { ...metadata, annotations } } } };
}

/** An idle target that somebody scaled up: its pods serve nobody (W20). */
function idlePods(seen: Observation): string[] {
  const target = restingTarget(seen);
  const { drainUntil, promotionFailed } = recordOf(seen.canary);
  if (target.kind === 'Service' || isAtZero(target)) return [];
  if (drainUntil !== undefined || promotionFailed || canaryHasTraffic(seen)) return [];
  const what = target.kind === 'DaemonSet' ? 'pods' : `${objectOf(target['spec'])['replicas'] ?? 1} replicas`;
  return [
    `${nounOf(seen)} ${targetKey(seen)} has ${what} and no traffic: scale it to zero, and leave replicas out of what is applied to it`,
  ];
}

/** The callers of such a Service go to both sides, whatever the split (W25). */
function strays(seen: Observation): string[] {
  const key = selectorLabel(restingTarget(seen), seen.settings.selectorLabels)?.key;
  return (seen.straySelectors ?? []).map(
    (name) =>
      `service ${name} selects pods of ${targetKey(seen)} and of ${primaryKey(seen)}: its callers bypass the split; add label ${key} to its selector`,
  );
}

function queries({ canary, autoscaler }: Observation): string[] {
  return autoscaler?.kind === 'ScaledObject' ? queryProblems(canary, autoscaler) : [];
}

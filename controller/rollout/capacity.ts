/**
 * Pods that the primary needs before traffic comes back to it (F#1600). While the canary has traffic, an autoscaler takes
 * pods from the primary; with all traffic back at once, what is left would be knocked over.
 *
 * The primary is scaled up, and its autoscaler's minimum is raised with it for a while. Raising the replicas alone would
 * be undone: an autoscaler that has seen little load for its stabilization window takes pods away at its next look, 15 s
 * later. The minimum it respects at once, whatever its metrics say, and everything above it stays its own business.
 */
import { at, numberOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { maximumOf, minimumField, minimumOf, primaryAutoscaler } from '../../model/objects/autoscaler';
import { type HeldMinimum, heldMinimum } from '../../model/objects/held-minimum';
import { HELD_MINIMUM_ANNOTATION } from '../../model/objects/metadata';
import type { Effect } from './decision';
import type { Observation } from './observation';
import { namespaceOf, phaseOf, primaryKey } from './observation';
import { availableReplicas } from './readiness';
import { instant, recordOf, unixMs } from './record';
import { scalerType } from './scaling';
import { workloadType } from './writing';

/** Who serves how much now. */
export interface Load {
  /** Percent of the traffic on the primary. */
  weight: number;
  /** Pods of the primary. */
  primary: number;
  /** Pods of the canary that serve. */
  canary: number;
  /** Whether the weight is the share of all traffic, not of matching requests or of users without a cookie. */
  exact: boolean;
}

/**
 * Pods that are enough for the primary at another weight, each side coping with what it has now: the fewest of what its
 * own pods, the canary's pods and both together say. 0 when no traffic comes back.
 */
export function replicasFor(next: number, { weight, primary, canary, exact }: Load): number {
  if (next <= weight) return 0;
  const together = primary + Math.ceil((canary * (next - weight)) / (100 - weight));
  if (!exact) return together;
  const asCanary = Math.ceil((canary * next) / (100 - weight));
  const asPrimary = weight > 0 ? Math.ceil((primary * next) / weight) : together;
  return Math.min(together, asCanary, asPrimary);
}

/** How long the minimum stays after the end of a run: as long as autoscalers look back before they take pods away. */
const HOLD_MS = 300_000;

export const replicasNow = (workload: KubeObject): number => numberOf(at(workload, 'spec', 'replicas')) ?? 1;

const runOf = ({ canary }: Observation): string => recordOf(canary).runStartedAt ?? '';

/** The minimum that is held for the present run. */
export function heldNow(seen: Observation): HeldMinimum | undefined {
  const held = heldMinimum(seen.primaryAutoscaler);
  return held?.run === runOf(seen) ? held : undefined;
}

/**
 * The minimum to hold before the primary gets `next` percent; undefined when nobody takes pods from it, or when enough
 * is held. Without an autoscaler the primary has its pods all the time.
 */
export function minimumFor(seen: Observation, next: number): HeldMinimum | undefined {
  const { canary, primary, target, routes, primaryAutoscaler: scaler } = seen;
  if (!canary.spec.autoscalerRef || !scaler || !primary || !target || !routes) return undefined;
  if (primary.kind !== 'Deployment') return undefined;
  const held = heldNow(seen);
  if (held !== undefined && held.weight >= next) return undefined;
  const { match = [], sessionAffinity } = canary.spec.analysis;
  const wanted = replicasFor(next, {
    weight: routes.primary,
    primary: replicasNow(primary),
    canary: availableReplicas(target),
    exact: match.length === 0 && sessionAffinity === undefined,
  });
  if (wanted === 0) return undefined;
  const replicas = Math.min(Math.max(wanted, held?.replicas ?? 0), maximumOf(scaler));
  if (replicas <= (minimumOf(scaler) ?? 1) && replicas <= replicasNow(primary)) return undefined;
  const least = held?.least ?? replicasNow(primary);
  return { replicas, weight: next, run: runOf(seen), since: instant(seen.now), least };
}

/** The writes that hold a minimum: the autoscaler first, so that it does not undo the second. */
export function holdMinimum(seen: Observation, held: HeldMinimum): Effect[] {
  const scaler = seen.primaryAutoscaler!;
  const hold = patchScaler(seen, scaler, JSON.stringify(held), held.replicas);
  return [hold, ...scalePrimary(seen, Math.max(held.replicas, replicasNow(seen.primary!)))];
}

/** A run that ends sends its traffic back at once: the pods follow as fast as they can. */
export function capacityAtOnce(seen: Observation, next: number | undefined): Effect[] {
  const phase = phaseOf(seen);
  if (next === undefined || (phase !== 'Progressing' && phase !== 'WaitingPromotion')) return [];
  const held = minimumFor(seen, next);
  return held === undefined ? [] : holdMinimum(seen, held).map((effect) => ({ ...effect, repair: true }));
}

/** Only what was raised is lowered: pods that the cluster has no room for. */
export function holdLess(seen: Observation, held: HeldMinimum): Effect[] {
  const hold = patchScaler(seen, seen.primaryAutoscaler!, JSON.stringify(held), held.replicas);
  return [hold, ...scalePrimary(seen, held.replicas)];
}

export function scalePrimary(seen: Observation, replicas: number): Effect[] {
  if (replicasNow(seen.primary!) === replicas) return [];
  const context = `scaling up ${primaryKey(seen)} to ${replicas} failed`;
  const { name } = seen.primary!.metadata;
  const patch = { spec: { replicas } };
  return [{ write: 'patch', type: workloadType(seen), namespace: namespaceOf(seen), name, patch, context }];
}

function patchScaler(seen: Observation, scaler: KubeObject, held: string | null, minimum: unknown): Effect {
  const { name } = scaler.metadata;
  return {
    write: 'patch',
    type: scalerType(seen),
    namespace: namespaceOf(seen),
    name,
    patch: {
      metadata: { annotations: { [HELD_MINIMUM_ANNOTATION]: held } },
      spec: { [minimumField(scaler)]: minimum ?? null },
    },
    context: `updating ${scaler.kind} ${name}.${namespaceOf(seen)} failed`,
  };
}

/** The end of the hold: the autoscaler has seen the traffic, and gets the minimum that its source asks for. */
export function releaseMinimum(seen: Observation): { effects: Effect[]; inMs?: number } {
  const { autoscaler, primaryAutoscaler: scaler } = seen;
  if (heldMinimum(scaler) === undefined || autoscaler === undefined || scaler === undefined) return { effects: [] };
  if (phaseOf(seen) === 'Promoting' || phaseOf(seen) === 'Finalising') return { effects: [] };
  const promoted = seen.canary.status?.conditions?.find(({ type }) => type === 'Promoted');
  const since = Math.max(unixMs(promoted?.lastTransitionTime) ?? 0, unixMs(heldMinimum(scaler)?.since) ?? 0);
  const inMs = since + HOLD_MS - seen.now;
  if (inMs > 0) return { effects: [], inMs };
  const wanted = minimumOf(primaryAutoscaler(seen.canary, autoscaler));
  return { effects: [{ ...patchScaler(seen, scaler, null, wanted), repair: true }] };
}

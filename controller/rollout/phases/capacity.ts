/** The wait for the pods that the primary needs before it gets its traffic back (F#1600). */
import { progressDeadlineSeconds } from '../../../model/defaults';
import { heldNow, holdLess, holdMinimum, minimumFor, replicasNow, scalePrimary } from '../capacity';
import { warning } from '../decision';
import type { Observation } from '../observation';
import { primaryKey } from '../observation';
import { availableReplicas } from '../readiness';
import { instant, unixMs } from '../record';
import { readinessOf } from '../workloads';
import type { Plan } from './phase';
import { plan } from './phase';

/**
 * Scales the primary up for `weight` percent of the traffic; its readiness is awaited by the ticks that follow.
 * Undefined when it has what it needs.
 */
export function capacityFor(seen: Observation, weight: number): Plan | undefined {
  const held = heldNow(seen);
  const wanted = minimumFor(seen, weight);
  if (wanted !== undefined) return plan('CapacityAdded', { effects: holdMinimum(seen, wanted), requeueAfterMs: 0 });
  // A crash between the two writes, or somebody's hand.
  if (held === undefined || seen.primary === undefined || replicasNow(seen.primary) >= held.replicas) return undefined;
  return plan('CapacityAdded', { effects: scalePrimary(seen, held.replicas), requeueAfterMs: 0 });
}

/**
 * The cluster has no room for the added pods: at half the deadline, or at the Deployment's own, the promotion goes on with those that are there. It
 * must not fail over pods that it asked for itself.
 */
export function capacityOutOfReach(seen: Observation): Plan | undefined {
  const held = heldNow(seen);
  const readiness = readinessOf(seen, 'primary');
  if (held === undefined || readiness.ready) return undefined;
  const heldMs = seen.now - (unixMs(held.since) ?? seen.now);
  if (readiness.retriable && heldMs * 2 < progressDeadlineSeconds(seen.canary) * 1000) return undefined;
  const available = availableReplicas(seen.primary);
  if (available < held.least || available >= held.replicas) return undefined;
  return plan('CapacityOutOfReach', {
    effects: holdLess(seen, { ...held, replicas: available, since: instant(seen.now) }),
    says: [
      warning(
        `${primaryKey(seen)} has ${available} of the ${held.replicas} pods that it should have before its traffic comes back: no more became available`,
      ),
    ],
    requeueAfterMs: 0,
  });
}

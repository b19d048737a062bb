/** Which side can take traffic: the guard that every split passes (invariant 1). */

import type { Phase } from '../../model/canary';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes } from '../../model/traffic/routes';
import type { Observation } from './observation';
import { phaseOf } from './observation';
import { canServe } from './workloads';

const RUNNING: ReadonlySet<Phase> = new Set(['Progressing', 'WaitingPromotion', 'Promoting', 'Finalising']);

export const isRunning = (seen: Observation): boolean => RUNNING.has(phaseOf(seen));

export const onlyCanaryServes = (seen: Observation): boolean => !canServe(seen.primary) && canServe(seen.target);

export const onlyPrimaryServes = (seen: Observation): boolean => canServe(seen.primary) && !canServe(seen.target);

export const canaryHasTraffic = ({ routes }: Observation): boolean => (routes?.canary ?? 0) > 0;

/** All traffic to the primary, unless only the canary could answer it: then the live split stays. */
export const backToPrimary = (seen: Observation): { routes?: Routes } =>
  onlyCanaryServes(seen) && canaryHasTraffic(seen) ? {} : { routes: ALL_TO_PRIMARY };

/** The live split, moved off a canary that has no pods; what a split is when there is none yet. */
export function keptSplit(seen: Observation): Routes {
  const canaryWasLive = isRunning(seen) || (seen.canary.status?.canaryWeight ?? 0) > 0;
  if (seen.routes === undefined) return onlyCanaryServes(seen) && canaryWasLive ? ALL_TO_CANARY : ALL_TO_PRIMARY;
  return canaryHasTraffic(seen) && onlyPrimaryServes(seen) ? ALL_TO_PRIMARY : seen.routes;
}

/** A primary that vanished: it comes back as it was promoted, never as what the target happens to hold (C6). */
import type { KubeObject } from '../../../model/kube';
import { ALL_TO_CANARY } from '../../../model/traffic/routes';
import { ask, once, warning } from '../decision';
import { createPrimary, restoredPrimary } from '../effects';
import { onlyCanaryServes } from '../exposure';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, primaryKey } from '../observation';
import type { Answers } from '../question';
import { noted, recordOf } from '../record';
import { configState, promotedHash, type Revision, revisionOf } from '../revision-change';
import { stepIntervalMs } from '../workloads';
import type { PhasePlan, Plan } from './phase';
import { plan } from './phase';

export function restorePrimary(seen: Observation, answers: Answers): PhasePlan {
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  const rescue = onlyCanaryServes(seen) && seen.routes !== undefined ? rescued(seen, seen.routes.canary) : {};
  const present = 'known' in configs ? revisionOf(seen.target!, configs.known) : undefined;
  if (present !== undefined && hasPassed(seen) && isDecided(seen, present)) {
    return plan('PrimaryRestored', { ...rescue, effects: createPrimary(seen, present) });
  }
  const kept = keptTemplate(seen);
  if (kept) return plan('PrimaryRestored', { ...rescue, effects: restoredPrimary(seen, kept) });
  if (present !== undefined && present.hash === promotedHash(seen)) {
    return plan('PrimaryRestored', { ...rescue, effects: createPrimary(seen, present) });
  }
  const text = `${primaryKey(seen)} is gone and ${canaryKey(seen)} has no promoted revision to make it from: put the promoted template back on the target`;
  return plan('PrimaryLost', { ...rescue, says: [once(warning(text))], requeueAfterMs: stepIntervalMs(seen) });
}

/** The canary takes over; during a run its weight is remembered, to go on from it. */
function rescued(seen: Observation, weight: number): Partial<Plan> {
  const remembers = phaseOf(seen) === 'Progressing' || phaseOf(seen) === 'WaitingPromotion';
  if (!remembers || recordOf(seen.canary).rescuedFrom !== undefined) return { routes: ALL_TO_CANARY };
  // The note goes first: a route without it would look like a step that somebody made.
  return { status: { serin: noted({ rescuedFrom: weight }) }, requeueAfterMs: 0 };
}

/** The target's revision went through its analysis. */
const hasPassed = (seen: Observation): boolean => phaseOf(seen) === 'Promoting' || phaseOf(seen) === 'Finalising';

/** Not what was pushed since (invariant 2). */
const isDecided = (seen: Observation, present: Revision): boolean =>
  present.hash === seen.canary.status?.lastAppliedSpec &&
  JSON.stringify(present.configs) === JSON.stringify(seen.canary.status.trackedConfigs ?? {});

function keptTemplate(seen: Observation): KubeObject | undefined {
  // Only a phase has a primary to lose.
  const { lastAppliedSpec, lastPromotedSpec } = seen.canary.status!;
  const wanted = hasPassed(seen) ? lastAppliedSpec : lastPromotedSpec;
  return seen.revisions.find(({ data }) => {
    const { revision } = data as { revision?: { hash?: string } };
    return revision?.hash !== undefined && revision.hash === wanted;
  });
}

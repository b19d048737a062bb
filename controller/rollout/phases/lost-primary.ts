/** A primary that vanished: it comes back as it was promoted, never as what the target happens to hold (C6). */
import type { KubeObject } from '../../../model/kube';
import { ALL_TO_CANARY } from '../../../model/traffic/routes';
import { ask, once, warning } from '../decision';
import { createPrimary, restoredPrimary } from '../effects';
import { onlyCanaryServes } from '../exposure';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, primaryKey } from '../observation';
import type { Answers } from '../question';
import { configState, promotedHash, revisionOf } from '../revision-change';
import { stepIntervalMs } from '../workloads';
import type { PhasePlan } from './phase';
import { plan } from './phase';

export function restorePrimary(seen: Observation, answers: Answers): PhasePlan {
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  const rescue = onlyCanaryServes(seen) && seen.routes !== undefined ? { routes: ALL_TO_CANARY } : {};
  const present = 'known' in configs ? revisionOf(seen.target!, configs.known) : undefined;
  if (present !== undefined && hasPassed(seen)) {
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

/** The target's revision went through its analysis. */
const hasPassed = (seen: Observation): boolean => phaseOf(seen) === 'Promoting' || phaseOf(seen) === 'Finalising';

const keptTemplate = (seen: Observation): KubeObject | undefined =>
  seen.revisions.find(({ data }) => {
    const { revision } = data as { revision?: { hash?: string } };
    return revision?.hash !== undefined && revision.hash === seen.canary.status?.lastPromotedSpec;
  });

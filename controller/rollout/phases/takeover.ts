/**
 * Taking a Canary over from the reference, whose hashes cannot be reproduced: what the target and the primary hold now
 * decides what is recorded, so that no Canary starts a run because the controller changed (api.md 9.9, invariant 4).
 */
import { sameTemplate } from '../../../model/objects/takeover';
import { isForeignHash } from '../../../model/revision';
import type { Ask, Decision, StatusChange } from '../decision';
import { act, ask } from '../decision';
import { ensureRevisionRecorded } from '../effects';
import { canaryHasTraffic, isRunning } from '../exposure';
import type { Observation } from '../observation';
import { phaseOf } from '../observation';
import type { Answers } from '../question';
import { instant, noted } from '../record';
import { configState, type Revision, revisionOf, SUPERSEDED } from '../revision-change';

/** Records our own hashes over foreign ones; undefined when there are none. */
export function adoptForeign(seen: Observation, answers: Answers): Ask | Decision | undefined {
  if (!isForeignHash(seen.canary.status?.lastAppliedSpec) || seen.target === undefined) return undefined;
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  if ('unknown' in configs) return undefined;
  const revision = revisionOf(seen.target, configs.known);
  const same = seen.primary !== undefined && sameTemplate(seen.target, seen.primary, seen.settings.selectorLabels);
  return act('TakenOver', {
    effects: (same && ensureRevisionRecorded(seen, revision)?.effects) || [],
    status: adopted(seen, revision, same),
    requeueAfterMs: 0,
  });
}

function adopted(seen: Observation, revision: Revision, same: boolean): StatusChange {
  // Runs go on from their live weight with what the target holds; the reference would notice a change no earlier.
  if (isRunning(seen)) {
    const stepAt = canaryHasTraffic(seen) || seen.routes?.mirrored ? instant(seen.now) : undefined;
    return {
      lastAppliedSpec: revision.hash,
      trackedConfigs: revision.configs,
      ...(!same && { lastPromotedSpec: SUPERSEDED }),
      serin: noted({ runStartedAt: instant(seen.now), stepAt }),
    };
  }
  if (same) {
    const promoted = phaseOf(seen) === 'Failed' ? {} : { lastPromotedSpec: revision.hash };
    return { lastAppliedSpec: revision.hash, trackedConfigs: revision.configs, ...promoted };
  }
  // A failed revision still on the target is not tried again; anything else was pushed since and is news.
  const failed = phaseOf(seen) === 'Failed';
  return { lastAppliedSpec: failed ? revision.hash : SUPERSEDED, lastPromotedSpec: SUPERSEDED };
}

/** From a passed analysis to Succeeded: the gate, the copy, the primary's roll-out, traffic back, the canary to zero (4.4, 4.7). */
import { isRouter } from '../../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY } from '../../../model/traffic/routes';
import { ask, normal, waitingFor, warning } from '../decision';
import { copyTemplate, dropUnusedCopies, forgetRevisions, scaleTargetToZero, syncPrimaryAutoscaler } from '../effects';
import { onlyCanaryServes } from '../exposure';
import { passedTexts, throughGates } from '../gates';
import { ended } from '../history';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, primaryKey, providerOf, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted, recordOf, unixMs } from '../record';
import { promotedHash } from '../revision-change';
import { seenTarget } from '../seen-target';
import { enter } from '../status';
import { weightAfterPromotionStep } from '../steps';
import { drainMs, progressOf, readinessOf, stepIntervalMs, unsettledMs } from '../workloads';
import { capacityFor, capacityOutOfReach } from './capacity';
import { notDueYet } from './due';
import type { PhasePlan, Plan } from './phase';
import { plan, sayFirst } from './phase';
import type { Run } from './progressing';
import { failPromotion } from './rollback';

/** The end of the analysis is reached: copy, unless a gate says to wait. */
export function promote(seen: Observation, run: Run, answers: Answers): PhasePlan {
  const gates = throughGates(seen, answers, 'confirm-promotion', run.call);
  if (gates.state === 'asking') return ask([gates.question]);
  const passed = passedTexts('Confirm-promotion', gates.passed);
  return sayFirst(passed, gates.state === 'stopped' ? waitForPromotion(seen, gates.by) : copyToPrimary(seen, run));
}

/** The analysis goes on while it waits (K15); the weight shown is the live one (C13). */
function waitForPromotion(seen: Observation, gate: { name: string; muteAlert?: boolean }): Plan {
  const stepAt = { serin: noted({ stepAt: instant(seen.now) }) };
  const requeueAfterMs = stepIntervalMs(seen);
  if (phaseOf(seen) === 'WaitingPromotion') return plan('WaitingForPromotion', { status: stepAt, requeueAfterMs });
  const { canaryWeight = 0, iterations = 0 } = seen.canary.status ?? {};
  return plan('WaitingForPromotion', {
    status: enter(seen, 'WaitingPromotion', { canaryWeight, iterations, ...stepAt }),
    says: [warning(`Halt ${canaryKey(seen)} advancement waiting for promotion approval ${gate.name}`)],
    alerts: gate.muteAlert
      ? []
      : [{ severity: 'warn', message: 'Canary promotion is waiting for approval.', withMetadata: false }],
    requeueAfterMs,
  });
}

/** What is copied is what was analysed: the template of this very observation, whose hash the run is about (C17). */
export const copyToPrimary = (seen: Observation, run: Run): Plan => copied(seen, copyTemplate(seen, run.revision));

/** Enters Promoting with the writes that it takes. */
export function copied(seen: Observation, effects: Plan['effects']): Plan {
  return plan('Copied', {
    effects,
    status: enter(seen, 'Promoting', { serin: noted({ stepAt: undefined, waitingFor: undefined }) }),
    says: [normal(`Copying ${targetKey(seen)} template spec to ${primaryKey(seen)}`)],
    facts: [{ fact: 'analysed' }],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/** How often routes that are not served are looked at again, if nothing tells before. */
const ROUTES_AGAIN_MS = 2_000;

export function waitForRoutes({ text, pending }: { text: string; pending: boolean }): Plan {
  return plan('RoutesNotServed', { says: pending ? [] : [waitingFor(text)], requeueAfterMs: ROUTES_AGAIN_MS });
}

export function promoting(seen: Observation): PhasePlan {
  const waiting = capacityOutOfReach(seen) ?? awaitPrimary(seen);
  if (waiting) return waiting;
  if (seen.routesProblem) return waitForRoutes(seen.routesProblem);
  const live = seen.routes ?? ALL_TO_PRIMARY;
  const early = notDueYet(seen);
  if (early) return early;
  // One that is gone is made again beneath every phase.
  const effects = seen.primaryAutoscaler ? syncPrimaryAutoscaler(seen) : [];
  const canary = weightAfterPromotionStep(seen.canary.spec.analysis, live.canary);
  const capacity = live.canary > 0 && splitsTraffic(seen) ? capacityFor(seen, 100 - canary) : undefined;
  // The bounds first: the source may allow more pods from now on.
  if (capacity !== undefined) {
    return effects.length > 0 ? plan('AutoscalerSynced', { effects, requeueAfterMs: 0 }) : capacity;
  }
  if (canary > 0 && splitsTraffic(seen)) return { ...stepBack(seen, canary), effects };
  return { ...allBack(seen, live.canary > 0), effects };
}

function stepBack(seen: Observation, canary: number): Plan {
  return plan('PrimaryAdvanced', {
    routes: { primary: 100 - canary, canary, mirrored: false },
    status: { canaryWeight: canary, serin: noted({ stepAt: instant(seen.now) }) },
    says: [normal(`Advance ${canaryKey(seen)} primary weight ${100 - canary}`)],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/** With the canary at 0 already (a crash, T1, C19) the promotion just ends. */
function allBack(seen: Observation, hasTraffic: boolean): Plan {
  const inSteps = (seen.canary.spec.analysis.stepWeightPromotion ?? 0) > 0;
  const text = inSteps ? `Advance ${canaryKey(seen)} primary weight 100` : 'Routing all traffic to primary';
  const moves = hasTraffic && providerOf(seen) !== 'kubernetes';
  // The routes may have been written before a crash: then only the status still knows of the traffic.
  const { canaryWeight = 0, iterations = 0 } = seen.canary.status ?? {};
  const drains = hasTraffic || canaryWeight > 0 || iterations > 0;
  return plan('AllToPrimary', {
    routes: ALL_TO_PRIMARY,
    status: enter(seen, 'Finalising', {
      serin: noted({ stepAt: undefined, drainUntil: drains ? instant(seen.now + drainMs(seen)) : undefined }),
    }),
    says: moves ? [normal(text)] : [],
    requeueAfterMs: drains ? drainMs(seen) : 0,
  });
}

export function finalising(seen: Observation): PhasePlan {
  const waiting = awaitPrimary(seen);
  if (waiting) return waiting;
  if (seen.routesProblem) return waitForRoutes(seen.routesProblem);
  if ((seen.routes?.canary ?? 0) > 0) return backOnceMore(seen);
  const drainUntil = unixMs(recordOf(seen.canary).drainUntil);
  if (drainUntil !== undefined && seen.now < drainUntil) {
    return plan('Draining', { requeueAfterMs: drainUntil - seen.now });
  }
  const skipped = seen.canary.spec.skipAnalysis === true;
  return plan('Succeeded', {
    effects: [...scaleTargetToZero(seen), ...forgetRevisions(seen), ...dropUnusedCopies(seen)],
    status: enter(seen, 'Succeeded', {
      ...ended(seen, 'promoted', skipped ? 'AnalysisSkipped' : 'AnalysisPassed'),
      lastPromotedSpec: promotedHash(seen) ?? seen.canary.status?.lastAppliedSpec ?? null,
      serin: noted({
        target: seenTarget(seen),
        outbox: skipped ? 'Skipped' : 'Succeeded',
        drainUntil: undefined,
        stepAt: undefined,
        repairs: undefined,
        rescuedFrom: undefined,
      }),
    }),
    facts: [{ fact: 'outcome', result: 'success', analysis: skipped ? 'skipped' : 'completed' }],
    requeueAfterMs: 0,
  });
}

/** Somebody gave the canary traffic again: its pods get a whole drain from now on. */
const backOnceMore = (seen: Observation): Plan =>
  plan('AllToPrimary', {
    routes: ALL_TO_PRIMARY,
    status: { serin: noted({ drainUntil: instant(seen.now + drainMs(seen)) }) },
    requeueAfterMs: drainMs(seen),
  });

const splitsTraffic = ({ router }: Observation): boolean => isRouter(router) && router.splitsTraffic;

/** Once the primary has the template only its readiness counts, not the canary's (C31). */
function awaitPrimary(seen: Observation): Plan | undefined {
  if (onlyCanaryServes(seen) && (seen.routes?.primary ?? 0) > 0 && splitsTraffic(seen)) {
    const status = phaseOf(seen) === 'Finalising' ? enter(seen, 'Promoting') : {};
    return plan('PrimaryDown', { routes: ALL_TO_CANARY, status, requeueAfterMs: stepIntervalMs(seen) });
  }
  const readiness = readinessOf(seen, 'primary');
  if (readiness.ready) {
    const requeueAfterMs = unsettledMs(seen, 'primary');
    return requeueAfterMs > 0 ? plan('PrimarySettling', { requeueAfterMs }) : undefined;
  }
  if (!readiness.retriable) return failPromotion(seen, readiness.message);
  return plan('PrimaryNotReady', { says: progressOf(readiness.message), requeueAfterMs: stepIntervalMs(seen) });
}

/** A run under way (Progressing, WaitingPromotion): rules that speak before any step, then one step an interval. */

import { failureThreshold } from '../../../model/defaults';
import { isAtZero } from '../../../model/objects/scale';
import { isRouter } from '../../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY } from '../../../model/traffic/routes';
import type { Saying } from '../decision';
import { ask, normal, once, warning } from '../decision';
import { scaleTargetToZero, scaleTargetUp } from '../effects';
import { backToPrimary, canaryHasTraffic, onlyCanaryServes } from '../exposure';
import type { Call } from '../gates';
import { passedTexts, throughGates, throughRollbackHooks } from '../gates';
import { supersededBy } from '../history';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, primaryKey, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted, recordOf, unixMs } from '../record';
import type { Change, Revision } from '../revision-change';
import { changeOf, checksumOf, configState, holdsRevision, revisionOf } from '../revision-change';
import { seenTarget } from '../seen-target';
import { shapeOf } from '../shape';
import { COUNTERS_AT_ZERO, enter } from '../status';
import { canServe, drainMs, progressOf, readinessOf, stepIntervalMs, unsettledMs } from '../workloads';
import { notDueYet } from './due';
import { runStarted, waitForApproval } from './idle';
import type { PhasePlan, Plan } from './phase';
import { plan, sayFirst } from './phase';
import { copied, copyToPrimary, waitForRoutes } from './promotion';
import { deadlineExceeded, rollbackHookFired, tooManyFailedChecks, withdraw } from './rollback';
import { iterationsOf, step, withoutStep } from './step';

/** A run's facts, worked out once a tick. */
export interface Run {
  revision: Revision;
  change: Change;
  call: Call;
  failedChecks: number;
}

/** The first rule that speaks decides; a new rule is a new line. */
const BEFORE_ANY_STEP: ReadonlyArray<(seen: Observation, run: Run, answers: Answers) => PhasePlan | undefined> = [
  revisionChanged,
  shapeChanged,
  primaryRescue,
  rollbackHooks,
  thresholdReached,
  rollingPods,
  notApproved,
  targetAtZero,
  canaryNotReady,
  analysisSkipped,
  canaryUnsettled,
  alreadyCopied,
  primaryNotReady,
  routesNotServed,
  liveWeightDiffers,
  notDueYet,
];

export function progressing(seen: Observation, answers: Answers): PhasePlan {
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  const run = runOf(seen, 'known' in configs ? configs.known : undefined);
  const begun = recordOf(seen.canary).starting ? [runStarted(seen)] : [];
  const unknown = 'unknown' in configs ? [once(warning(`GetTargetConfigs failed: ${configs.unknown}`))] : [];
  const problem = [...begun, ...unknown];
  for (const rule of BEFORE_ANY_STEP) {
    const spoken = rule(seen, run, answers);
    if (spoken !== undefined) return sayFirst(problem, spoken);
  }
  if (unknown.length > 0) return sayFirst(problem, withoutStep(seen, run, answers));
  return sayFirst(begun, step(seen, run, answers));
}

/** Unknown configs count as the decided ones: not a change (B7). */
function runOf(seen: Observation, configs: Record<string, string> | undefined): Run {
  const status = seen.canary.status;
  const revision = revisionOf(seen.target!, configs ?? status?.trackedConfigs ?? {});
  return {
    revision,
    change: changeOf(seen, revision),
    call: { phase: 'Progressing', checksum: checksumOf(revision) },
    failedChecks: status?.failedChecks ?? 0,
  };
}

/** Traffic leaves the canary first, then the run begins anew (4.2). Configs need fresh pods to be tested at all (W27). */
function revisionChanged(seen: Observation, { revision, change }: Run): Plan | undefined {
  if (change === 'none') return undefined;
  if (change === 'withdrawn') return withdraw(seen, revision);
  const says = [normal(`New revision detected! Restarting analysis for ${targetKey(seen)}`)];
  return beginAnew(seen, revision, says, change === 'configs');
}

function beginAnew(seen: Observation, revision: Revision, says: Saying[], roll: boolean): Plan {
  return plan('RevisionChanged', {
    ...backToPrimary(seen),
    status: enter(seen, 'Progressing', {
      ...COUNTERS_AT_ZERO,
      lastAppliedSpec: revision.hash,
      trackedConfigs: revision.configs,
      runs: supersededBy(seen, revision.hash),
      serin: noted({
        runStartedAt: instant(seen.now),
        starting: undefined,
        target: seenTarget(seen),
        shape: shapeOf(seen),
        drainUntil: roll ? instant(seen.now + drainMs(seen)) : undefined,
        roll: roll ? true : undefined,
        stepAt: undefined,
        preRolloutPassed: undefined,
        waitingFor: undefined,
        rescuedFrom: undefined,
        heldSince: undefined,
      }),
    }),
    says,
    requeueAfterMs: 0,
  });
}

/** Another strategy, or other users to match, half-way: the live split would mean something else. */
function shapeChanged(seen: Observation, { revision }: Run): Plan | undefined {
  const { shape } = recordOf(seen.canary);
  if (shape === undefined || shape === shapeOf(seen)) return undefined;
  const says = [normal(`Analysis changed! Restarting analysis for ${targetKey(seen)}`)];
  return beginAnew(seen, revision, says, false);
}

/** A primary without any pod answers nobody: the canary takes its traffic until it is back (invariant 1). */
function primaryRescue(seen: Observation): Plan | undefined {
  if (!isRouter(seen.router) || !seen.router.splitsTraffic) return undefined;
  const { rescuedFrom } = recordOf(seen.canary);
  if (rescuedFrom !== undefined) return whileRescued(seen, rescuedFrom);
  if (!onlyCanaryServes(seen) || seen.routes === undefined || seen.routes.primary === 0) return undefined;
  // The note goes first: a route without it would look like a step that somebody made.
  return plan('PrimaryDown', {
    status: { serin: noted({ rescuedFrom: seen.routes.canary }) },
    says: [warning(`${primaryKey(seen)} has no pods, routing all traffic to canary until it is back`)],
    requeueAfterMs: 0,
  });
}

function whileRescued(seen: Observation, weight: number): Plan | undefined {
  if (onlyCanaryServes(seen) && (seen.routes?.primary ?? 0) > 0) {
    return plan('Rescued', { routes: ALL_TO_CANARY, requeueAfterMs: stepIntervalMs(seen) });
  }
  if (!canServe(seen.primary)) return undefined;
  return plan('PrimaryIsBack', {
    routes: { primary: 100 - weight, canary: weight, mirrored: false },
    status: { serin: noted({ rescuedFrom: undefined }) },
    requeueAfterMs: 0,
  });
}

/** Pods that hold an old config go once their traffic has drained. */
function rollingPods(seen: Observation): Plan | undefined {
  const { roll, drainUntil } = recordOf(seen.canary);
  if (!roll || canaryHasTraffic(seen)) return undefined;
  const waitMs = (unixMs(drainUntil) ?? 0) - seen.now;
  if (waitMs > 0) return plan('Draining', { requeueAfterMs: waitMs });
  const status = { serin: noted({ roll: undefined, drainUntil: undefined }) };
  return plan('PodsRolled', { effects: scaleTargetToZero(seen), status, requeueAfterMs: 0 });
}

/** An approval is for one revision: one that came half-way needs its own (C28). */
function notApproved(seen: Observation, { call }: Run, answers: Answers): PhasePlan | undefined {
  const { approved } = recordOf(seen.canary);
  if (approved === undefined || approved === call.checksum) return undefined;
  const gates = throughGates(seen, answers, 'confirm-rollout', call);
  if (gates.state === 'asking') return ask([gates.question]);
  const passed = passedTexts('Confirm-rollout', gates.passed);
  if (gates.state === 'stopped') return sayFirst(passed, waitForApproval(seen, gates.by));
  const status = { serin: noted({ approved: call.checksum }) };
  return plan('Approved', { status, says: passed, requeueAfterMs: 0 });
}

/** A run whose start was cut short, or whose pods roll for a new config: up again. */
function targetAtZero(seen: Observation): Plan | undefined {
  if (!isAtZero(seen.target!)) return undefined;
  return plan('ScalingUp', { effects: scaleTargetUp(seen), requeueAfterMs: stepIntervalMs(seen) });
}

function canaryNotReady(seen: Observation): Plan | undefined {
  const readiness = readinessOf(seen, 'canary');
  if (readiness.ready) return undefined;
  if (!readiness.retriable) return deadlineExceeded(seen, readiness.message);
  const exposed = (seen.routes?.canary ?? 0) > 0 && readiness.available === 0 && canServe(seen.primary);
  return plan('CanaryNotReady', {
    ...(exposed && { routes: ALL_TO_PRIMARY, status: { canaryWeight: 0, serin: noted({ stepAt: undefined }) } }),
    says: progressOf(readiness.message),
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/** Only checks are skipped, never readiness (C9). */
function analysisSkipped(seen: Observation, run: Run): Plan | undefined {
  return seen.canary.spec.skipAnalysis === true ? copyToPrimary(seen, run) : undefined;
}

function rollbackHooks(seen: Observation, run: Run, answers: Answers): PhasePlan | undefined {
  const hooks = throughRollbackHooks(seen, answers, { ...run.call, phase: phaseOf(seen) });
  if (hooks.state === 'asking') return ask([hooks.question]);
  return hooks.state === 'rollback' ? rollbackHookFired(seen, hooks.by.name) : undefined;
}

/** Fresh pods get their traffic, and their acceptance tests, once proxies know them: where runs begin together is where they spread. */
function canaryUnsettled(seen: Observation): Plan | undefined {
  const requeueAfterMs = unsettledMs(seen, 'canary');
  if (requeueAfterMs <= 0) return undefined;
  return plan('CanarySettling', { requeueAfterMs, requeueLateMs: stepIntervalMs(seen) / 2 });
}

function thresholdReached(seen: Observation, { failedChecks }: Run): Plan | undefined {
  return failedChecks >= failureThreshold(seen.canary.spec.analysis)
    ? tooManyFailedChecks(seen, failedChecks)
    : undefined;
}

/** A copy whose status was lost: promoting twice would roll the primary twice (C19). */
function alreadyCopied(seen: Observation, { revision }: Run): Plan | undefined {
  if (seen.primary === undefined || !holdsRevision(seen.primary, revision)) return undefined;
  return copied(seen, []);
}

function primaryNotReady(seen: Observation): Plan | undefined {
  const readiness = readinessOf(seen, 'primary');
  const { repairs, rescuedFrom } = recordOf(seen.canary);
  if (readiness.ready || repairs || (rescuedFrom === undefined && seen.routes?.canary === 100)) return undefined;
  if (!readiness.retriable && canServe(seen.primary)) return deadlineExceeded(seen, readiness.message);
  return plan('PrimaryNotReady', { says: progressOf(readiness.message), requeueAfterMs: stepIntervalMs(seen) });
}

/** A step is taken once the one before is what users get: a gateway may still be working on it. */
function routesNotServed(seen: Observation): Plan | undefined {
  return seen.routesProblem && waitForRoutes(seen.routesProblem);
}

/** The weight that is live is the step: after a crash between route and status, or an edit by hand, the status follows (B8). */
function liveWeightDiffers(seen: Observation): Plan | undefined {
  const live = seen.routes;
  if (live === undefined || !isRouter(seen.router) || !seen.router.splitsTraffic) return undefined;
  const progressive = iterationsOf(seen) === 0;
  const started = live.canary > 0 || live.mirrored;
  const forgotten = started && recordOf(seen.canary).stepAt === undefined;
  const differs = progressive && live.canary !== (seen.canary.status?.canaryWeight ?? 0);
  if (!forgotten && !differs) return undefined;
  return plan('LiveWeightAdopted', {
    status: {
      ...(progressive && { canaryWeight: live.canary }),
      serin: noted({ stepAt: started ? instant(seen.now) : undefined }),
    },
    says: progressive && started ? [normal(`Advance ${canaryKey(seen)} canary weight ${live.canary}`)] : [],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

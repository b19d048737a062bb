/** Initialized, Succeeded, Failed and Waiting: nothing moves until the target or its configs change. */
import { isRouter } from '../../../model/traffic/router';
import { ALL_TO_PRIMARY } from '../../../model/traffic/routes';
import type { Ask, Saying } from '../decision';
import { ask, normal, once, warning } from '../decision';
import { scaleTargetToZero, scaleTargetUp } from '../effects';
import { canaryHasTraffic } from '../exposure';
import { passedTexts, throughGates, throughRollbackHooks } from '../gates';
import { withRun } from '../history';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, providerOf, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted, recordOf, unixMs } from '../record';
import type { Revision } from '../revision-change';
import { changeOf, checksumOf, configState, holdsRevision, revisionOf } from '../revision-change';
import { seenTarget } from '../seen-target';
import { shapeOf } from '../shape';
import { COUNTERS_AT_ZERO, enter } from '../status';
import { canServe, drainMs, progressOf, readinessOf, stepIntervalMs } from '../workloads';
import { lastWords } from './last-words';
import type { PhasePlan, Plan } from './phase';
import { plan, sayFirst } from './phase';
import { rollbackHookFired, withdraw } from './rollback';

export function idle(seen: Observation, answers: Answers): PhasePlan {
  if (recordOf(seen.canary).outbox !== undefined) return lastWords(seen, answers);
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  if ('unknown' in configs) {
    const rest = resting(seen, 'ConfigMissing', `GetTargetConfigs failed: ${configs.unknown}`);
    return { ...rest, requeueAfterMs: Math.min(rest.requeueAfterMs ?? Infinity, stepIntervalMs(seen)) };
  }

  const revision = revisionOf(seen.target!, configs.known);
  const change = changeOf(seen, revision);
  if (change === 'withdrawn' || nothingToApprove(seen, revision)) return withdrawnWhileIdle(seen, revision);
  if (change === 'none' && phaseOf(seen) !== 'Waiting') return resting(seen, 'Unchanged');
  return start(seen, answers, revision);
}

/** The target went back to what the primary runs before the gate opened: the run had not begun, so nothing else tells. */
const nothingToApprove = (seen: Observation, revision: Revision): boolean =>
  phaseOf(seen) === 'Waiting' && seen.primary !== undefined && holdsRevision(seen.primary, revision);

/** Nothing to release. What still has to happen is the scale-down after the drain. */
function resting(seen: Observation, reason: string, problem?: string): Plan {
  const says = problem === undefined ? [] : [once(warning(problem))];
  const drainUntil = unixMs(recordOf(seen.canary).drainUntil);
  if (drainUntil === undefined) return plan(reason, { says });
  if (seen.now < drainUntil) return plan('Draining', { says, requeueAfterMs: drainUntil - seen.now });
  if (seen.routesProblem) return plan('RoutesNotServed', { says, requeueAfterMs: stepIntervalMs(seen) });
  if (canaryHasTraffic(seen)) return trafficFirst(seen, says);
  const status = { serin: noted({ drainUntil: undefined }) };
  return plan('ScaledDown', { says, effects: scaleTargetToZero(seen), status });
}

/** The target keeps its pods as long as it has traffic: the primary could not take it yet. */
function trafficFirst(seen: Observation, says: Saying[]): Plan {
  if (!canServe(seen.primary)) return plan('CanaryIsLive', { says, requeueAfterMs: stepIntervalMs(seen) });
  return plan('AllToPrimary', {
    says,
    routes: ALL_TO_PRIMARY,
    status: { serin: noted({ drainUntil: instant(seen.now + drainMs(seen)) }) },
    requeueAfterMs: drainMs(seen),
  });
}

/** Putting the promoted template back starts nothing (K11); it is remembered, so that the other one can be tried again. */
function withdrawnWhileIdle(seen: Observation, revision: Revision): Plan {
  if (phaseOf(seen) === 'Waiting') return withdraw(seen, revision);
  const rest = resting(seen, 'RevisionWithdrawn');
  return { ...rest, status: { ...rest.status, lastAppliedSpec: revision.hash, trackedConfigs: revision.configs } };
}

/** After a failed promotion the next run may start although the primary is broken: it is what repairs it (C4). */
const mayRepair = (seen: Observation): boolean =>
  canaryHasTraffic(seen) || recordOf(seen.canary).promotionFailed === true || seen.canary.spec.skipAnalysis === true;

/** 4.1: gates, then Progressing, then the target scales up. */
function start(seen: Observation, answers: Answers, revision: Revision): PhasePlan {
  const primary = readinessOf(seen, 'primary');
  if (!primary.ready && !mayRepair(seen)) {
    const held = resting(seen, 'PrimaryNotReady');
    return { ...held, says: progressOf(primary.message), requeueAfterMs: stepIntervalMs(seen) };
  }
  const call = { phase: phaseOf(seen), checksum: checksumOf(revision) };
  if (phaseOf(seen) === 'Waiting') {
    const stopped = throughRollbackHooks(seen, answers, call);
    if (stopped.state === 'asking') return ask([stopped.question]);
    if (stopped.state === 'rollback') return rollbackHookFired(seen, stopped.by.name, revision);
  }
  const gates = throughGates(seen, answers, 'confirm-rollout', call);
  if (gates.state === 'asking') return ask([gates.question]);
  const passed = passedTexts('Confirm-rollout', gates.passed);
  return sayFirst(
    passed,
    gates.state === 'stopped' ? waitForApproval(seen, gates.by) : startRun(seen, revision, !primary.ready),
  );
}

export function waitForApproval(seen: Observation, gate: { name: string; muteAlert?: boolean }): Plan {
  const requeueAfterMs = stepIntervalMs(seen);
  const first = phaseOf(seen) !== 'Waiting';
  if (!first) return { ...resting(seen, 'WaitingForApproval'), requeueAfterMs };
  return plan('WaitingForApproval', {
    status: enter(seen, 'Waiting', {
      serin: noted({ runStartedAt: instant(seen.now) }),
    }),
    says: [warning(`Halt ${canaryKey(seen)} advancement waiting for approval ${gate.name}`)],
    alerts: gate.muteAlert
      ? []
      : [{ severity: 'warn', message: 'Canary is waiting for approval.', withMetadata: false }],
    requeueAfterMs,
  });
}

/** Said once, by whichever tick comes to it. */
export const runStarted = (seen: Observation): Saying =>
  once(normal(`New revision detected! Scaling up ${targetKey(seen)}`, 'Progressing'));

/** The status goes first: it is the fence against a stale view, and a target at zero in Progressing is scaled up anyway. */
function startRun(seen: Observation, revision: Revision, repairs: boolean): Ask | Plan {
  const live = seen.routes?.canary ?? 0;
  return plan('NewRevision', {
    status: enter(seen, 'Progressing', {
      ...COUNTERS_AT_ZERO,
      canaryWeight: isRouter(seen.router) && seen.router.splitsTraffic ? live : 0,
      lastAppliedSpec: revision.hash,
      trackedConfigs: revision.configs,
      runs: withRun(seen, revision.hash),
      serin: noted({
        runStartedAt: instant(seen.now),
        target: seenTarget(seen),
        shape: shapeOf(seen),
        provider: providerOf(seen),
        approved: checksumOf(revision),
        repairs: repairs ? true : undefined,
        promotionFailed: undefined,
        starting: true,
        stepAt: canaryHasTraffic(seen) ? instant(seen.now) : undefined,
        drainUntil: undefined,
        preRolloutPassed: undefined,
        waitingFor: undefined,
        roll: undefined,
        rescuedFrom: undefined,
        heldSince: undefined,
      }),
    }),
    afterwards: scaleTargetUp(seen),
    says: [runStarted(seen)],
    alerts: [{ severity: 'info', message: 'New revision detected, progressing canary analysis.', withMetadata: true }],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/** Initialized, Succeeded, Failed and Waiting: nothing moves until the target or its configs change. */
import type { Phase } from '../../../model/canary';
import type { Ask } from '../decision';
import { ask, normal, once, warning } from '../decision';
import { scaleTargetToZero, scaleTargetUp } from '../effects';
import { passedTexts, throughGates, throughRollbackHooks } from '../gates';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted, recordOf, unixMs } from '../record';
import type { Revision } from '../revision-change';
import { changeOf, checksumOf, configState, revisionOf } from '../revision-change';
import { COUNTERS_AT_ZERO, enter } from '../status';
import { progressOf, readinessOf, stepIntervalMs } from '../workloads';
import { lastWords } from './last-words';
import type { PhasePlan, Plan } from './phase';
import { plan, sayFirst } from './phase';
import { rollbackHookFired, withdraw } from './rollback';

export function idle(seen: Observation, answers: Answers): PhasePlan {
  if (recordOf(seen.canary).outbox !== undefined) return lastWords(seen, answers);
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  if ('unknown' in configs) return resting(seen, 'ConfigMissing', `GetTargetConfigs failed: ${configs.unknown}`);

  const revision = revisionOf(seen.target!, configs.known);
  const change = changeOf(seen, revision);
  if (change === 'withdrawn') return withdrawnWhileIdle(seen, revision);
  if (change === 'none' && phaseOf(seen) !== 'Waiting') return resting(seen, 'Unchanged');
  return start(seen, answers, revision);
}

/** Nothing to release. What still has to happen is the scale-down after the drain. */
function resting(seen: Observation, reason: string, problem?: string): Plan {
  const says = problem === undefined ? [] : [once(warning(problem))];
  const drainUntil = unixMs(recordOf(seen.canary).drainUntil);
  if (drainUntil === undefined) return plan(reason, { says });
  if (seen.now < drainUntil) return plan('Draining', { says, requeueAfterMs: drainUntil - seen.now });
  const status = { serin: noted({ drainUntil: undefined }) };
  return plan('ScaledDown', { says, effects: scaleTargetToZero(seen), status });
}

/** Putting the promoted template back starts nothing (K11); it is remembered, so that the other one can be tried again. */
function withdrawnWhileIdle(seen: Observation, revision: Revision): Plan {
  if (phaseOf(seen) === 'Waiting') return withdraw(seen, revision);
  const rest = resting(seen, 'RevisionWithdrawn');
  return { ...rest, status: { ...rest.status, lastAppliedSpec: revision.hash, trackedConfigs: revision.configs } };
}

/** After a failed promotion the canary is the live side: the next run may start although the primary is broken (C4). */
const canaryIsLive = (seen: Observation): boolean => (seen.routes?.canary ?? 0) > 0;

/** 4.1: gates, then Progressing, then the target scales up. */
function start(seen: Observation, answers: Answers, revision: Revision): PhasePlan {
  const primary = readinessOf(seen, 'primary');
  if (!primary.ready && !canaryIsLive(seen)) {
    const held = resting(seen, 'PrimaryNotReady');
    return { ...held, says: progressOf(primary.message), requeueAfterMs: stepIntervalMs(seen) };
  }
  const call = { phase: phaseOf(seen), checksum: checksumOf(revision) };
  if (phaseOf(seen) === 'Waiting') {
    const stopped = throughRollbackHooks(seen, answers, call);
    if (stopped.state === 'asking') return ask([stopped.question]);
    if (stopped.state === 'rollback') return rollbackHookFired(seen, stopped.by.name);
  }
  const gates = throughGates(seen, answers, 'confirm-rollout', call);
  if (gates.state === 'asking') return ask([gates.question]);
  const passed = passedTexts('Confirm-rollout', gates.passed);
  return sayFirst(
    passed,
    gates.state === 'stopped' ? waitForApproval(seen, gates.by, revision) : startRun(seen, revision),
  );
}

function waitForApproval(seen: Observation, gate: { name: string; muteAlert?: boolean }, revision: Revision): Plan {
  const requeueAfterMs = stepIntervalMs(seen);
  const first = phaseOf(seen) !== 'Waiting';
  if (!first) return { ...resting(seen, 'WaitingForApproval'), requeueAfterMs };
  return plan('WaitingForApproval', {
    status: enter(seen, 'Waiting', {
      serin: noted({ runStartedAt: instant(seen.now), waitingFor: `${gate.name} ${checksumOf(revision)}` }),
    }),
    says: [warning(`Halt ${canaryKey(seen)} advancement waiting for approval ${gate.name}`)],
    alerts: gate.muteAlert
      ? []
      : [{ severity: 'warn', message: 'Canary is waiting for approval.', withMetadata: false }],
    requeueAfterMs,
  });
}

/** The status goes first: it is the fence against a stale view, and a target at zero in Progressing is scaled up anyway. */
function startRun(seen: Observation, revision: Revision): Ask | Plan {
  const phase: Phase = 'Progressing';
  return plan('NewRevision', {
    status: enter(seen, phase, {
      ...COUNTERS_AT_ZERO,
      lastAppliedSpec: revision.hash,
      trackedConfigs: revision.configs,
      serin: noted({
        runStartedAt: instant(seen.now),
        stepAt: undefined,
        drainUntil: undefined,
        preRolloutPassed: undefined,
        waitingFor: undefined,
      }),
    }),
    afterwards: scaleTargetUp(seen),
    says: [normal(`New revision detected! Scaling up ${targetKey(seen)}`, phase)],
    alerts: [{ severity: 'info', message: 'New revision detected, progressing canary analysis.', withMetadata: true }],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

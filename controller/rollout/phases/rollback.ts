/** The ways back: a failed run, a withdrawn one, and a promotion whose primary does not come up (4.8, 4.9, W21). */
import { isRouter } from '../../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes } from '../../../model/traffic/routes';
import type { Alert, Saying, StatusChange } from '../decision';
import { normal, warning } from '../decision';
import { backToPrimary, onlyCanaryServes } from '../exposure';
import { ended } from '../history';
import type { Observation } from '../observation';
import { canaryKey, targetKey } from '../observation';
import { instant, noted } from '../record';
import { promotedHash, type Revision } from '../revision-change';
import { seenTarget } from '../seen-target';
import { COUNTERS_AT_ZERO, enter } from '../status';
import { canServe, drainMs, readinessOf } from '../workloads';
import type { Plan } from './phase';
import { plan } from './phase';

export interface Why {
  /** PascalCase */
  reason: string;
  says: Saying[];
  alert: Alert;
  /** Recorded as decided, where the run had not begun. */
  revision?: Revision;
  /** Follows the condition's message when the failed checks alone do not tell (B6). */
  because?: string;
}

/**
 * Ends a run: traffic to the primary, phase Failed, and after the drain the target goes to zero. The revision stays the
 * decided one, so it is not tried again by itself.
 */
export function rollBack(seen: Observation, why: Why): Plan {
  const decided = why.revision && { lastAppliedSpec: why.revision.hash, trackedConfigs: why.revision.configs };
  const change: StatusChange = {
    ...COUNTERS_AT_ZERO,
    ...decided,
    ...ended(seen, 'failed', why.reason),
    serin: endNotes(seen, 'Failed'),
  };
  return plan(why.reason, {
    ...backToPrimary(seen),
    status: enter(seen, 'Failed', change, why.because),
    says: [...why.says, warning(`Canary failed! Scaling down ${canaryKey(seen)}`, 'Failed')],
    alerts: [why.alert],
    facts: [{ fact: 'outcome', result: 'failure', analysis: 'completed' }],
    tellsFirst: true,
    requeueAfterMs: 0,
  });
}

/** What a run noted of its steps, and nothing needs after it. */
const RUN_OVER = {
  stepAt: undefined,
  waitingFor: undefined,
  preRolloutPassed: undefined,
  roll: undefined,
  rescuedFrom: undefined,
};

const endNotes = (seen: Observation, outbox: 'Failed'): Record<string, unknown> =>
  noted({
    outbox,
    drainUntil: instant(seen.now + drainMs(seen)),
    ...RUN_OVER,
  });

export function tooManyFailedChecks(seen: Observation, failedChecks: number): Plan {
  const text = `failed checks threshold reached ${failedChecks}`;
  return rollBack(seen, {
    reason: 'FailedChecksThreshold',
    says: [warning(`Rolling back ${canaryKey(seen)} ${text}`)],
    alert: { severity: 'error', message: `F${text.slice(1)}`, withMetadata: false },
  });
}

/** `message`: which workload is not ready, and how. */
export function deadlineExceeded(seen: Observation, message: string): Plan {
  return rollBack(seen, {
    reason: 'ProgressDeadlineExceeded',
    says: [warning(message), warning(`Rolling back ${canaryKey(seen)} progress deadline exceeded ${message}`)],
    alert: { severity: 'error', message: `Progress deadline exceeded ${message}`, withMetadata: false },
    because: `Progress deadline exceeded: ${message}`,
  });
}

export function rollbackHookFired(seen: Observation, hook: string, revision?: Revision): Plan {
  return rollBack(seen, {
    reason: 'RollbackHook',
    ...(revision && { revision }),
    says: [warning(`Rollback check ${hook} passed`), warning(`Rolling back ${canaryKey(seen)} manual webhook invoked`)],
    alert: { severity: 'warn', message: 'Rolling back manual webhook invoked', withMetadata: false },
    because: `Rollback hook ${hook} fired.`,
  });
}

/** The target was deleted half-way: its pods go, and with them the run. Made again, its revision is news (N1). */
export function targetGone(seen: Observation, problem: string): Plan {
  const ended = rollBack(seen, {
    reason: 'TargetGone',
    says: [warning(problem)],
    alert: { severity: 'error', message: `Target is gone: ${problem}`, withMetadata: false },
    because: problem,
  });
  return { ...ended, status: { ...ended.status, lastAppliedSpec: promotedHash(seen) ?? null } };
}

/** The target went back to the promoted revision while another was under way: nothing is left to release (C29, W21). */
export function withdraw(seen: Observation, revision: Revision): Plan {
  return plan('RevisionWithdrawn', {
    ...backToPrimary(seen),
    status: enter(seen, 'Succeeded', {
      ...COUNTERS_AT_ZERO,
      ...ended(seen, 'withdrawn', 'RevisionWithdrawn'),
      lastAppliedSpec: revision.hash,
      trackedConfigs: revision.configs,
      serin: noted({
        target: seenTarget(seen),
        outbox: undefined,
        drainUntil: instant(seen.now + drainMs(seen)),
        ...RUN_OVER,
      }),
    }),
    says: [normal(`Revision withdrawn! ${targetKey(seen)} is back at the promoted revision`)],
  });
}

/** Where traffic goes after a failed promotion; undefined: it stays. */
function whoeverServes(seen: Observation): Routes | undefined {
  if (readinessOf(seen, 'canary').ready || onlyCanaryServes(seen)) return ALL_TO_CANARY;
  return canServe(seen.target) ? undefined : ALL_TO_PRIMARY;
}

/** The primary does not take the promoted template: whoever is ready serves (B9), the canary keeps its pods. */
export function failPromotion(seen: Observation, message: string): Plan {
  const routes = whoeverServes(seen);
  const weight = isRouter(seen.router) && seen.router.splitsTraffic ? (routes ?? seen.routes)?.canary : 0;
  return plan('PromotionFailed', {
    ...(routes && { routes }),
    tellsFirst: true,
    status: enter(
      seen,
      'Failed',
      {
        ...COUNTERS_AT_ZERO,
        ...ended(seen, 'failed', 'PromotionFailed'),
        canaryWeight: weight ?? 0,
        serin: noted({
          outbox: 'Failed',
          promotionFailed: true,
          drainUntil: undefined,
          stepAt: undefined,
          waitingFor: undefined,
          rescuedFrom: undefined,
        }),
      },
      message,
    ),
    says: [warning(`Promotion of ${targetKey(seen)} failed, primary not ready: ${message}`)],
    alerts: [{ severity: 'error', message: `Promotion failed, primary not ready: ${message}`, withMetadata: false }],
    facts: [{ fact: 'outcome', result: 'failure', analysis: 'completed' }],
    requeueAfterMs: 0,
  });
}

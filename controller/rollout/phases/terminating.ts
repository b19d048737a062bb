/**
 * A deleted Canary with revertOnDeletion: the target gets its pods and its traffic back, then the finalizer goes (spec
 * workloads 7). What is gone already counts as reverted (W17), and a target that does not come up holds the deletion
 * only until its deadline (C32).
 */
import { progressDeadlineSeconds } from '../../../model/defaults';
import { sameJson } from '../../../model/json';
import { type KubeObject, RESOURCES } from '../../../model/kube';
import { selectorLabel } from '../../../model/names';
import { replicasOf } from '../../../model/objects/primary-workload';
import { isAtZero, scaleUpPatch } from '../../../model/objects/scale';
import { revertedApex } from '../../../model/objects/services';
import { isRouter } from '../../../model/traffic/router';
import type { Decision, Effect, Saying } from '../decision';
import { act, normal, once, waitingFor, warning } from '../decision';
import { workloadType, writeOf } from '../effects';
import type { Observation } from '../observation';
import { canaryKey, namespaceOf, phaseOf, targetKey } from '../observation';
import { instant, noted, recordOf, unixMs } from '../record';
import { routingWrite } from '../routing';
import { resumeTargetScaler } from '../scaling';
import { enter } from '../status';
import { drainMs, readinessOf, stepIntervalMs } from '../workloads';
import { removeFinalizer } from './finalizer';

export function terminating(seen: Observation): Decision {
  if (phaseOf(seen) !== 'Terminating') {
    return act('Terminating', {
      status: enter(seen, 'Terminating', {
        serin: noted({ terminatingSince: instant(seen.now), drainUntil: undefined }),
      }),
      says: [normal(`Terminating canary ${canaryKey(seen)}`)],
      requeueAfterMs: 0,
    });
  }
  const resumed = resumeTargetScaler(seen, 'failed to resume target scaler during finalizing');
  const scaleUp = [...resumed, ...scaleBack(seen)];
  if (scaleUp.length > 0) return act('TargetScaledUp', { effects: scaleUp, requeueAfterMs: stepIntervalMs(seen) });
  const target = seen.target === undefined ? undefined : readinessOf(seen, 'canary');
  if (target?.ready === false && seen.now < deadline(seen)) {
    const text = `canary not ready during finalizing: ${target.message}`;
    return act('TargetNotReady', { says: [waitingFor(text)], requeueAfterMs: stepIntervalMs(seen) });
  }
  return revert(seen, target?.ready !== false);
}

/** As many pods as the primary has, so that taking its traffic back does not knock the target over; an autoscaler has its own mind. */
function scaleBack(seen: Observation): Effect[] {
  if (seen.target === undefined) return [];
  const replicas = (seen.primary && replicasOf(seen.primary)) || replicasOf(seen.target) || 1;
  const enough = isAtZero(seen.target) ? 0 : replicasOf(seen.target);
  if (enough >= replicas || (enough > 0 && seen.canary.spec.autoscalerRef)) return [];
  const patch = scaleUpPatch(seen.target, replicas);
  if (patch === undefined) return [];
  const { name } = seen.canary.spec.targetRef;
  const context = `failed to revert target: scaling ${targetKey(seen)} to ${replicas} failed`;
  return [{ write: 'patch', type: workloadType(seen), namespace: namespaceOf(seen), name, patch, context }];
}

const deadline = (seen: Observation): number =>
  (unixMs(recordOf(seen.canary).terminatingSince) ?? 0) + progressDeadlineSeconds(seen.canary) * 1000;

/** Traffic first; the finalizer goes after the drain, because the primary is collected with the Canary. */
function revert(seen: Observation, targetReady: boolean): Decision {
  const apex = attempted(() => apexWrites(seen));
  const routing = attempted(() => routingWrites(seen));
  const writes = [...apex.effects, ...routing.effects];
  const unready = targetReady
    ? []
    : [once(warning(`canary ${canaryKey(seen)} is reverted although its target is not ready`))];
  const says = [...unready, ...apex.says, ...routing.says];
  if (writes.length > 0) {
    const status = { serin: noted({ drainUntil: instant(seen.now + drainMs(seen)) }) };
    return act('Reverted', { effects: writes, status, says, requeueAfterMs: drainMs(seen) });
  }
  const drainUntil = unixMs(recordOf(seen.canary).drainUntil);
  if (drainUntil !== undefined && seen.now < drainUntil) {
    return act('Draining', { requeueAfterMs: drainUntil - seen.now });
  }
  return act('Terminated', {
    afterwards: [removeFinalizer(seen)],
    says: [...says, normal(`Terminated canary ${canaryKey(seen)}`)],
  });
}

/** What cannot be undone, an annotation that is not JSON for example, is said, and holds nothing up (W17). */
function attempted(work: () => Effect[]): { effects: Effect[]; says: Saying[] } {
  try {
    return { effects: work(), says: [] };
  } catch (error) {
    return { effects: [], says: [once(warning(`failed to revert: ${(error as Error).message}`))] };
  }
}

function apexWrites(seen: Observation): Effect[] {
  const { apex } = seen.services;
  const selector = seen.target && selectorLabel(seen.target, seen.settings.selectorLabels);
  if (apex === undefined || selector === undefined) return [];
  const reverted = revertedApex(seen.canary, apex, selector);
  return reverted ? [writeOf(RESOURCES.service, apex, reverted, 'failed revert router: service update error')] : [];
}

function routingWrites(seen: Observation): Effect[] {
  const { router, canary, routing } = seen;
  if (!isRouter(router)) return [];
  const live = (object: KubeObject) =>
    routing.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name);
  const reverted = router.finalize(canary, routing).filter((object) => !sameJson(object, live(object)));
  return reverted.map((object) => routingWrite(seen, router, object));
}

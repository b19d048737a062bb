/** What happens next to one Canary: a pure, total function of what is seen and what was answered. */

import type { Phase } from '../../model/canary';
import { shortText } from '../../model/short-text';
import { ALL_TO_PRIMARY } from '../../model/traffic/routes';
import { isError, type Problem, validate } from '../../model/validate';
import { isStalledWith, recoveredConditions, type StallReason, stalledConditions } from './conditions';
import type { Ask, Decision } from './decision';
import { act, normal, once, warning } from './decision';
import { canaryHasTraffic, isRunning } from './exposure';
import { groundProblem, onGround, primaryIsLost } from './ground';
import { kept, keptWith } from './kept';
import { notSupported } from './not-supported';
import type { Observation } from './observation';
import { namespaceOf, phaseOf } from './observation';
import { finalizerChange, finalizerOf } from './phases/finalizer';
import { idle } from './phases/idle';
import { initializing } from './phases/initializing';
import { restorePrimary } from './phases/lost-primary';
import type { PhasePlan } from './phases/phase';
import { progressing } from './phases/progressing';
import { finalising, promoting } from './phases/promotion';
import { targetGone } from './phases/rollback';
import { adoptForeign } from './phases/takeover';
import { terminating } from './phases/terminating';
import type { Answers } from './question';
import { noted } from './record';
import { routingAlone } from './routing';
import { isOlderThanDecided } from './seen-target';
import { enter } from './status';
import { canServe } from './workloads';

/** A new phase does not build until it is handled. */
const PER_PHASE: Record<Phase, (seen: Observation, answers: Answers) => PhasePlan> = {
  '': initializing,
  Initializing: initializing,
  Initialized: idle,
  Waiting: idle,
  Progressing: progressing,
  WaitingPromotion: progressing,
  Promoting: promoting,
  Finalising: finalising,
  Succeeded: idle,
  Failed: idle,
  // A Canary in these phases has a deletionTimestamp, which speaks first; without one it is taken up again.
  Terminating: initializing,
  Terminated: initializing,
};

/** The first that speaks decides, before any phase does. */
const BEFORE_ANY_PHASE: ReadonlyArray<(seen: Observation) => Decision | undefined> = [
  beingDeleted,
  suspended,
  invalid,
  collides,
  unsupported,
  stale,
  unsound,
];

/** No answer changes what these say, so a tick that asks does not go through them again. */
const spokenBeforeAnyPhase = kept((seen: Observation): Decision | undefined => {
  for (const rule of BEFORE_ANY_PHASE) {
    const spoken = rule(seen);
    if (spoken !== undefined) return spoken;
  }
  return undefined;
});

export function decide(seen: Observation, answers: Answers): Ask | Decision {
  const spoken = spokenBeforeAnyPhase(seen);
  if (spoken !== undefined) return spoken;
  const foreign = adoptForeign(seen, answers);
  if (foreign !== undefined) return foreign;
  // Without a target there is nothing to make it from, and only last words are left to say.
  const lost = primaryIsLost(seen) && seen.target !== undefined;
  const planned = lost ? restorePrimary(seen, answers) : PER_PHASE[phaseOf(seen)](seen, answers);
  if (planned.do === 'ask') return planned;
  return withFinalizer(seen, recovered(seen, onGround(seen, planned)));
}

/** A Canary that is being deleted does not tick: it is only undone (C12). */
function beingDeleted(seen: Observation): Decision | undefined {
  if (seen.canary.metadata.deletionTimestamp === undefined) return undefined;
  return finalizerOf(seen) ? terminating(seen) : act('Deleted');
}

function suspended(seen: Observation): Decision | undefined {
  if (seen.canary.spec?.suspend !== true) return undefined;
  return act('Suspended', { says: [once(normal('skipping canary run as object is suspended'))] });
}

function collides(seen: Observation): Decision | undefined {
  if (seen.rival === undefined) return undefined;
  const { kind, name } = seen.canary.spec.targetRef;
  return stall(
    seen,
    'TargetTaken',
    `canary ${seen.rival}.${namespaceOf(seen)} has the same target ${kind}/${name} and is older: give this canary another target, or delete one of the two`,
  );
}

/** Of one text: who mends these is told of the rest. */
const MOST_PROBLEMS = 10;

const errorsOfSpec = keptWith<Problem[]>();

/** Worked out once for each spec: a write of the status leaves it the very same object (store.ts). */
function specErrors({ canary, settings }: Observation): Problem[] {
  const { noCrossNamespaceRefs, meshProvider: provider } = settings;
  const work = () => validate(canary, { noCrossNamespaceRefs, provider }).filter(isError);
  return errorsOfSpec(canary.spec, [settings, canary.metadata.namespace, canary.status?.lastPromotedSpec], work);
}

/** What makes no sense is said once and not tried again until the spec changes. */
function invalid(seen: Observation): Decision | undefined {
  const problems = specErrors(seen);
  if (problems.length === 0) return undefined;
  const text = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`)
    .join(' | ');
  const more = problems.length > MOST_PROBLEMS ? ` | and ${problems.length - MOST_PROBLEMS} more` : '';
  return stall(seen, 'InvalidSpec', `invalid canary spec: ${text}${more}`);
}

function unsupported(seen: Observation): Decision | undefined {
  const what = notSupported(seen);
  return what === undefined ? undefined : stall(seen, 'NotSupported', what);
}

/** One condition and one Warning. Nobody watches a run that stands still: the primary takes all traffic. */
function stall(seen: Observation, reason: StallReason, why: string): Decision {
  const message = shortText(why);
  const reached = canaryHasTraffic(seen) || seen.routes?.mirrored === true;
  const exposed = isRunning(seen) && reached && canServe(seen.primary);
  const off = exposed
    ? { effects: routingAlone(seen, ALL_TO_PRIMARY), status: { canaryWeight: 0, serin: noted({ stepAt: undefined }) } }
    : {};
  if (isStalledWith(seen, message)) return act(reason, off);
  const conditions = stalledConditions(seen, reason, message);
  return act(reason, { ...off, status: { ...off.status, conditions }, says: [warning(message)] });
}

/** A view of the target from before the last decision on it: nothing is decided from that (invariant 4). */
function stale(seen: Observation): Decision | undefined {
  return isOlderThanDecided(seen) ? act('StaleView', { requeueAfterMs: 1000 }) : undefined;
}

/** The target or something else that everything stands on is not there: said, and looked at again when it changes. */
function unsound(seen: Observation): Decision | undefined {
  const problem = groundProblem(seen);
  if (problem === undefined) return undefined;
  const lost = seen.target === undefined && seen.primary !== undefined && isRunning(seen);
  if (lost) return onGround(seen, targetGone(seen, problem));
  const status = phaseOf(seen) === '' ? enter(seen, 'Initializing') : {};
  return act('GroundMissing', { status, says: [once(warning(problem))] });
}

/** A spec that works again loses its Stalled condition. */
function recovered(seen: Observation, decision: Decision): Decision {
  const conditions = recoveredConditions(seen);
  if (conditions === undefined || decision.status.conditions !== undefined) return decision;
  return { ...decision, status: { ...decision.status, conditions } };
}

function withFinalizer(seen: Observation, decision: Decision): Decision {
  const change = finalizerChange(seen);
  return change === undefined ? decision : { ...decision, effects: [change, ...decision.effects] };
}

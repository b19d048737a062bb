/** One step of a run: the analysis, then the next weight or iteration, or the promotion (behaviour-reference 1.3 and 4.3-4.6). */

import { failureThreshold, maxWeight, progressDeadlineSeconds } from '../../../model/defaults';
import { isRouter } from '../../../model/traffic/router';
import { ALL_TO_PRIMARY } from '../../../model/traffic/routes';
import { analyse, metricQuestions } from '../analysis';
import type { Saying, StatusChange } from '../decision';
import { ask, normal, once, warning } from '../decision';
import { backToPrimary } from '../exposure';
import { passedTexts, throughGates, throughRollbackHooks } from '../gates';
import { withChecks } from '../history';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, providerOf, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted, recordOf, unixMs } from '../record';
import { enter } from '../status';
import { nextWeight } from '../steps';
import type { Check } from '../verdict';
import { earlyMs, stepIntervalMs } from '../workloads';
import type { PhasePlan, Plan } from './phase';
import { plan, sayFirst } from './phase';
import type { Run } from './progressing';
import { promote } from './promotion';

export function step(seen: Observation, run: Run, answers: Answers): PhasePlan {
  const checked = atFirstStep(seen) ? beforeTraffic(seen, run, answers) : underTraffic(seen, run, answers);
  const next =
    'do' in checked
      ? checked
      : forgiven(seen, withRecord(seen, checked.checks, sayFirst(checked.says, advance(seen, run, answers))));
  return sayFirst(quietHooks(seen, run, answers), next);
}

/** An analysis without a step: what would be released is not known just now, and a failing canary fails all the same (C15). */
export function withoutStep(seen: Observation, run: Run, answers: Answers): PhasePlan {
  const requeueAfterMs = stepIntervalMs(seen);
  if (atFirstStep(seen)) return plan('ConfigMissing', { requeueAfterMs });
  const checked = underTraffic(seen, run, answers);
  if ('do' in checked) return checked;
  const status = { serin: noted({ stepAt: instant(seen.now) }) };
  return withRecord(seen, checked.checks, plan('ConfigMissing', { status, requeueAfterMs }));
}

/** Rollback hooks that were asked before this step and did not fire. */
function quietHooks(seen: Observation, run: Run, answers: Answers): Saying[] {
  const hooks = throughRollbackHooks(seen, answers, { ...run.call, phase: phaseOf(seen) });
  if (hooks.state !== 'quiet') return [];
  return hooks.asked.map(({ name }) => normal(`Rollback hook ${name} not signaling a rollback`));
}

/** Nothing has reached the canary yet: there is nothing to analyse (K6). */
function atFirstStep(seen: Observation): boolean {
  const mirrored = seen.canary.spec.analysis.mirror === true && seen.routes?.mirrored === true;
  return (seen.routes?.canary ?? 0) === 0 && (seen.canary.status?.iterations ?? 0) === 0 && !mirrored;
}

type Checked = PhasePlan | { says: Saying[]; checks?: Check[] };

/** The checks of this tick go into the record with whatever status it writes. */
function withRecord(seen: Observation, checks: Check[] | undefined, next: PhasePlan): PhasePlan {
  if (next.do === 'ask' || checks === undefined) return next;
  const runs = withChecks(seen, checks);
  return runs === undefined || next.status.runs !== undefined ? next : { ...next, status: { ...next.status, runs } };
}

/** An analysis that passes ends a row of failed ones, where only those in a row count (B14). */
function forgiven(seen: Observation, next: PhasePlan): PhasePlan {
  const counted =
    seen.canary.spec.analysis.thresholdCounts === 'consecutive' && (seen.canary.status?.failedChecks ?? 0) > 0;
  return next.do === 'ask' || !counted ? next : { ...next, status: { failedChecks: 0, ...next.status } };
}

function beforeTraffic(seen: Observation, run: Run, answers: Answers): Checked {
  const down = stillDown(seen, answers);
  if (down) return down;
  if (recordOf(seen.canary).preRolloutPassed === run.call.checksum) return { says: [] };
  const starting = normal(`Starting canary analysis for ${targetKey(seen)}`);
  const hooks = throughGates(seen, answers, 'pre-rollout', run.call);
  if (hooks.state === 'asking') return ask([hooks.question]);
  const says = [starting, ...passedTexts('Pre-rollout', hooks.passed)];
  if (hooks.state === 'passed') return { says };
  const text = `Halt ${canaryKey(seen)} advancement pre-rollout check ${hooks.by.name} failed ${hooks.error}`;
  return failedCheck(seen, run, [...says, warning(text)]);
}

function underTraffic(seen: Observation, run: Run, answers: Answers): Checked {
  const analysis = analyse(seen, answers, run.call);
  if (analysis.state === 'asking') return ask(analysis.questions);
  if (analysis.state === 'failed') {
    return withRecord(seen, analysis.checks, failedCheck(seen, run, [warning(analysis.message)]));
  }
  if (analysis.state === 'held') return withRecord(seen, analysis.checks, heldUp(seen, analysis.message));
  return { says: [], checks: analysis.checks };
}

/**
 * No verdict, no step. Traffic does not stay for ever on a version that nobody can judge: after the deadline the primary
 * has all of it, and the run goes on once the metrics servers answer again.
 */
function heldUp(seen: Observation, message: string): Plan {
  const since = unixMs(recordOf(seen.canary).heldSince) ?? seen.now;
  const tooLong = seen.now - since >= progressDeadlineSeconds(seen.canary) * 1000;
  return plan('NoVerdict', {
    ...(tooLong && backToPrimary(seen)),
    status: {
      ...(tooLong && { canaryWeight: 0, iterations: 0 }),
      serin: noted({ heldSince: instant(since), stepAt: tooLong ? undefined : instant(seen.now), starting: undefined }),
    },
    says: [warning(message)],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/** After an outage the metrics servers must answer before the canary gets traffic again; undefined: they do. */
function stillDown(seen: Observation, answers: Answers): PhasePlan | undefined {
  const notBefore = unixMs(recordOf(seen.canary).heldSince);
  if (notBefore === undefined) return undefined;
  if (answers.probe === undefined)
    return ask([{ ask: 'probe', id: 'probe', metrics: metricQuestions(seen), notBefore }]);
  if (answers.probe.ok) return undefined;
  const says = [once(warning(`Error checking metric providers: ${answers.probe.message}`))];
  return plan('NoVerdict', { says, requeueAfterMs: stepIntervalMs(seen) });
}

/** One failed check, whatever failed; at the threshold the next tick follows at once (C21). */
function failedCheck(seen: Observation, run: Run, says: Saying[]): Plan {
  const failedChecks = run.failedChecks + 1;
  const reached = failedChecks >= failureThreshold(seen.canary.spec.analysis);
  return plan('CheckFailed', {
    status: { failedChecks, serin: noted({ stepAt: instant(seen.now), starting: undefined, heldSince: undefined }) },
    says,
    facts: [{ fact: 'analysed' }],
    requeueAfterMs: reached ? 0 : stepIntervalMs(seen),
  });
}

function advance(seen: Observation, run: Run, answers: Answers): PhasePlan {
  const { analysis } = seen.canary.spec;
  const iterations = iterationsOf(seen);
  const kubernetes = providerOf(seen) === 'kubernetes';
  const notes = kubernetes ? kubernetesNotes(seen) : [];
  const next =
    iterations === 0
      ? progressiveStep(seen, run, answers)
      : (analysis.match ?? []).length > 0 && !kubernetes
        ? abStep(seen, run, answers, iterations)
        : blueGreenStep(seen, run, answers, iterations);
  return sayFirst(notes, next);
}

/** Plain Kubernetes cannot split: blue/green with 10 iterations (behaviour-reference 1.3, step 28). */
export const iterationsOf = (seen: Observation): number =>
  Math.max(seen.canary.spec.analysis.iterations ?? 0, 0) || (providerOf(seen) === 'kubernetes' ? 10 : 0);

function kubernetesNotes({ canary }: Observation): Saying[] {
  const { match = [], iterations = 0 } = canary.spec.analysis;
  const says: Saying[] = [];
  if (match.length > 0) says.push(warning('A/B testing is not supported when using the kubernetes provider'));
  if (iterations < 1) {
    says.push(warning('Progressive traffic is not supported when using the kubernetes provider'));
    says.push(warning('Setting canaryAnalysis.iterations: 10'));
  }
  return says;
}

function progressiveStep(seen: Observation, run: Run, answers: Answers): PhasePlan {
  const { analysis } = seen.canary.spec;
  const live = seen.routes ?? ALL_TO_PRIMARY;
  if (!live.mirrored && phaseOf(seen) !== 'WaitingPromotion') {
    const gates = throughGates(seen, answers, 'confirm-traffic-increase', run.call);
    if (gates.state === 'asking') return ask([gates.question]);
    const passed = passedTexts('Confirm-traffic-increase', gates.passed);
    if (gates.state === 'stopped') return sayFirst(passed, waitForTraffic(seen, run, gates.by));
    return sayFirst(passed, live.canary < maxWeight(analysis) ? nextSplit(seen) : promote(seen, run, answers));
  }
  return live.canary < maxWeight(analysis) ? nextSplit(seen) : promote(seen, run, answers);
}

/** A step before live traffic mirrors it; from then on each step shifts. */
function nextSplit(seen: Observation): Plan {
  const { analysis } = seen.canary.spec;
  const live = seen.routes ?? ALL_TO_PRIMARY;
  const wanted = analysis.mirror === true && live.canary === 0 && !live.mirrored;
  const able = isRouter(seen.router) && seen.router.canMirror(seen.canary);
  const unmirrored = wanted && !able ? [once(warning(`${canaryKey(seen)} cannot be mirrored, shifting traffic`))] : [];
  if (wanted && able) {
    return stepTaken(seen, 'Mirroring', { primary: 100, canary: 0, mirrored: true }, { canaryWeight: 0 }, [
      normal(`Advance ${canaryKey(seen)} canary weight 0`),
    ]);
  }
  const weight = nextWeight(analysis, live.canary);
  return stepTaken(
    seen,
    'Advanced',
    { primary: 100 - weight, canary: weight, mirrored: false },
    { canaryWeight: weight },
    [...unmirrored, normal(`Advance ${canaryKey(seen)} canary weight ${weight}`)],
  );
}

function waitForTraffic(seen: Observation, run: Run, gate: { name: string; muteAlert?: boolean }): Plan {
  const waitingOn = `traffic ${gate.name}`;
  const first = recordOf(seen.canary).waitingFor !== waitingOn;
  const alerts = first && !gate.muteAlert;
  return plan('WaitingForTraffic', {
    status: {
      serin: noted({ waitingFor: waitingOn, preRolloutPassed: run.call.checksum, stepAt: instant(seen.now) }),
    },
    says: first
      ? [warning(`Halt ${canaryKey(seen)} advancement waiting for traffic increase approval ${gate.name}`)]
      : [],
    alerts: alerts
      ? [{ severity: 'warn', message: 'Canary traffic increase is waiting for approval.', withMetadata: false }]
      : [],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

function abStep(seen: Observation, run: Run, answers: Answers, iterations: number): PhasePlan {
  const done = seen.canary.status?.iterations ?? 0;
  if (done >= iterations) return promote(seen, run, answers);
  return iteration(seen, done + 1, iterations, { primary: 0, canary: 100, mirrored: false });
}

/** The canary is tested beside the primary, then takes all traffic for one more analysis, then is copied (4.6). */
function blueGreenStep(seen: Observation, run: Run, answers: Answers, iterations: number): PhasePlan {
  const done = seen.canary.status?.iterations ?? 0;
  const mirror = seen.canary.spec.analysis.mirror === true;
  const moves = providerOf(seen) !== 'kubernetes';
  const live = seen.routes ?? ALL_TO_PRIMARY;
  if (done < iterations) {
    return iteration(seen, done + 1, iterations, mirror && moves ? { primary: 100, canary: 0, mirrored: true } : live);
  }
  if (live.canary === 100 || !moves) return promote(seen, run, answers);
  const text = mirror ? 'Stop traffic mirroring and route all traffic to canary' : 'Routing all traffic to canary';
  const gates = throughGates(seen, answers, 'confirm-promotion', run.call);
  if (gates.state !== 'passed') return promote(seen, run, answers);
  const switched = stepTaken(
    seen,
    'SwitchedToCanary',
    { primary: 0, canary: 100, mirrored: false },
    { ...(phaseOf(seen) === 'WaitingPromotion' && enter(seen, 'Progressing')), iterations: done + 1 },
    [normal(text)],
  );
  return sayFirst(passedTexts('Confirm-promotion', gates.passed), switched);
}

function iteration(seen: Observation, i: number, n: number, routes: Plan['routes']): Plan {
  return stepTaken(seen, 'Iterated', routes, { iterations: i }, [
    normal(`Advance ${canaryKey(seen)} canary iteration ${i}/${n}`),
  ]);
}

function stepTaken(
  seen: Observation,
  reason: string,
  routes: Plan['routes'],
  change: StatusChange,
  says: Saying[],
): Plan {
  return plan(reason, {
    ...(routes && { routes }),
    status: {
      ...change,
      serin: noted({
        stepAt: instant(seen.now),
        starting: undefined,
        heldSince: undefined,
        waitingFor: undefined,
        preRolloutPassed: undefined,
      }),
    },
    says,
    facts: [{ fact: 'analysed' }],
    requeueAfterMs: stepIntervalMs(seen),
    requeueEarlyMs: earlyMs(seen),
    settles: true,
  });
}

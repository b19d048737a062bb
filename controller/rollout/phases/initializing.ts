/** Bootstrap: make the primary from the target, wait for it, and only then switch the apex (behaviour-reference 1.3, C3, C7, C9). */
import { ALL_TO_PRIMARY } from '../../../model/traffic/routes';
import { metricQuestions } from '../analysis';
import type { Saying, StatusChange } from '../decision';
import { ask, normal, once, warning } from '../decision';
import { copyTemplate, createPrimary, ensureRevisionRecorded } from '../effects';
import type { Observation } from '../observation';
import { canaryKey, phaseOf, primaryKey, targetKey } from '../observation';
import type { Answers } from '../question';
import { instant, noted } from '../record';
import type { Revision } from '../revision-change';
import { configState, holdsRevision, promotedConfigs, promotedHash, revisionOf, SUPERSEDED } from '../revision-change';
import { COUNTERS_AT_ZERO, enter } from '../status';
import { canServe, drainMs, progressOf, readinessOf, stepIntervalMs } from '../workloads';
import type { PhasePlan } from './phase';
import { plan } from './phase';

export function initializing(seen: Observation, answers: Answers): PhasePlan {
  const configs = configState(seen, answers);
  if ('ask' in configs) return ask(configs.ask);
  if (probeWanted(seen) && answers.probe === undefined) {
    return ask([{ ask: 'probe', id: 'probe', metrics: metricQuestions(seen) }]);
  }
  const probed = probeText(answers);
  const status = phaseOf(seen) === '' ? enter(seen, 'Initializing') : {};
  if ('unknown' in configs) {
    const says = [...probed, once(warning(`GetTargetConfigs failed: ${configs.unknown}`))];
    return plan('ConfigMissing', { status, says, requeueAfterMs: stepIntervalMs(seen) });
  }
  const revision = revisionOf(seen.target!, configs.known);
  if (seen.primary === undefined) {
    return plan('PrimaryCreated', { effects: createPrimary(seen, revision), status, says: probed });
  }
  const primary = readinessOf(seen, 'primary');
  if (!primary.ready) {
    if (!primary.retriable && isHopeless(seen, revision)) return begunAnew(seen, revision, status, probed);
    const says = [...probed, ...progressOf(primary.message)];
    return plan('PrimaryNotReady', { status, says, requeueAfterMs: stepIntervalMs(seen) });
  }
  return initialized(seen, probed, revision, unavailable(answers));
}

/** A first version that never got ready, and serves nobody: what was pushed since is the first version then. */
const isHopeless = (seen: Observation, revision: Revision): boolean =>
  !canServe(seen.primary) && !holdsRevision(seen.primary!, revision);

function begunAnew(seen: Observation, revision: Revision, status: StatusChange, probed: Saying[]): PhasePlan {
  return plan('PrimaryReplaced', {
    effects: copyTemplate(seen, revision),
    status,
    says: [...probed, normal(`Copying ${targetKey(seen)} template spec to ${primaryKey(seen)}`)],
    requeueAfterMs: stepIntervalMs(seen),
  });
}

/**
 * The hash and checksums are those that went into the primary, not what the target holds by now (C3). A synthesised
 * primary that runs something else was applied before, as the last good version of a rebuilt cluster: the target is news.
 */
function initialized(seen: Observation, probed: Saying[], revision: Revision, because: string | undefined): PhasePlan {
  const record = ensureRevisionRecorded(seen, revision);
  const hash = record?.hash ?? promotedHash(seen) ?? SUPERSEDED;
  return plan('Initialized', {
    routes: ALL_TO_PRIMARY,
    effects: record?.effects ?? [],
    status: enter(
      seen,
      'Initialized',
      {
        ...COUNTERS_AT_ZERO,
        lastAppliedSpec: hash,
        lastPromotedSpec: hash,
        trackedConfigs: record?.configs ?? promotedConfigs(seen.primary!),
        serin: noted({ drainUntil: instant(seen.now + drainMs(seen)) }),
      },
      because,
    ),
    says: [...probed, normal(`Initialization done! ${canaryKey(seen)}`, 'Initialized')],
    alerts: [
      {
        severity: 'info',
        message: `New ${seen.canary.spec.targetRef.kind} detected, initialization completed.`,
        withMetadata: true,
      },
    ],
    requeueAfterMs: 0,
  });
}

const probeWanted = (seen: Observation): boolean => seen.canary.spec.skipAnalysis !== true;

/** The first run would wait for them: the status says so as long as nothing else happens (M15). */
const unavailable = ({ probe }: Answers): string | undefined =>
  probe === undefined || probe.ok ? undefined : `Error checking metric providers: ${probe.message}`;

function probeText({ probe }: Answers): Saying[] {
  if (probe === undefined) return [];
  return probe.ok
    ? [once(normal('all the metrics providers are available!'))]
    : [once(warning(`Error checking metric providers: ${probe.message}`))];
}

/** What is said when a run has ended: post-rollout hooks and the closing event. Kept in the status until said (B2, invariant 7). */
import type { Alert, Saying } from '../decision';
import { ask, normal, warning } from '../decision';
import { passedTexts, throughGates } from '../gates';
import type { Observation } from '../observation';
import { targetKey } from '../observation';
import type { Answers } from '../question';
import { noted, recordOf } from '../record';
import { checksumOf } from '../revision-change';
import type { PhasePlan } from './phase';
import { plan } from './phase';

export function lastWords(seen: Observation, answers: Answers): PhasePlan {
  const { outbox } = recordOf(seen.canary);
  const status = seen.canary.status;
  const revision = { hash: status?.lastAppliedSpec ?? '', configs: status?.trackedConfigs ?? {} };
  const phase = outbox === 'Failed' ? 'Failed' : 'Succeeded';
  const gates = throughGates(seen, answers, 'post-rollout', { phase, checksum: checksumOf(revision) });
  if (gates.state === 'asking') return ask([gates.question]);
  const hooks: Saying[] = passedTexts('Post-rollout', gates.passed);
  if (gates.state === 'stopped') hooks.push(warning(`Post-rollout hook ${gates.by.name} failed ${gates.error}`));
  return plan('RunEnded', {
    status: { serin: noted({ outbox: undefined }) },
    says: [...hooks.map((saying) => ({ ...saying, phase }) as const), ...closing(seen, outbox)],
    alerts: closingAlert(outbox),
    tellsFirst: true,
    requeueAfterMs: 0,
  });
}

function closing(seen: Observation, outbox: string | undefined): Saying[] {
  if (outbox === 'Succeeded') return [normal(`Promotion completed! Scaling down ${targetKey(seen)}`, 'Succeeded')];
  if (outbox === 'Skipped') {
    return [normal(`Promotion completed! Canary analysis was skipped for ${targetKey(seen)}`, 'Succeeded')];
  }
  return [];
}

function closingAlert(outbox: string | undefined): Alert[] {
  if (outbox === 'Succeeded') {
    const message = 'Canary analysis completed successfully, promotion finished.';
    return [{ severity: 'info', message, withMetadata: false }];
  }
  if (outbox === 'Skipped') {
    return [{ severity: 'info', message: 'Canary analysis was skipped, promotion finished.', withMetadata: false }];
  }
  return [];
}

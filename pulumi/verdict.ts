/** Whether a revision has been promoted: a pure function of what the API server has. */
import type { Canary, CanaryRun, CanaryStatus } from '../model/canary';
import type { KubeObject } from '../model/kube';
import { REVISION_ANNOTATION } from '../model/objects/metadata';
import { isForeignHash } from '../model/revision';
import { progress } from './progress';

/** On the primary: its config checksums as JSON; written by the controller with the revision. */
const TRACKED_CONFIGS_ANNOTATION = 'serin.dev/tracked-configs';

/** What was applied: the hash of the target's template, and the checksums of the configs that it uses. */
export interface Applied {
  hash: string;
  configs: Record<string, string>;
}

/** What the API server has at one moment. */
export interface Seen {
  canary: Canary | undefined;
  /** What the target holds now; undefined when it is not there. */
  present: Applied | undefined;
  /** Undefined for targets that have none, and before the first promotion. */
  primary: KubeObject | undefined;
}

/** `stalled` is a failure when it lasts: right after an apply it may be older than what was applied. */
export type Verdict =
  | { is: 'promoted' | 'suspended'; message: string }
  | { is: 'failed' | 'stalled'; reason: string; message: string }
  | { is: 'pending'; message: string };

const pending = (message: string): Verdict => ({ is: 'pending', message });

const failed = (reason: string, message: string): Verdict => ({ is: 'failed', reason, message });

/** How far `applied` has come. */
export function verdictOn(applied: Applied, seen: Seen): Verdict {
  const { canary, present } = seen;
  if (!canary) return pending('the Canary is not there yet');
  if (canary.metadata.deletionTimestamp !== undefined) return failed('Deleted', 'the Canary is being deleted');
  if (!present) return failed('TargetGone', 'the target is not there any more');
  if (!sameRevision(present, applied)) {
    return failed('RevisionChanged', `somebody changed the target again, to ${present.hash}`);
  }
  const status = canary.status ?? {};
  const stall = status.conditions?.find(({ type, status: is }) => type === 'Stalled' && is === 'True');
  // A failed run is a Stalled condition too; its reason is the phase.
  if (stall && stall.reason !== 'Failed') {
    return { is: 'stalled', reason: stall.reason, message: stall.message ?? 'the Canary cannot work as it is written' };
  }
  if (isDecidedOn(status, applied)) return verdictOfRun(applied, seen, status);
  if (canary.spec.suspend === true) return { is: 'suspended', message: 'the Canary is suspended: nothing is released' };
  return pending(waitingForRun(status, applied));
}

/** Whether the controller's status is about this revision, be it under way, promoted or rolled back. */
const isDecidedOn = (status: CanaryStatus, applied: Applied): boolean =>
  status.lastAppliedSpec === applied.hash && agrees(status.trackedConfigs, applied.configs);

/** Checksums that both sides know are equal: a controller without config tracking knows none. */
const agrees = (tracked: Record<string, string> | undefined, configs: Record<string, string>): boolean =>
  Object.entries(tracked ?? {}).every(([key, checksum]) => configs[key] === undefined || configs[key] === checksum);

const sameRevision = (left: Applied, right: Applied): boolean =>
  left.hash === right.hash && agrees(left.configs, right.configs);

function waitingForRun(status: CanaryStatus, { hash }: Applied): string {
  if (!status.phase) return 'waiting for the controller to see the Canary';
  if (isForeignHash(status.lastAppliedSpec)) return 'waiting for Serin: another controller wrote the status';
  if (status.phase === 'Waiting') return `revision ${hash} waits for approval`;
  if (status.phase === 'Initializing') return 'waiting for the primary to be ready';
  return `waiting for the run of revision ${hash} to begin`;
}

function verdictOfRun(applied: Applied, { canary, primary }: Seen, status: CanaryStatus): Verdict {
  const { hash } = applied;
  switch (status.phase) {
    case 'Initialized':
      return { is: 'promoted', message: `revision ${hash} is the first one: the primary runs it` };
    case 'Succeeded':
      return { is: 'promoted', message: `revision ${hash} is promoted` };
    case 'Failed':
      // The target went back to what the primary runs all along.
      if (holds(primary, applied)) return { is: 'promoted', message: `the primary runs revision ${hash}` };
      return rolledBack(applied, status);
    case 'Terminating':
    case 'Terminated':
      return failed('Deleted', 'the Canary has been deleted');
    default: {
      const frozen = canary?.spec.suspend === true;
      return frozen
        ? { is: 'suspended', message: 'the Canary is suspended in the middle of a run' }
        : pending(progress(status, lastRunOf(hash, status)));
    }
  }
}

function holds(primary: KubeObject | undefined, { hash, configs }: Applied): boolean {
  const annotations = primary?.metadata.annotations ?? {};
  if (annotations[REVISION_ANNOTATION] !== hash) return false;
  try {
    return agrees(JSON.parse(annotations[TRACKED_CONFIGS_ANNOTATION] ?? '{}') as Record<string, string>, configs);
  } catch {
    return false;
  }
}

/** The run's reason, and what its checks said. */
function rolledBack({ hash }: Applied, status: CanaryStatus): Verdict {
  const run = lastRunOf(hash, status);
  const promoted = status.conditions?.find(({ type }) => type === 'Promoted');
  const checks = (run?.checks ?? []).filter(({ verdict }) => verdict !== 'pass');
  const said = checks.map(({ name, message, verdict }) => message ?? `${name}: ${verdict}`);
  const texts = [`revision ${hash} was rolled back`, ...said, ...(said.length > 0 ? [] : [promoted?.message ?? ''])];
  return failed(run?.reason ?? promoted?.reason ?? 'Failed', texts.filter((text) => text !== '').join(': '));
}

function lastRunOf(hash: string, status: CanaryStatus): CanaryRun | undefined {
  const last = status.runs?.at(-1);
  return last?.revision === hash ? last : undefined;
}

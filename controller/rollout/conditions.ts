/**
 * Conditions: Promoted as the reference has it (api.md 3), and beside it those that kstatus reads (Ready always,
 * Reconciling and Stalled only while true), so that kubectl wait, Helm, Flux, Argo CD and Pulumi can wait for a release.
 */
import type { CanaryCondition, Phase } from '../../model/canary';
import { shortText } from '../../model/short-text';
import type { Observation } from './observation';
import { phaseOf } from './observation';
import { wholeSeconds } from './record';

const PROMOTED: Record<Phase, { status: CanaryCondition['status']; message: (kind: string) => string }> = {
  '': { status: 'Unknown', message: (kind) => `New ${kind} detected, starting initialization.` },
  Initializing: { status: 'Unknown', message: (kind) => `New ${kind} detected, starting initialization.` },
  Initialized: { status: 'True', message: (kind) => `${kind} initialization completed.` },
  Waiting: { status: 'Unknown', message: () => 'Waiting for approval.' },
  Progressing: { status: 'Unknown', message: () => 'New revision detected, progressing canary analysis.' },
  WaitingPromotion: { status: 'Unknown', message: () => 'Waiting for approval.' },
  Promoting: { status: 'Unknown', message: () => 'Canary analysis completed, starting primary rolling update.' },
  Finalising: { status: 'Unknown', message: () => 'Canary analysis completed, routing all traffic to primary.' },
  Succeeded: { status: 'True', message: () => 'Canary analysis completed successfully, promotion finished.' },
  Failed: { status: 'False', message: (kind) => `Canary analysis failed, ${kind} scaled to zero.` },
  Terminating: { status: 'Unknown', message: (kind) => `New ${kind} detected, starting initialization.` },
  Terminated: { status: 'Unknown', message: (kind) => `New ${kind} detected, starting initialization.` },
};

type Wanted = Omit<CanaryCondition, 'lastUpdateTime' | 'lastTransitionTime'>;

/** Why a Canary may stand still whatever its phase says; another reason of Stalled is a failed run. */
export type StallReason = 'InvalidSpec' | 'NotSupported' | 'TargetTaken';
const STALL_REASONS: ReadonlySet<string> = new Set(['InvalidSpec', 'NotSupported', 'TargetTaken']);

/** The conditions of a phase. `because` follows the message where the phase alone does not tell why. */
export function conditionsFor(seen: Observation, phase: Phase, because?: string): CanaryCondition[] {
  const { status, message } = PROMOTED[phase];
  const base = message(seen.canary.spec.targetRef.kind);
  const text = shortText(because === undefined ? base : `${base} ${because}`);
  const reason = phase || 'Initializing';
  return merged(seen, [{ type: 'Promoted', status, reason, message: text }, ...kstatus(phase, reason, text)]);
}

/** Ready, and what is true beside it. */
function kstatus(phase: Phase, reason: string, message: string): Wanted[] {
  const condition = (type: string, status: CanaryCondition['status']): Wanted => ({ type, status, reason, message });
  if (phase === 'Initialized' || phase === 'Succeeded') return [condition('Ready', 'True')];
  if (phase === 'Failed') return [condition('Ready', 'False'), condition('Stalled', 'True')];
  return [condition('Ready', 'False'), condition('Reconciling', 'True')];
}

/** The conditions of a Canary that cannot work as it is written. */
export function stalledConditions(seen: Observation, reason: StallReason, message: string): CanaryCondition[] {
  const promoted = (seen.canary.status?.conditions ?? []).filter(({ type }) => type === 'Promoted');
  const stalled = ['Ready', 'Stalled'].map(
    (type): Wanted => ({ type, status: type === 'Ready' ? 'False' : 'True', reason, message }),
  );
  return merged(seen, [...promoted, ...stalled]);
}

/** The conditions once the spec works again; undefined when it did before. */
export function recoveredConditions(seen: Observation): CanaryCondition[] | undefined {
  const conditions = seen.canary.status?.conditions ?? [];
  const wasStalled = conditions.some(({ type, reason }) => type === 'Stalled' && STALL_REASONS.has(reason));
  return wasStalled ? conditionsFor(seen, phaseOf(seen)) : undefined;
}

export const isStalledWith = (seen: Observation, message: string): boolean =>
  (seen.canary.status?.conditions ?? []).some((c) => c.type === 'Stalled' && c.message === message);

/** A condition keeps its times while it says the same; lastTransitionTime moves only with the status. */
function merged(seen: Observation, wanted: Wanted[]): CanaryCondition[] {
  const now = wholeSeconds(seen.now);
  return wanted.map(({ type, status, reason, message }) => {
    const present = (seen.canary.status?.conditions ?? []).find((condition) => condition.type === type);
    const next = { type, status, reason, ...(message !== undefined && { message }) };
    if (present?.status === status && present.reason === reason && present.message === message) return present;
    const lastTransitionTime = present?.status === status ? (present.lastTransitionTime ?? now) : now;
    return { ...next, lastUpdateTime: now, lastTransitionTime };
  });
}

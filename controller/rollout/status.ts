/** The next status: phases with what they reset (spec behaviour-reference 3), and the Promoted condition (api.md 3). */
import type { CanaryCondition, Phase } from '../../model/canary';
import type { StatusChange } from './decision';
import type { Observation } from './observation';
import { wholeSeconds } from './record';

const CONDITION: Record<Phase, { status: CanaryCondition['status']; message: (kind: string) => string }> = {
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

/** Phases whose writes keep weight and iterations. */
const KEEPS_COUNTERS: ReadonlySet<Phase> = new Set(['Progressing', 'Waiting', 'Promoting']);

/** Moves to a phase. `because` follows the condition's message where the phase alone does not tell why. */
export function enter(seen: Observation, phase: Phase, change: StatusChange = {}, because?: string): StatusChange {
  return {
    phase,
    ...(KEEPS_COUNTERS.has(phase) ? {} : { canaryWeight: 0, iterations: 0 }),
    conditions: conditionsFor(seen, phase, because),
    ...change,
  };
}

/** A run's counters at its start and at its end. */
export const COUNTERS_AT_ZERO = { canaryWeight: 0, failedChecks: 0, iterations: 0 } as const;

/** The conditions with Promoted as the phase wants it; without Stalled, which only a spec that cannot work has. */
export function conditionsFor(seen: Observation, phase: Phase, because?: string): CanaryCondition[] {
  const { status, message } = CONDITION[phase];
  const kind = seen.canary.spec.targetRef.kind;
  const text = because === undefined ? message(kind) : `${message(kind)} ${because}`;
  return withCondition(seen, { type: 'Promoted', status, reason: phase || 'Initializing', message: text }).filter(
    (condition) => condition.type !== 'Stalled',
  );
}

/** The Stalled condition beside the others. */
export const stalledConditions = (seen: Observation, reason: string, message: string): CanaryCondition[] =>
  withCondition(seen, { type: 'Stalled', status: 'True', reason, message });

/** The conditions without Stalled, or undefined when they do not have it. */
export function conditionsWithoutStalled(seen: Observation): CanaryCondition[] | undefined {
  const conditions = seen.canary.status?.conditions ?? [];
  return conditions.some((c) => c.type === 'Stalled') ? conditions.filter((c) => c.type !== 'Stalled') : undefined;
}

export const isStalledWith = (seen: Observation, message: string): boolean =>
  (seen.canary.status?.conditions ?? []).some((c) => c.type === 'Stalled' && c.message === message);

/** Replaced only when status, reason or message differ; lastTransitionTime moves only with the status. */
function withCondition(seen: Observation, next: CanaryCondition): CanaryCondition[] {
  const conditions = seen.canary.status?.conditions ?? [];
  const present = conditions.find((c) => c.type === next.type);
  if (present?.status === next.status && present.reason === next.reason && present.message === next.message) {
    return conditions;
  }
  const now = wholeSeconds(seen.now);
  const moved = present?.status !== next.status || present.lastTransitionTime === undefined;
  const written = { ...next, lastUpdateTime: now, lastTransitionTime: moved ? now : present.lastTransitionTime! };
  return present ? conditions.map((c) => (c === present ? written : c)) : [...conditions, written];
}

/** The status patch that a change comes to, or undefined when it changes nothing. */
export function statusPatch(seen: Observation, change: StatusChange): Record<string, unknown> | undefined {
  const present = (seen.canary.status ?? {}) as Record<string, unknown>;
  const differing = Object.entries(change).filter(([key, value]) =>
    key === 'trackedConfigs' ? !sameMap(present[key], value) : !alreadyThere(present[key], value),
  );
  const { generation } = seen.canary.metadata;
  if (differing.length === 0 && (generation === undefined || generation === present['observedGeneration'])) {
    return undefined;
  }
  const patch = Object.fromEntries(differing.map(([key, value]) => [key, mapPatch(present[key], value, key)]));
  return {
    ...patch,
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime: wholeSeconds(seen.now),
  };
}

/** trackedConfigs is replaced as a whole: a merge patch has to name the entries that go. */
function mapPatch(present: unknown, value: unknown, key: string): unknown {
  if (key !== 'trackedConfigs' || !isRecord(present) || !isRecord(value)) return value;
  return { ...Object.fromEntries(Object.keys(present).map((name) => [name, null])), ...value };
}

function sameMap(present: unknown, value: unknown): boolean {
  const entries = (map: unknown) => JSON.stringify(isRecord(map) ? Object.entries(map).sort() : map);
  return entries(present) === entries(value);
}

function alreadyThere(present: unknown, value: unknown): boolean {
  if (value === null || value === undefined) return present === undefined || present === null;
  if (Array.isArray(value) || !isRecord(value)) return JSON.stringify(present) === JSON.stringify(value);
  if (!isRecord(present)) return Object.values(value).every((v) => v === null) && Object.keys(value).length > 0;
  return Object.entries(value).every(([key, v]) => alreadyThere(present[key], v));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

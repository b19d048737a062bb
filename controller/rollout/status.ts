/** The next status: phases with what they reset (spec behaviour-reference 3), and the patch that a change comes to. */
import type { Phase } from '../../model/canary';
import { sameJson } from '../../model/json';
import { conditionsFor } from './conditions';
import type { StatusChange } from './decision';
import type { Observation } from './observation';
import { wholeSeconds } from './record';

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
  if (Array.isArray(value) || !isRecord(value)) return sameJson(present, value);
  if (!isRecord(present)) return Object.values(value).every((v) => v === null) && Object.keys(value).length > 0;
  return Object.entries(value).every(([key, v]) => alreadyThere(present[key], v));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

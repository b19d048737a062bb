/** What the demo plays, as data: each release, and what must become of it. */
import type { Behaviour } from '../../sandbox/workloads/behaviour';

export type ScenarioName = 'promote' | 'rollback' | 'mirror';
export type Outcome = 'Succeeded' | 'Failed';

export interface Scenario {
  name: ScenarioName;
  /** One line for people. */
  title: string;
  /** Tag of the new image. */
  version: string;
  /** What goes wrong with its pods once they have this much of the traffic; absent: nothing. */
  turnsBad?: { atWeight: number; behaviour: Partial<Behaviour> };
  /** How the analysis moves. */
  strategy: { maxWeight: number; stepWeight: number } | { iterations: number; mirror: true };
  expected: Outcome;
}

export const IMAGE = 'stefanprodan/podinfo';
export const FIRST_VERSION = '3.1.0';

/** One analysis step, in simulated seconds. */
export const INTERVAL_SECONDS = 10;
/** Failed checks until a release is rolled back. */
export const THRESHOLD = 3;
/** What the two metrics must keep to. */
export const LIMITS = { successPercent: 99, p99Ms: 500 } as const;
/** A release that takes longer than this is stuck. */
export const RUN_LIMIT_MS = 10 * 60_000;

const STEPS = { maxWeight: 50, stepWeight: 10 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'promote',
    title: 'a good release is promoted',
    version: '3.1.1',
    strategy: STEPS,
    expected: 'Succeeded',
  },
  {
    name: 'rollback',
    title: 'a release that breaks under load is rolled back',
    version: '3.1.2',
    turnsBad: { atWeight: 20, behaviour: { errorRate: 0.3, latencyMs: { baseMs: 40, spreadMs: 400 } } },
    strategy: STEPS,
    expected: 'Failed',
  },
  {
    name: 'mirror',
    title: 'a release is tried on copies of the traffic first',
    version: '3.1.3',
    strategy: { iterations: 5, mirror: true },
    expected: 'Succeeded',
  },
];

/** The scenarios that a name stands for. */
export function scenariosOf(name: ScenarioName | 'all'): readonly Scenario[] {
  return SCENARIOS.filter((one) => name === 'all' || one.name === name);
}

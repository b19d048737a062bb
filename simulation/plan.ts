/** A run as data: everything that will happen follows from it, so it can be kept, cut down and played again. */
import { Chance } from './chance';
import { KINDS, type Mishap, type MishapKind, needsOf, PHASES, type SeenPhase } from './mishap';
import { type Scenario, scenarioOf } from './scenario';

export interface Plan {
  seed: number;
  scenario: Scenario;
  /** The first push after the bootstrap. */
  first: 'good' | 'bad';
  /** Gates that are closed when it comes, and opened half a minute later. */
  closed?: 'confirm-rollout' | 'confirm-promotion';
  /** The Canary is deleted some time after it: what is left is undone. */
  deleted: boolean;
  /** What each answer of the API server takes from that deletion on, milliseconds: then it lasts long enough to meet trouble. */
  slowMs?: number;
  mishaps: Mishap[];
  /** The push after all trouble has ended: what is to come of it is certain. */
  last: 'good' | 'bad';
}

const PAIRS = KINDS.flatMap((kind) => PHASES.map((phase) => ({ kind, phase })));

/** How soon after its phase was entered a mishap comes, milliseconds. */
const SOON = [0, 0, 1, 60, 400, 1_500];

/** Longer than the latest of them; a restart in the past takes up to 6 seconds more. */
const slowOf = (kind: MishapKind): number => (kind === 'restarts-in-the-past' ? 8_000 : 2_000);

export function planOf(seed: number): Plan {
  const chance = new Chance(seed);
  const { kind, phase } = PAIRS[seed % PAIRS.length]!;
  const scenario = { ...scenarioOf(chance), ...needsOf(kind) };
  if (kind.startsWith('route-')) Object.assign(scenario, { strategy: 'progressive' });
  if (phase === 'Waiting' || phase === 'WaitingPromotion') scenario.hooks = true;
  if (phase === 'Terminating') scenario.revertOnDeletion = true;
  const closed =
    phase === 'Waiting' ? 'confirm-rollout' : phase === 'WaitingPromotion' ? 'confirm-promotion' : undefined;
  const first = phase === 'Failed' || (closed === undefined && !isLate(phase) && chance.often(0.3)) ? 'bad' : 'good';
  const focus: Mishap = { kind, phase, afterMs: chance.pick(SOON), seed: chance.between(1, 1e9) };
  const others = Array.from({ length: chance.pick([0, 0, 1, 1, 2, 3, 5]) }, () => anyMishap(chance, scenario));
  return {
    seed,
    scenario,
    first,
    ...(closed && { closed }),
    deleted: phase === 'Terminating' || chance.often(0.04),
    ...(phase === 'Terminating' && { slowMs: slowOf(kind) }),
    mishaps: [focus, ...others],
    last: chance.often(0.75) ? 'good' : 'bad',
  };
}

const isLate = (phase: SeenPhase): boolean => phase === 'Promoting' || phase === 'Finalising' || phase === 'Succeeded';

function anyMishap(chance: Chance, scenario: Scenario): Mishap {
  const possible = KINDS.filter((kind) => isPossible(kind, scenario));
  const aimed = chance.often(0.5);
  return {
    kind: chance.pick(possible),
    ...(aimed && { phase: chance.pick(PHASES) }),
    afterMs: aimed ? chance.pick(SOON) : chance.between(-20_000, 60_000),
    seed: chance.between(1, 1e9),
  };
}

function isPossible(kind: MishapKind, scenario: Scenario): boolean {
  const needs = Object.entries(needsOf(kind));
  if (kind.startsWith('route-')) return scenario.provider !== 'kubernetes';
  return needs.every(([field, value]) => scenario[field as keyof Scenario] === value);
}

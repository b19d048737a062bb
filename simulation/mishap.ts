/** What can go wrong in a run, and when it does. */
import { PHASES as ALL_PHASES, type Phase } from '../model/canary-status';
import type { Scenario } from './scenario';

/** Trouble at the ports and in the processes. */
export const FAULTS = [
  'request-refused',
  'request-rejected',
  'request-slow',
  'write-answer-lost',
  'write-repeated',
  'server-down',
  'server-flaky',
  'watch-drops',
  'watch-lags',
  'watch-replays',
  'watch-hushed',
  'history-compacts',
  'dies',
  'dies-before-write',
  'dies-after-write',
  'stops',
  'restarts-in-the-past',
  'lease-cut-off',
  'lease-deleted',
  'lease-stolen',
  'clock-forward',
  'clock-back',
  'metrics-down',
  'metrics-garbage',
  'metrics-empty',
  'metrics-slow',
  'hooks-down',
  'hooks-slow',
  'gate-closes',
] as const;

/** What people do meanwhile. */
export const ACTIONS = [
  'push-good',
  'push-bad',
  'push-stuck',
  'push-back',
  'rollback-hook',
  'config-edited',
  'target-scaled',
  'target-deleted',
  'target-replaced',
  'canary-replaced',
  'canary-edited',
  'suspended',
  'analysis-skipped',
  'route-edited',
  'route-deleted',
  'service-deleted',
  'primary-deleted',
  'primary-scaled',
  'pods-deleted',
  'bad-neighbour',
] as const;

export const KINDS = [...FAULTS, ...ACTIONS];
export type MishapKind = (typeof KINDS)[number];

/** Every phase that a Canary can be seen in while it exists. */
export const PHASES = ALL_PHASES.filter((phase): phase is Exclude<Phase, 'Terminated'> => phase !== 'Terminated');
export type SeenPhase = (typeof PHASES)[number];

export interface Mishap {
  kind: MishapKind;
  /** When this phase is entered the next time; absent: counted from the first push. */
  phase?: SeenPhase;
  /** And this much later, milliseconds. */
  afterMs: number;
  /** For what is left to chance in it. */
  seed: number;
}

/** What a scenario needs for a mishap to be possible. */
export function needsOf(kind: MishapKind): Partial<Scenario> {
  if (kind.startsWith('lease-')) return { replicas: 2 };
  if (kind.startsWith('hooks-') || kind === 'gate-closes' || kind === 'rollback-hook') return { hooks: true };
  if (kind.startsWith('route-')) return { provider: 'istio' };
  return kind === 'config-edited' ? { config: true } : {};
}

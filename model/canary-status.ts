/** `status` of a Canary: written by the controller alone. */
import type { Integer, StringMap } from './scalars';

/** All phases; `''` is a Canary that no tick has seen. */
export const PHASES = [
  '',
  'Initializing',
  'Initialized',
  'Waiting',
  'Progressing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
  'Succeeded',
  'Failed',
  'Terminating',
  'Terminated',
] as const;

export type Phase =
  | ''
  | 'Initializing'
  | 'Initialized'
  | 'Waiting'
  | 'Progressing'
  | 'WaitingPromotion'
  | 'Promoting'
  | 'Finalising'
  | 'Succeeded'
  | 'Failed'
  | 'Terminating'
  | 'Terminated';

export interface CanaryStatus {
  phase?: Phase;
  /** Failed ticks of the current run. */
  failedChecks?: number;
  /** Percent that the last step gave to the canary. */
  canaryWeight?: number;
  /** Steps of a blue/green or A/B run. */
  iterations?: number;
  /** `configmap/<name>` or `secret/<name>` to checksum. */
  trackedConfigs?: StringMap;
  /** Hash of the target's template last seen. */
  lastAppliedSpec?: string;
  /** Hash of the template last promoted. */
  lastPromotedSpec?: string;
  /**
   * Moves with every write of the status.
   * @format date-time
   */
  lastTransitionTime?: string;
  /** `<cookieName>=<value>` while a run carries traffic. */
  sessionAffinityCookie?: string;
  /** Cookie of the last run, kept to expire it in browsers. */
  previousSessionAffinityCookie?: string;
  /** `<primaryCookieName>=<value>`. */
  primarySessionAffinityCookie?: string;
  conditions?: CanaryCondition[];
  /** The generation of the spec that this status is about. */
  observedGeneration?: Integer;
  /**
   * The last runs, the present one last.
   * @maxItems 10
   */
  runs?: CanaryRun[];
  serin?: SerinStatus;
}

/** What a run was about, how it ended, and what its last analysis said. */
export interface CanaryRun {
  /** Hash of the revision, as in lastAppliedSpec. */
  revision: string;
  /** @format date-time */
  startedAt: string;
  /** @format date-time */
  endedAt?: string;
  outcome?: 'promoted' | 'failed' | 'withdrawn' | 'superseded';
  /** PascalCase. */
  reason?: string;
  /** @maxItems 128 */
  checks?: RunCheck[];
}

/** One metric against its range, at the last analysis of a run. */
export interface RunCheck {
  name: string;
  verdict: 'pass' | 'fail' | 'noData' | 'inconclusive' | 'error';
  value?: number;
  range?: CheckRange;
  /** Window of the query, such as `1m`. */
  window?: string;
  /** Kept for the last run only. */
  query?: string;
  /** The event text when it did not pass. */
  message?: string;
}

/** Inclusive bounds. */
export interface CheckRange {
  min?: number;
  max?: number;
}

/** The type is `Promoted`, the reason is the phase. */
export interface CanaryCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message?: string;
  /** @format date-time */
  lastUpdateTime?: string;
  /** @format date-time */
  lastTransitionTime?: string;
}

/**
 * Serin's own bookkeeping: not an interface for users.
 * @preserve
 */
export interface SerinStatus {
  [note: string]: unknown;
}

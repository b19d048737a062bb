/** What became of a release, as data. */
import type { CheckRange } from '../model/canary';

/** What became of the last release of a rollout test. */
export interface Outcome {
  /** `undecided`: it had not ended when the time was over, or when everything that was expected had been seen. */
  result: 'promoted' | 'rolledBack' | 'undecided';
  /** `name.namespace` of the Canary. */
  canary: string;
  /** Phase of the Canary at the end. */
  phase: string;
  /** Simulated time from the edit to the end, milliseconds. */
  tookMs: number;
  /** The canary's weights in percent, as they followed each other until the promotion or the rollback. */
  weights: readonly number[];
  users: UsersSeen;
  /** Why it was rolled back: the text of the last check that failed, or of the last warning. */
  because?: string;
  /** What is not as it has to be after a release; empty when all is well. */
  leftovers: readonly string[];
  timeline: Timeline;
}

/** What users of all versions saw from the first release to the end. */
export interface UsersSeen {
  requests: number;
  /** Answered with 500 and above. */
  errors: number;
  /** Answered well, but slower than `slowAbove`. */
  slow: number;
  /** Answered by the new version, before it was promoted. */
  onNewVersion: number;
  /** Errors and slow answers of the new version before it was promoted. */
  hurtByNewVersion: number;
  /** Errors and slow answers, as a share of all requests. */
  affected: number;
}

export interface Timeline {
  canary: string;
  /** What the release is about, in one line. */
  title: string;
  entries: readonly Entry[];
  /** What users saw, cumulated, every few seconds. */
  users: readonly UsersSample[];
}

export interface UsersSample {
  atMs: number;
  requests: number;
  errors: number;
  slow: number;
}

/** One thing that happened; `atMs` is milliseconds since the first release. */
export type Entry = { atMs: number } & (
  | { kind: 'release'; image: string }
  | { kind: 'phase'; phase: string }
  | { kind: 'weight'; primary: number; canary: number; mirrored: boolean }
  | { kind: 'checks'; checks: readonly CheckSeen[]; failedChecks: number }
  | { kind: 'event'; type: 'Normal' | 'Warning'; message: string }
  | { kind: 'hook'; name: string; answer: string }
  | { kind: 'alert'; provider: string }
  | { kind: 'fault'; text: string }
);

/** One metric against its range, as the controller judged it. */
export interface CheckSeen {
  name: string;
  verdict: 'pass' | 'fail' | 'noData' | 'inconclusive' | 'error';
  value?: number;
  range?: CheckRange;
  message?: string;
}

/** What there is to see of a running demo, as one value. */
import type { Phase } from '../../model/canary';
import type { Routes } from '../../model/traffic/routes';
import type { Outcome, ScenarioName } from './scenarios';

/** `free` is the time after the scenarios, when the cluster is the user's. */
export type ChapterName = ScenarioName | 'bootstrap' | 'free';

export interface Told {
  /** Simulated time since the start. */
  atMs: number;
  /** Unix time in the simulation. */
  timeMs: number;
  scenario: ChapterName;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** How often this text was told. */
  count: number;
  phase: Phase;
  /** Percent of the live traffic that the canary has. */
  weight: number;
}

export interface Result {
  scenario: ScenarioName;
  outcome: Outcome | 'TimedOut';
  expected: Outcome;
  ok: boolean;
  /** Why it is not ok. */
  problems: string[];
  /** Simulated time from the edit to the outcome. */
  tookMs: number;
  /** What users were answered meanwhile. */
  users: { requests: number; errors: number };
}

export interface Chapter {
  name: ChapterName;
  title: string;
  state: 'waiting' | 'playing' | 'right' | 'wrong';
  /** Of an ended scenario, simulated. */
  tookMs?: number;
}

export interface Side {
  /** Tag of the image. */
  version: string;
  ready: number;
  wanted: number;
  successPercent?: number | undefined;
  p99Ms?: number | undefined;
}

export interface DemoState {
  /** Simulated seconds in a second. */
  speed: number | 'max';
  elapsedMs: number;
  chapters: readonly Chapter[];
  phase: Phase;
  /** Analysis steps done of those that a run takes; absent between runs. */
  step?: { done: number; of: number };
  failedChecks: { count: number; threshold: number };
  routes: Routes;
  /** Percent of the bar that is the canary's, when it is still on its way there. */
  bar?: number;
  primary: Side;
  canary: Side;
  limits: { successPercent: number; p99Ms: number };
  users: { requests: number; errors: number };
  /** Oldest first. */
  told: readonly Told[];
  /** The scenarios are over and the cluster stays: it is the user's. */
  free?: boolean;
  /** How to look at the cluster from another terminal. */
  kubeconfig?: string;
}

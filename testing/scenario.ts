/** What a rollout test plays, as one value that nobody changes. */
import type { KubeObject } from '../model/kube';
import type { Version } from './version';
import type { HookScript, MetricScript, NoisyNeighbour, RolloutOptions, Traffic } from './world';

export interface Outage {
  what: 'metrics' | 'api' | 'controller';
  fromMs: number;
  untilMs: number;
}

/** A gate or hook, by its name in the Canary. The last script that holds at a time wins. */
export interface ScriptedHook {
  name: string;
  fromMs: number;
  untilMs: number;
  script: HookScript;
}

/** Metrics of a release that has been: Prometheus answers from them instead of from what the sandbox's pods do. */
export interface Past {
  /** Unix time of the release. */
  releaseMs: number;
  /** The values of a query at a Unix time; undefined while nobody knows. */
  values(query: string, unixMs: number): readonly number[] | undefined;
}

export interface Scenario {
  objects: readonly KubeObject[];
  options: RolloutOptions;
  traffic: readonly Traffic[];
  releases: readonly { name: string; version: Version }[];
  outages: readonly Outage[];
  hooks: readonly ScriptedHook[];
  metrics: ReadonlyMap<string, MetricScript>;
  neighbours: readonly NoisyNeighbour[];
  /** Hooks that call a load tester reach the built-in one. */
  loadTester: boolean;
  past?: Past;
}

export const DEFAULT_TRAFFIC: Traffic = { perSecond: 20 };

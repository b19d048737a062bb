/** What happens around a release, in a user's words. */
import type { Time } from './quantities';
import type { Behaviour } from './version';

/** Users of the application. */
export interface Traffic {
  /** Requests a second: a number, or numbers by time of day (UTC) with straight lines between, `{ '03:00': 2, '12:00': 50 }`. */
  perSecond: number | Readonly<Record<string, number>>;
  /** @default / */
  path?: string;
  /** Sent with each request, such as the cookie of an A/B test. */
  headers?: Readonly<Record<string, string>>;
  /** The host that they ask. @default the first host of the Canary, or the apex Service */
  host?: string;
}

/** A stretch of time, counted from the first release. */
export interface During {
  /** @default 0s */
  at?: Time;
  /** @default to the end */
  for?: Time;
}

/** Work of others on some of the nodes. */
export interface NoisyNeighbour {
  /** From one burst to the next. */
  every: Time;
  /** Length of a burst. */
  for: Time;
  /** Answers of pods on those nodes take so many times as long meanwhile. */
  slowdown: number;
  /** Nodes that have it; the cluster has three. @default 1 */
  nodes?: number;
}

/** A call of a webhook. */
export interface HookCall {
  /** Name of the webhook in the Canary. */
  name: string;
  /** Such as `pre-rollout`. */
  type: string;
  /** Milliseconds since the first release. */
  atMs: number;
  phase: string;
  metadata: Readonly<Record<string, string>>;
}

/** A status, with a body that ends up in event texts. */
export interface HookAnswer {
  status: number;
  body?: string;
}

/** What a webhook answers: a status, never (`hangs`), or what a function says. */
export type HookScript = number | 'hangs' | HookAnswer | ((call: HookCall) => number | 'hangs' | HookAnswer);

/** A moment of a release, for scripted metrics. */
export interface Moment {
  /** Milliseconds since the first release. */
  atMs: number;
  /** Percent of the traffic that the canary has. */
  weight: number;
}

/** What a metric says: a number, no data (undefined), or what a function says. */
export type MetricScript = number | undefined | ((moment: Moment) => number | undefined);

export interface RolloutOptions {
  /** Equal seeds give equal results. @default 1 */
  seed?: number;
  /**
   * `even`: shares are exact, so a version with 5 % errors has 5 % in every window. `drawn`: requests come, fail and take
   * time by chance (seeded), so metrics are as noisy as real ones at this traffic.
   * @default even
   */
  chance?: 'even' | 'drawn';
  /** A release that has not ended by then is given up. @default 6h */
  limit?: Time;
  /** Time of day of the first release, UTC. @default 12:00 */
  startAt?: string;
  /** How often Prometheus reads. @default 5s */
  scrapeEvery?: Time;
  /** `-mesh-provider`: traffic provider of Canaries that name none. @default istio */
  meshProvider?: string;
  /** Answers slower than this count as seen by users. @default the maximum of the Canary's request-duration, if it has one */
  slowAbove?: Time;
  /** How the version acts that runs before the release. @default healthy */
  current?: Behaviour;
}

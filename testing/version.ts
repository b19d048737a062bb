/** How a version of an application acts, in a user's words. */
import type { Share, Time } from './quantities';

/** Time to answer: about this long, or within so long for 50, 90, 99 and 100 percent of the requests. */
export type Latency = Time | { p50: Time; p90?: Time; p99?: Time; max?: Time };

export interface Behaviour {
  /** Share of requests answered with 500. @default 0 */
  errors?: Share;
  /** Time to answer. @default 5 to 45 ms */
  latency?: Latency;
  /** From scheduled to ready. @default 2s */
  startup?: Time;
  /** `true`: exits before it is ready, again and again. A time: exits so long after it became ready. @default false */
  crash?: boolean | Time;
  /** Runs, and never passes its readiness probe. @default false */
  neverReady?: boolean;
  /** How each pod acts until it has answered so many requests, or served for so long. @default no warm-up */
  warmUp?: WarmUp;
  /** Requests a second that use the CPU that a pod asks for; what autoscalers see. @default 100 */
  capacityPerSecond?: number;
}

/** A pod is cold until both are over. */
export interface WarmUp {
  /** @default 0 */
  requests?: number;
  /** Since its first request. @default 0s */
  time?: Time;
  /** Answers take so many times as long. @default 1 */
  slowdown?: number;
  /** @default those of the version */
  errors?: Share;
}

/** A new version: what changes in the workload, and how it acts. */
export interface Version extends Behaviour {
  /** A tag such as `v2`, or a whole image. */
  image: string;
  /** When it is released, counted from the first release. @default when the release before has ended */
  at?: Time;
}

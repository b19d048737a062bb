/** How traffic gets to a new version: one of the ways, with the settings that mean something to it and no others. */
import { renderSessionAffinity, type SessionAffinity } from './analysis';
import type { AnalysisMatch } from './http-policy';

/** What every strategy that shifts weights can do besides. */
export interface ShiftOptions {
  /**
   * Percent moved back to the primary at each step of the promotion; 0 moves everything at once.
   * @default 0
   */
  readonly stepWeightPromotion?: number;
  /**
   * Shift the traffic of these requests alone: any of them.
   * @default - everybody's
   */
  readonly match?: AnalysisMatch[];
  /**
   * Keep a user on one side with a cookie.
   * @default - each request is decided anew
   */
  readonly sessionAffinity?: SessionAffinity;
  /**
   * Let the first step mirror requests in place of shifting them (Istio, Gateway API).
   * @default false
   */
  readonly mirrorFirst?: boolean;
  /**
   * Percent of requests that the first step mirrors (Istio), with `mirrorFirst`.
   * @default 100
   */
  readonly mirrorWeight?: number;
}

/** Steps of one size. */
export interface ProgressiveOptions extends ShiftOptions {
  /** Percent added to the canary at each step. */
  readonly stepWeight: number;
  /**
   * Percent at which the promotion starts.
   * @default 100
   */
  readonly maxWeight?: number;
}

/** Steps of their own sizes. */
export interface StepWeightsOptions extends ShiftOptions {
  /** The canary's weights in percent, one a step, rising; the promotion starts after the last one. */
  readonly weights: number[];
}

/** Who is tested on, and how long. */
export interface AbTestOptions {
  /** Who gets the canary: any of them. */
  readonly match: AnalysisMatch[];
  /** Number of steps. */
  readonly iterations: number;
}

/** How long the canary is checked. */
export interface BlueGreenOptions {
  /** Number of steps. */
  readonly iterations: number;
}

/** How long requests are mirrored, and how many of them. */
export interface MirroredOptions {
  /** Number of steps. */
  readonly iterations: number;
  /**
   * Percent of requests that are mirrored (Istio).
   * @default 100
   */
  readonly mirrorWeight?: number;
}

/** How traffic gets to a new version. It excludes the fields of the analysis that say the same one by one. */
export class Strategy {
  /** Every step gives the canary the same share more. */
  public static progressive(options: ProgressiveOptions): Strategy {
    const { stepWeight, maxWeight, ...shift } = options;
    return new Strategy('progressive', { stepWeight, maxWeight, ...shiftFields(shift) });
  }

  /** Every step has a weight of its own. */
  public static stepWeights(options: StepWeightsOptions): Strategy {
    const { weights, ...shift } = options;
    return new Strategy('stepWeights', { stepWeights: weights, ...shiftFields(shift) });
  }

  /** Some users get the canary, all others the primary. */
  public static abTest(options: AbTestOptions): Strategy {
    return new Strategy('abTest', { match: options.match, iterations: options.iterations });
  }

  /** Nobody gets the canary until it has passed its checks, then everybody does. */
  public static blueGreen(options: BlueGreenOptions): Strategy {
    return new Strategy('blueGreen', { iterations: options.iterations });
  }

  /** The canary gets copies of requests, and its answers are thrown away, until it has passed its checks. */
  public static mirrored(options: MirroredOptions): Strategy {
    const { iterations, mirrorWeight } = options;
    return new Strategy('mirrored', { iterations, mirror: true, mirrorWeight });
  }

  private constructor(
    /** Name of the factory that made it, such as `progressive`. */
    public readonly name: string,
    private readonly fields: { [field: string]: unknown },
  ) {}

  /** @internal */
  public _render(): { [field: string]: unknown } {
    return this.fields;
  }
}

function shiftFields({ sessionAffinity, mirrorFirst, ...rest }: ShiftOptions) {
  return {
    ...rest,
    mirror: mirrorFirst,
    sessionAffinity: sessionAffinity && renderSessionAffinity(sessionAffinity),
  };
}

import type { Duration } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type * as model from '../model/validate';

/** The rules of a house, each off when it is not given. */
export interface HouseRulesProps {
  /**
   * Least number of metrics of an analysis.
   * @default - any number, none too
   */
  readonly minMetrics?: number;
  /**
   * Someone hears of a failed run: an alert, or a webhook of type rollback.
   * @default false
   */
  readonly needsRollbackOrAlert?: boolean;
  /**
   * Most percent that one step adds to the canary, 1 to 100.
   * @default 100
   */
  readonly maxStepWeight?: number;
  /**
   * Least number of steps, weights or iterations, before the promotion.
   * @default - any number
   */
  readonly minSteps?: number;
  /**
   * Least time between two steps.
   * @default - any time
   */
  readonly minInterval?: Duration;
  /**
   * Least progress deadline, in whole seconds.
   * @default - any time
   */
  readonly minProgressDeadline?: Duration;
  /**
   * Whether Canaries may set `skipAnalysis`.
   * @default true
   */
  readonly allowSkipAnalysis?: boolean;
}

/** The rules of each scope that has some. */
const registry = new WeakMap<IConstruct, HouseRules[]>();

/** What an organisation asks of every Canary besides that it works: at synth, and with a CanaryPolicy in the cluster. */
export class HouseRules {
  /** @throws Error when a number makes no sense. */
  public constructor(private readonly props: HouseRulesProps) {
    atLeastOne('minMetrics', props.minMetrics);
    atLeastOne('minSteps', props.minSteps);
    atLeastOne('maxStepWeight', props.maxStepWeight, 100);
  }

  /** Makes synthesis fail on every Canary at or below the scope that breaks a rule. */
  public applyTo(scope: IConstruct): void {
    registry.set(scope, [...(registry.get(scope) ?? []), this]);
  }

  /** @internal */
  public _rules(): model.HouseRules {
    const { minMetrics, needsRollbackOrAlert, maxStepWeight, minSteps, minInterval, minProgressDeadline } = this.props;
    return {
      ...(minMetrics !== undefined && { minMetrics }),
      ...(needsRollbackOrAlert !== undefined && { needsRollbackOrAlert }),
      ...(maxStepWeight !== undefined && { maxStepWeight }),
      ...(minSteps !== undefined && { minSteps }),
      ...(minInterval && { minIntervalMs: minInterval.toMilliseconds() }),
      ...(minProgressDeadline && { minProgressDeadlineSeconds: minProgressDeadline.toSeconds() }),
      noSkipAnalysis: this.props.allowSkipAnalysis === false,
    };
  }
}

function atLeastOne(prop: string, value: number | undefined, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  const bounds = most === 100 ? 'a whole number from 1 to 100' : 'a whole number of at least 1';
  throw new Error(`HouseRules: ${prop}: must be ${bounds} (${value}): correct it, or leave it out`);
}

/**
 * The rules that hold for a construct, those of the outermost scope first.
 * @internal
 */
export function houseRulesOf(construct: IConstruct): model.HouseRules[] {
  return construct.node.scopes.flatMap((scope) => registry.get(scope) ?? []).map((rules) => rules._rules());
}

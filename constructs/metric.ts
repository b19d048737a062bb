import type { Duration } from 'cdk8s';
import type { INamedRef } from './references';

/** Options of every check. */
export interface MetricOptions {
  /**
   * Window of the query.
   * @default - one minute
   */
  readonly interval?: Duration;
}

export interface SuccessRateOptions extends MetricOptions {
  /** The least share of requests that do not fail with a 5xx, in percent. */
  readonly min: number;
}

export interface RequestDurationOptions extends MetricOptions {
  /** The longest 99th percentile. */
  readonly max: Duration;
}

export interface RangeOptions extends MetricOptions {
  /**
   * Inclusive.
   * @default - no lower bound
   */
  readonly min?: number;
  /**
   * Inclusive.
   * @default - no upper bound
   */
  readonly max?: number;
}

export interface TemplateMetricOptions extends RangeOptions {
  /**
   * Label of the check.
   * @default - the name of the template
   */
  readonly name?: string;
  /**
   * Values for `{{ variables.<name> }}` in the template's query.
   * @default - none
   */
  readonly variables?: { [name: string]: string };
}

/** One check: a number and the range that it must be in for a step to count. */
export class Metric {
  /** Share of requests that do not fail with a 5xx, as the mesh counts them. */
  public static successRate(options: SuccessRateOptions): Metric {
    return new Metric('request-success-rate', {
      thresholdRange: { min: options.min },
      interval: options.interval,
    });
  }

  /** 99th percentile of the time that requests take, as the mesh measures it. */
  public static duration(options: RequestDurationOptions): Metric {
    return new Metric('request-duration', {
      thresholdRange: { max: options.max.toMilliseconds() },
      interval: options.interval,
    });
  }

  /** The result of a MetricTemplate's query. */
  public static template(template: INamedRef, options: TemplateMetricOptions): Metric {
    return new Metric(options.name ?? template.name, {
      templateRef: { name: template.name, namespace: template.namespace },
      templateVariables: options.variables,
      thresholdRange: { min: options.min, max: options.max },
      interval: options.interval,
    });
  }

  /**
   * The result of a PromQL query of its own.
   * @deprecated The API deprecates inline queries: use `Metric.template`.
   */
  public static query(name: string, query: string, options: RangeOptions): Metric {
    return new Metric(name, {
      query,
      thresholdRange: { min: options.min, max: options.max },
      interval: options.interval,
    });
  }

  private constructor(
    public readonly name: string,
    private readonly fields: { [field: string]: unknown },
  ) {}

  /** @internal */
  public _render(): unknown {
    return { name: this.name, ...this.fields };
  }
}

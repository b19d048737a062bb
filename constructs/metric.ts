import type { Duration } from 'cdk8s';
import { checkKind } from './reference-kinds';
import type { INamedRef } from './references';

/** What it means that a query finds no data. */
export enum NoData {
  /** A failed check. */
  FAIL = 'fail',
  /** The step waits and is asked again; nothing is counted. */
  PAUSE = 'pause',
  /** The check passes. */
  IGNORE = 'ignore',
}

/** Options of every check. */
export interface MetricOptions {
  /**
   * Window of the query.
   * @default - one minute
   */
  readonly interval?: Duration;
  /**
   * What it means that the query finds no data.
   * @default NoData.FAIL
   */
  readonly noData?: NoData;
}

/** Options of the checks that the mesh's own request counts answer. */
export interface RequestMetricOptions extends MetricOptions {
  /**
   * Fewer requests than this in the window count as no data.
   * @default - any number will do
   */
  readonly minSamples?: number;
}

/** Bounds and window of a check of the success rate. */
export interface SuccessRateOptions extends RequestMetricOptions {
  /** The least share of requests that do not fail with a 5xx, in percent. */
  readonly min: number;
}

/** Bounds and window of a check of the duration of requests. */
export interface RequestDurationOptions extends RequestMetricOptions {
  /** The longest 99th percentile. */
  readonly max: Duration;
}

/** The range that the result of a query must be in. */
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

/** The range that a template's result must be in, and the template's variables. */
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

function dataFields({ interval, noData }: MetricOptions) {
  return { interval, noData };
}

function requestFields(options: RequestMetricOptions) {
  return { ...dataFields(options), minSamples: options.minSamples };
}

/** One check: a number and the range that it must be in for a step to count. */
export class Metric {
  /** Share of requests that do not fail with a 5xx, as the mesh counts them. */
  public static successRate(options: SuccessRateOptions): Metric {
    return new Metric('request-success-rate', { thresholdRange: { min: options.min }, ...requestFields(options) });
  }

  /** Share of gRPC calls that do not fail by the server's fault, by their own status: a failed call is HTTP 200. */
  public static grpcSuccessRate(options: SuccessRateOptions): Metric {
    return new Metric('grpc-success-rate', { thresholdRange: { min: options.min }, ...requestFields(options) });
  }

  /** 99th percentile of the time that requests take, as the mesh measures it. */
  public static duration(options: RequestDurationOptions): Metric {
    return new Metric('request-duration', {
      thresholdRange: { max: options.max.toMilliseconds() },
      ...requestFields(options),
    });
  }

  /** The result of a MetricTemplate's query. */
  public static template(template: INamedRef, options: TemplateMetricOptions): Metric {
    checkKind(template, 'MetricTemplate', 'Metric.template');
    return new Metric(
      options.name ?? template.name,
      {
        templateRef: { name: template.name, namespace: template.namespace },
        templateVariables: options.variables,
        thresholdRange: { min: options.min, max: options.max },
        ...dataFields(options),
      },
      template,
    );
  }

  /**
   * The result of a PromQL query of its own.
   * @deprecated The API deprecates inline queries: use `Metric.template`.
   */
  public static query(name: string, query: string, options: RangeOptions): Metric {
    return new Metric(name, {
      query,
      thresholdRange: { min: options.min, max: options.max },
      ...dataFields(options),
    });
  }

  private constructor(
    /** Label of the check in events and metrics. */
    public readonly name: string,
    private readonly fields: { [field: string]: unknown },
    /** @internal */
    public readonly _template?: INamedRef,
  ) {}

  /** @internal */
  public _render(): unknown {
    return { name: this.name, ...this.fields };
  }
}

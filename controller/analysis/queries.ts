import type { QueryVariables } from '../rollout/question';
import { QueryError } from './metric-provider';
import { baseProvider, type Reporter, type RequestSeries, seriesOf, type WorkloadLabels } from './request-series';

export type { Reporter } from './request-series';

export const SUCCESS_RATE = 'request-success-rate';
export const DURATION = 'request-duration';
/** As the success rate, of gRPC calls by their own status: a failed call is HTTP 200 (M11). */
export const GRPC_SUCCESS_RATE = 'grpc-success-rate';

/** A query whose value times `scale` is percent (success rate) or milliseconds (duration). */
export interface BuiltinQuery {
  query: string;
  scale: number;
  /** The same for several workloads at once; absent where the proxies' series do not name the workload in labels. */
  grouped?: GroupedQuery;
}

/** A workload as the series of the mesh name it. */
export interface Workload {
  namespace: string;
  name: string;
}

/** One question that can be asked of many workloads in one query. */
export interface GroupedQuery {
  /** The same for all questions that may share a query. */
  kind: string;
  workload: Workload;
  /** Labels of the answer's series that tell the workloads apart. */
  labels: WorkloadLabels;
  /** One series for each workload that has data. */
  of(workloads: readonly Workload[]): string;
}

/**
 * The query of a built-in metric, or undefined when the name is not a built-in one.
 * @throws QueryError with code `NotSupported` for gRPC where the provider's proxies do not look at it.
 */
export function builtinQuery(
  metric: string,
  provider: string,
  variables: QueryVariables,
  reporter: Reporter = 'destination',
): BuiltinQuery | undefined {
  const series = seriesOf(provider)(variables, reporter);
  const write = WRITERS.get(metric);
  if (write === undefined) return undefined;
  const { interval } = variables;
  return {
    query: write(series, { window: interval, provider }),
    scale: metric === DURATION ? series.toMs : 1,
    ...grouped(series, variables, [metric, baseProvider(provider), interval], (all, by) =>
      write(all, { window: interval, provider, by }),
    ),
  };
}

/** How many requests the built-in metrics of a window are made from. */
export function requestCountQuery(
  provider: string,
  variables: QueryVariables,
  reporter: Reporter = 'destination',
): BuiltinQuery {
  const series = seriesOf(provider)(variables, reporter);
  const { interval } = variables;
  return {
    query: requestCount(series, interval),
    scale: 1,
    ...grouped(series, variables, ['request-count', baseProvider(provider), interval], (all, by) =>
      requestCount(all, interval, by),
    ),
  };
}

/** A name that means itself and nothing else in a regular expression. */
const LITERAL = /^[a-zA-Z0-9_-]+$/;

function grouped(
  series: RequestSeries,
  { namespace }: QueryVariables,
  kind: string[],
  write: (series: RequestSeries, by: readonly string[]) => string,
): { grouped?: GroupedQuery } {
  const { workload } = series;
  if (workload === undefined || !LITERAL.test(workload.name) || !LITERAL.test(namespace)) return {};
  const { labels, name, others } = workload;
  const of = (workloads: readonly Workload[]) => {
    const any = (label: string, values: string[]) => `${label}=~"${[...new Set(values)].sort().join('|')}"`;
    const namespaces = any(
      labels.namespace,
      workloads.map((one) => one.namespace),
    );
    const names = any(
      labels.name,
      workloads.map((one) => one.name),
    );
    const selector = [others, namespaces, names].filter(Boolean).join(',');
    return write({ ...series, selector }, [labels.namespace, labels.name]);
  };
  return { grouped: { kind: [...kind, others ?? ''].join(' '), workload: { namespace, name }, labels, of } };
}

type Matchers = Array<string | undefined>;

function over(what: 'rate' | 'increase', series: string, matchers: Matchers, window: string): string {
  return `${what}(${series}{${matchers.filter((matcher) => matcher !== undefined).join(',')}}[${window}])`;
}

const rate = (series: string, matchers: Matchers, window: string): string => over('rate', series, matchers, window);

/** What a query is written with; `by` has the labels that tell several workloads apart. */
interface Wanted {
  window: string;
  provider: string;
  by?: readonly string[];
}

/** PromQL's `sum`, one for each combination of the labels. */
const sum = (of: string, by: readonly string[] = []): string =>
  by.length === 0 ? `sum(${of})` : `sum by (${by.join(',')}) (${of})`;

const WRITERS = new Map<string, (series: RequestSeries, wanted: Wanted) => string>([
  [SUCCESS_RATE, successRate],
  [DURATION, duration],
  [GRPC_SUCCESS_RATE, grpcSuccessRate],
]);

/** When every request fails there is no series of good ones: that is 0 %, and not a lack of data. */
function successRate({ counter, selector, counterOnly, ok }: RequestSeries, { window, by }: Wanted): string {
  const good = sum(rate(counter, [selector, counterOnly, ok], window), by);
  const all = sum(rate(counter, [selector, counterOnly], window), by);
  return `(${good} or ${all} * 0) / ${all} * 100`;
}

function grpcSuccessRate(series: RequestSeries, wanted: Wanted): string {
  const { grpc, selector } = series;
  if (grpc === undefined) {
    throw new QueryError('NotSupported', `${wanted.provider} has no metrics of gRPC calls: use a MetricTemplate`);
  }
  return successRate({ ...series, selector: `${selector},${grpc.only}`, ok: grpc.ok }, wanted);
}

function duration({ latency, selector }: RequestSeries, { window, by = [] }: Wanted): string {
  if ('sum' in latency) {
    return `${sum(rate(latency.sum, [selector], window), by)} / ${sum(rate(latency.count, [selector], window), by)}`;
  }
  const buckets = rate(latency.bucket, [selector, latency.also], window);
  return `histogram_quantile(0.99, sum(${buckets}) by (${['le', ...by].join(',')}))`;
}

function requestCount(
  { counter, selector, counterOnly }: RequestSeries,
  window: string,
  by?: readonly string[],
): string {
  return sum(over('increase', counter, [selector, counterOnly], window), by);
}

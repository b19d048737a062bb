/** What a Prometheus says of the present version: its users by time of day, its errors, its latency. */
import { builtinQuery, DURATION, requestCountQuery, SUCCESS_RATE } from '../../controller/analysis/queries';
import type { Canary } from '../../model/canary';
import { namespaceOf, providerOf } from '../../model/defaults';
import { apexName } from '../../model/names';
import type { Behaviour } from '../../testing/version';
import type { Traffic } from '../../testing/world';
import type { PastSeries, PrometheusRange, Range } from './prometheus-range';

export interface History {
  traffic: Traffic;
  good: Behaviour;
}

const WINDOW = '5m';
const WINDOW_SECONDS = 300;
const HOUR_MS = 3_600_000;

/** @throws Error when nothing was measured: the text says what was asked */
export async function readHistory(prometheus: PrometheusRange, canary: Canary, range: Range): Promise<History> {
  const provider = providerOf(canary);
  const variables = variablesOf(canary);
  const count = requestCountQuery(provider, variables).query;
  const requests = await prometheus.read(count, range);
  if (valuesOf(requests).length === 0) throw new Error(`Prometheus has no values of ${count} in that range`);
  const success = builtinQuery(SUCCESS_RATE, provider, variables)!;
  const p99 = builtinQuery(DURATION, provider, variables)!;
  const [good, slow, usual] = await Promise.all([
    prometheus.read(success.query, range),
    prometheus.read(p99.query, range),
    prometheus.read(p99.query.replace('histogram_quantile(0.99', 'histogram_quantile(0.5'), range),
  ]);
  const failedShare = 1 - (median(valuesOf(good)) ?? 100) / 100;
  const [p50Ms, p99Ms] = [usual, slow].map((series) => scaled(median(valuesOf(series)), p99.scale));
  return {
    traffic: { perSecond: byHour(requests) },
    good: {
      errors: Number(Math.min(1, Math.max(0, failedShare)).toPrecision(3)),
      ...(p50Ms !== undefined &&
        p99Ms !== undefined && { latency: { p50: `${p50Ms}ms`, p99: `${Math.max(p50Ms, p99Ms)}ms` } }),
    },
  };
}

const scaled = (value: number | undefined, scale: number): number | undefined =>
  value === undefined ? undefined : Math.max(1, Math.round(value * scale));

/** The primary and a target without Canary are the same version. */
function variablesOf(canary: Canary) {
  const { name } = canary.spec.targetRef;
  return {
    name: canary.metadata.name,
    namespace: namespaceOf(canary),
    target: `${name}(-primary)?`,
    service: apexName(canary),
    ingress: canary.spec.ingressRef?.name ?? name,
    route: canary.spec.routeRef?.name ?? name,
    interval: WINDOW,
    variables: {},
  };
}

/** NaN is what a quotient says when nothing was measured. */
const valuesOf = (series: readonly PastSeries[]): number[] =>
  series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);

function median(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The mean rate of each hour of the day that was measured. */
function byHour(requests: readonly PastSeries[]): Record<string, number> {
  const hours = new Map<number, number[]>();
  for (const [timeMs, value] of requests.flatMap(({ points }) => points)) {
    const hour = Math.floor(timeMs / HOUR_MS) % 24;
    if (Number.isFinite(value)) hours.set(hour, [...(hours.get(hour) ?? []), value / WINDOW_SECONDS]);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const rounded = (value: number) => Number(value.toPrecision(3));
  // The mean of an hour is what it has in its middle.
  return Object.fromEntries(
    [...hours].map(([hour, values]) => [`${String(hour).padStart(2, '0')}:30`, rounded(mean(values))]),
  );
}

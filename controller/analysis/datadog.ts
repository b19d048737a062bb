import type { Clock } from '../../model/ports';
import { Endpoint } from './endpoint';
import { at, listAt, listIn, parseAnswer } from './json-answer';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { numberOf, oneValue } from './one-value';
import { secretKeys } from './secret-keys';
import { intervalMs, unixSeconds, type Window, windowUpTo } from './window';

const DEFAULT_ADDRESS = 'https://api.datadoghq.com';

/** Datadog's query API, version 1. */
class Datadog implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly headers: Record<string, string>,
    private readonly lengthMs: number,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const window = windowUpTo(this.clock.now(), this.lengthMs);
    const search = {
      query: rendered.trim(),
      from: unixSeconds(window.fromMs),
      to: unixSeconds(window.toMs),
    };
    const { body } = await this.endpoint.ask({ path: '/api/v1/query', search, headers: this.headers }, signal);
    const answer = parseAnswer(body);
    const error = at(answer, 'error');
    if (at(answer, 'status') === 'error' || (typeof error === 'string' && error !== '')) {
      throw new QueryError('Refused', String(error || 'the query failed, no reason given'));
    }
    return oneValue(listIn(answer, body, 'series').map((series) => newestBucket(series, window)));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.endpoint.ask({ path: '/api/v1/validate', headers: this.headers }, signal);
  }
}

export const datadog: ProviderFactory = ({ http, clock }, { spec, secret, interval }) => {
  const keys = secretKeys(secret, 'datadog_api_key', 'datadog_application_key');
  const headers = { 'dd-api-key': keys.datadog_api_key, 'dd-application-key': keys.datadog_application_key };
  const endpoint = new Endpoint(http, clock, { address: spec.address || DEFAULT_ADDRESS });
  return new Datadog(endpoint, clock, headers, intervalMs(interval));
};

/**
 * The newest bucket with a value that is over and touches the last interval (M14): older ones tell of the time before
 * the step, the one that still fills tells of a part. A point's time is where its bucket begins.
 */
function newestBucket(series: unknown, { toMs, intervalMs: length }: Window): number | NoData {
  const points = listAt(series, 'pointlist').map((point) => ({
    startMs: numberOf(at(point, 0)),
    value: numberOf(at(point, 1)),
  }));
  const bucketMs = bucketLength(series, points);
  const sinceMs = toMs - Math.max(length, bucketMs);
  let newest: { startMs: number; value: number } | undefined;
  for (const { startMs, value } of points) {
    if (startMs === NO_DATA || value === NO_DATA) continue;
    const endMs = startMs + bucketMs;
    if (endMs > sinceMs && endMs <= toMs && startMs >= (newest?.startMs ?? startMs)) newest = { startMs, value };
  }
  return newest?.value ?? NO_DATA;
}

/** Milliseconds: as the series says, else the distance of its points. */
function bucketLength(series: unknown, points: Array<{ startMs: number | NoData }>): number {
  const seconds = at(series, 'interval');
  if (typeof seconds === 'number' && seconds > 0) return seconds * 1000;
  const [first, second] = points.map(({ startMs }) => startMs);
  return typeof first === 'number' && typeof second === 'number' ? Math.abs(second - first) : 0;
}

import type { Clock } from '../../model/ports';
import { Endpoint } from './endpoint';
import { at, listAt, listIn, parseAnswer } from './json-answer';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { numberOf, oneValue } from './one-value';
import { secretKeys } from './secret-keys';
import { intervalMs, windowUpTo } from './window';

/** Dynatrace's metrics API, version 2. */
class Dynatrace implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly headers: Record<string, string>,
    private readonly lengthMs: number,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const { fromMs, toMs } = windowUpTo(this.clock.now(), this.lengthMs);
    // One value for the whole window.
    const search = { metricSelector: rendered.trim(), resolution: 'Inf', from: fromMs, to: toMs };
    const { body } = await this.endpoint.ask({ path: '/api/v2/metrics/query', search, headers: this.headers }, signal);
    const results = listIn(parseAnswer(body), body, 'result');
    if (results.length > 1) {
      throw new QueryError('SeveralSeries', `query returned ${results.length} metrics, expected one`);
    }
    const [only] = results;
    if (only === undefined) return NO_DATA;
    return oneValue(listAt(only, 'data').map((series) => numberOf(at(series, 'values', 0))));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.endpoint.ask({ path: '/api/v2/metrics', search: { pageSize: 1 }, headers: this.headers }, signal);
  }
}

export const dynatrace: ProviderFactory = ({ http, clock }, { spec, secret, interval }) => {
  const { dynatrace_token: token } = secretKeys(secret, 'dynatrace_token');
  const endpoint = new Endpoint(http, clock, { address: spec.address ?? '' });
  return new Dynatrace(endpoint, clock, { authorization: `Api-Token ${token}` }, intervalMs(interval));
};

import { Endpoint } from './endpoint';
import { at, listIn, parseAnswer } from './json-answer';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { numberOf } from './one-value';
import { secretKeys } from './secret-keys';
import { intervalMs } from './window';

const DEFAULT_ADDRESS = 'https://insights-api.newrelic.com';

/** New Relic's Insights query API (NRQL). */
class NewRelic implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly accountId: string,
    private readonly queryKey: string,
    private readonly windowSeconds: number,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const body = await this.ask(rendered.trim(), signal);
    const results = listIn(parseAnswer(body), body, 'results');
    if (results.length > 1) {
      throw new QueryError('SeveralSeries', `query returned ${results.length} results, expected one`);
    }
    const [only] = results;
    if (only === undefined) return NO_DATA;
    const value = at(only, 'result');
    if (value === undefined) {
      throw new QueryError('BadAnswer', "the answer has no number named result: write 'SELECT … AS result'");
    }
    return numberOf(value);
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.ask('SELECT * FROM Metric', signal);
  }

  private async ask(nrql: string, signal: AbortSignal | undefined): Promise<string> {
    const exchange = {
      path: `/v1/accounts/${encodeURIComponent(this.accountId)}/query`,
      search: { nrql: `${nrql} SINCE ${this.windowSeconds} seconds ago` },
      headers: { 'x-query-key': this.queryKey },
    };
    return (await this.endpoint.ask(exchange, signal)).body;
  }
}

export const newrelic: ProviderFactory = ({ http, clock }, { spec, secret, interval }) => {
  const keys = secretKeys(secret, 'newrelic_account_id', 'newrelic_query_key');
  const endpoint = new Endpoint(http, clock, { address: spec.address || DEFAULT_ADDRESS });
  const seconds = Math.max(1, Math.round(intervalMs(interval) / 1000));
  return new NewRelic(endpoint, keys.newrelic_account_id, keys.newrelic_query_key, seconds);
};

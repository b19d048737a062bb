import { basicAuth, Endpoint } from './endpoint';
import { excerpt } from './excerpt';
import { at, listAt, parseAnswer } from './json-answer';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { numberOf, oneValue } from './one-value';
import { secretKeys } from './secret-keys';

/** Graphite's render API. The query is the query string of its URL: `target=…&from=-2min`. */
class Graphite implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly headers: Record<string, string>,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const body = await this.ask(rendered, signal);
    const targets = parseAnswer(body);
    if (!Array.isArray(targets)) {
      throw new QueryError('BadAnswer', `unexpected answer, expected a list of targets: ${excerpt(body)}`);
    }
    return oneValue(targets.map(lastValue).filter((value) => value !== NO_DATA));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.ask('target=test', signal);
  }

  private async ask(query: string, signal: AbortSignal | undefined): Promise<string> {
    const search = new URLSearchParams(query.replace(/\s+/g, ' ').trim().replace(/^\?/, ''));
    search.set('format', 'json');
    return (await this.endpoint.ask({ path: '/render', search, headers: this.headers }, signal)).body;
  }
}

export const graphite: ProviderFactory = ({ http, clock }, { spec, secret }) => {
  const { address = '', insecureSkipVerify = false } = spec;
  const endpoint = new Endpoint(http, clock, { address, insecureSkipVerify });
  if (spec.secretRef === undefined && secret === undefined) return new Graphite(endpoint, {});
  const { username, password } = secretKeys(secret, 'username', 'password');
  return new Graphite(endpoint, { authorization: basicAuth(username, password) });
};

/** A datapoint is `[value or null, unix seconds]`, the newest one comes last. */
function lastValue(target: unknown): number | NoData {
  const values = listAt(target, 'datapoints').map((point) => numberOf(at(point, 0)));
  return values.findLast((value) => value !== NO_DATA) ?? NO_DATA;
}

import type { Clock, Http, RequestTls } from '../../model/ports';
import { basicAuth, Endpoint } from './endpoint';
import { type GroupingProvider, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { decodeGroupedAnswer, decodeQueryAnswer, errorOf } from './prometheus-result';
import type { WorkloadLabels } from './request-series';

/** Characters. */
const MOST_IN_URL = 4_000;

export interface PrometheusSettings {
  /** Base URL; a path is kept, `user:password@` becomes basic authentication. */
  address: string;
  /** Added to each request; several values of one name are joined by a comma. */
  headers?: Record<string, string[]>;
  auth?: { token: string } | { username: string; password: string };
  tls?: RequestTls;
  insecureSkipVerify?: boolean;
  /** @defaultValue 5000 */
  timeoutMs?: number;
}

/** Prometheus and whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics). */
export class Prometheus implements GroupingProvider {
  private readonly endpoint: Endpoint;

  /** @throws QueryError with code `BadAddress` when the address is no http(s) URL. */
  constructor(
    http: Http,
    clock: Clock,
    private readonly settings: PrometheusSettings,
  ) {
    this.endpoint = new Endpoint(http, clock, settings);
  }

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    return decodeQueryAnswer(await this.ask(rendered, signal));
  }

  async queryEach(rendered: string, labels: WorkloadLabels): Promise<Map<string, number | NoData>> {
    return decodeGroupedAnswer(await this.ask(rendered), labels);
  }

  /** Long queries are posted as a form: URLs have limits. */
  private async ask(rendered: string, signal?: AbortSignal): Promise<string> {
    const query = oneLine(rendered);
    const posted = query.length > MOST_IN_URL;
    const exchange = {
      path: '/api/v1/query',
      ...(posted ? { body: new URLSearchParams({ query }).toString() } : { search: { query } }),
      headers: { ...this.headers(), ...(posted && { 'content-type': 'application/x-www-form-urlencoded' }) },
      reasonIn: errorOf,
    };
    return (await this.endpoint.ask(exchange, signal)).body;
  }

  async probe(signal?: AbortSignal): Promise<void> {
    const value = await this.query('vector(1)', signal);
    if (value !== 1) throw new QueryError('BadAnswer', `vector(1) is answered with ${value}`);
  }

  /** Built anew for each request (M5). */
  private headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [name, values] of Object.entries(this.settings.headers ?? {})) {
      headers[name.toLowerCase()] = values.join(', ');
    }
    const { auth } = this.settings;
    const { username, password } = this.endpoint.base;
    if (auth !== undefined) {
      headers['authorization'] = 'token' in auth ? `Bearer ${auth.token}` : basicAuth(auth.username, auth.password);
    } else if (username !== '' && headers['authorization'] === undefined) {
      headers['authorization'] = basicAuth(decodeURIComponent(username), decodeURIComponent(password));
    }
    return headers;
  }
}

export const prometheus: ProviderFactory = ({ http, clock }, { spec, secret }) =>
  new Prometheus(http, clock, {
    address: spec.address ?? '',
    ...(spec.headers && { headers: spec.headers }),
    ...(spec.insecureSkipVerify && { insecureSkipVerify: true }),
    ...(secret && accessOf(secret)),
  });

/**
 * Who we are and whom to trust, from the data of a Secret: `token`, or `username` and `password`; PEM texts in `caCert`,
 * `clientCert` and `clientKey`, or under the names of a kubernetes.io/tls Secret.
 * @throws QueryError with code `BadSecret` when there is none of them, or half of a pair.
 */
export function accessOf(secret: Readonly<Record<string, string>>): Pick<PrometheusSettings, 'auth' | 'tls'> {
  const tls = tlsOf(secret);
  const { token, username, password } = secret;
  if (token !== undefined) return { auth: { token: token.trim() }, ...(tls && { tls }) };
  if (username !== undefined && password !== undefined) return { auth: { username, password }, ...(tls && { tls }) };
  if (tls !== undefined && username === undefined && password === undefined) return { tls };
  throw new QueryError('BadSecret', 'the secret must have the key token, or the keys username and password');
}

function tlsOf(secret: Readonly<Record<string, string>>): RequestTls | undefined {
  const ca = secret['caCert'] ?? secret['ca.crt'];
  const cert = secret['clientCert'] ?? secret['tls.crt'];
  const key = secret['clientKey'] ?? secret['tls.key'];
  if ((cert === undefined) !== (key === undefined)) {
    throw new QueryError('BadSecret', 'the secret has only one of clientCert and clientKey, which go together');
  }
  if (ca === undefined && cert === undefined) return undefined;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

const STRING_OR_COMMENT = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|#[^\n]*/g;

/** Comments must go first: on one line they would swallow the rest of the query. */
function oneLine(query: string): string {
  const bare = query.replace(STRING_OR_COMMENT, (_, string: string | undefined) => string ?? '');
  return bare.replace(/\s+/g, ' ').trim();
}

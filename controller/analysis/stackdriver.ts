import { createHash } from 'node:crypto';
import type { Clock, Http } from '../../model/ports';
import { withoutSecrets, withoutSignatures } from '../../model/redaction';
import { withDeadline } from './deadline';
import { Endpoint, unreachable } from './endpoint';
import { excerpt } from './excerpt';
import { at, listAt, parseAnswer } from './json-answer';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { finite, oneValue } from './one-value';
import { secretKeys } from './secret-keys';

/** The reference waits for ever. */
const TIMEOUT_MS = 15_000;
const ADDRESS = 'https://monitoring.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/monitoring.read';
const TOKENS = 'https://oauth2.googleapis.com';
const MAX_ACCOUNTS = 64;

/** A token that is good now. */
type TokenSource = () => Promise<string | null | undefined>;

/** Google Cloud Monitoring: a query in MQL by its REST API, with credentials by the vendor's library. */
class Stackdriver implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly clock: Clock,
    private readonly project: string,
    private readonly newToken: TokenSource,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const { body } = await this.ask(rendered.trim(), signal, []);
    const series = listAt(parseAnswer(body), 'timeSeriesData');
    return oneValue(series.map((one) => typedValue(at(one, 'pointData', 0, 'values', 0))));
  }

  /** An empty query has to be refused as such: then project and credentials are right. */
  async probe(signal?: AbortSignal): Promise<void> {
    const { status, body } = await this.ask('', signal, [400]);
    if (status === 400 && at(parseAnswer(body), 'error', 'status') === 'INVALID_ARGUMENT') return;
    throw new QueryError('BadAnswer', `an empty query is answered with ${status}: ${excerpt(body)}`);
  }

  private async ask(query: string, signal: AbortSignal | undefined, answers: number[]) {
    const token = await this.token(signal);
    const exchange = {
      path: `/v3/projects/${encodeURIComponent(this.project)}/timeSeries:query`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
      answers,
      reasonIn: errorMessage,
    };
    try {
      return await this.endpoint.ask(exchange, signal);
    } catch (error) {
      const { code, message, cause } = error as QueryError;
      throw new QueryError(code, withoutSecrets(message, [token]), { cause });
    }
  }

  private async token(signal: AbortSignal | undefined): Promise<string> {
    let token: string | null | undefined;
    try {
      token = await withDeadline(this.clock, TIMEOUT_MS, signal, () => this.newToken());
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ETIMEDOUT' || code === 'EABORTED') throw unreachable(new URL(TOKENS), error, TIMEOUT_MS);
      const text = withoutSignatures(excerpt(`no access token: ${(error as Error).message}`));
      throw new QueryError('Refused', text, { cause: error });
    }
    if (!token) throw new QueryError('Refused', 'no access token: the answer has none');
    return token;
  }
}

/** Holds the accounts, and with them the tokens that are still good. */
export function stackdriver(): ProviderFactory {
  const accounts = new Map<string, Promise<TokenSource>>();
  return ({ http, clock }, { secret }) => {
    const { project } = secretKeys(secret, 'project');
    const key = secret?.['serviceAccountKey']?.trim() || undefined;
    const credentials = key === undefined ? undefined : serviceAccount(key);
    const id = createHash('sha256')
      .update(key ?? '')
      .digest('hex');
    const newToken = async () => {
      const known = accounts.get(id) ?? (credentials ? accountTokens(http, credentials) : ambientTokens(http));
      accounts.delete(id);
      accounts.set(id, known);
      for (const old of accounts.keys()) if (accounts.size > MAX_ACCOUNTS) accounts.delete(old);
      return (await known)();
    };
    return new Stackdriver(
      new Endpoint(http, clock, { address: ADDRESS, timeoutMs: TIMEOUT_MS }),
      clock,
      project,
      newToken,
    );
  };
}

interface ServiceAccount {
  type: 'service_account';
  client_email: string;
  private_key: string;
}

/** Other kinds of credentials name files, programs and addresses to take a token from: not what a Secret may choose. */
function serviceAccount(key: string): ServiceAccount {
  let parsed: unknown;
  try {
    parsed = JSON.parse(key);
  } catch {
    throw new QueryError('BadSecret', 'serviceAccountKey is not JSON');
  }
  const isText = (name: string) => typeof at(parsed, name) === 'string';
  if (at(parsed, 'type') !== 'service_account' || !isText('client_email') || !isText('private_key')) {
    throw new QueryError('BadSecret', 'serviceAccountKey is not the key of a service account');
  }
  const { client_email, private_key } = parsed as ServiceAccount;
  return { type: 'service_account', client_email, private_key };
}

async function accountTokens(http: Http, account: ServiceAccount): Promise<TokenSource> {
  const { JWT } = await import('google-auth-library');
  const { client_email: email, private_key: key } = account;
  const client = new JWT({ email, key, scopes: [SCOPE], transporterOptions: { fetchImplementation: overHttp(http) } });
  return async () => (await client.getAccessToken()).token;
}

/** Without a key the credentials are the environment's: a key file, workload identity, the metadata server. */
async function ambientTokens(http: Http): Promise<TokenSource> {
  const { GoogleAuth } = await import('google-auth-library');
  const clientOptions = { transporterOptions: { fetchImplementation: overHttp(http) } };
  const auth = new GoogleAuth({ scopes: SCOPE, clientOptions });
  return () => auth.getAccessToken();
}

/** `fetch` over our own network. */
function overHttp(http: Http): typeof fetch {
  return async (input, init = {}) => {
    const { signal, body } = init;
    const answer = await http({
      method: init.method ?? 'GET',
      url: input instanceof Request ? input.url : String(input),
      headers: Object.fromEntries(new Headers(init.headers).entries()),
      timeoutMs: TIMEOUT_MS,
      ...(body !== undefined && body !== null && { body: String(body) }),
      ...(signal && { signal }),
    });
    return new Response(await answer.text(), { status: answer.status, headers: answer.headers });
  };
}

/** A TypedValue: a double, or an integer as text. */
function typedValue(value: unknown): number | NoData {
  if (value === undefined || value === null) return NO_DATA;
  const double = at(value, 'doubleValue');
  const integer = at(value, 'int64Value');
  // Protobuf's JSON writes NaN and the infinities as text.
  const number = double ?? integer;
  if (number === undefined || number === null) {
    throw new QueryError(
      'BadAnswer',
      `unexpected answer: ${Object.keys(value as object)[0] ?? 'a value'} is not a number`,
    );
  }
  return finite(Number(number));
}

/** Errors are `{"error": {"code": …, "message": …, "status": …}}`. */
function errorMessage(body: string): string | undefined {
  try {
    const text = at(JSON.parse(body), 'error', 'message');
    return typeof text === 'string' ? excerpt(text) : undefined;
  } catch {
    return undefined;
  }
}

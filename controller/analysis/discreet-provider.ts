/** A metric provider whose errors never tell a secret, whatever its server echoes. */
import { withoutSecrets } from '../../model/redaction';
import { type GroupingProvider, type MetricProvider, QueryError } from './metric-provider';

/** Keys of a Secret whose values are no secrets, and common words where they stand in texts. */
const PUBLIC = /^(username|org|project|address|region|newrelic_account_id|caCert|ca\.crt|clientCert|tls\.crt)$/;

/** What must not be told of a Secret's data. */
export function secretsOf(data: Readonly<Record<string, string>>): string[] {
  const { username, password } = data;
  // As it stands in the header of a request that a server echoes.
  const basic =
    password === undefined ? [] : [Buffer.from(`${username?.trim()}:${password.trim()}`).toString('base64')];
  const values = Object.entries(data)
    .filter(([key]) => !PUBLIC.test(key))
    .map(([, value]) => value);
  return [...values, ...basic];
}

/** Headers that a template sends: `Bearer x` is as secret as x. */
export const headerSecrets = (headers: Readonly<Record<string, string[]>> | undefined): string[] =>
  Object.entries(headers ?? {})
    .filter(([name]) => /auth|token|key|cookie|secret/i.test(name))
    .flatMap(([, values]) => values.flatMap((value) => [value, value.replace(/^\w+\s+/, '')]));

export function discreet(provider: MetricProvider, secrets: readonly string[]): MetricProvider {
  if (secrets.length === 0) return provider;
  const quietly = quiet(secrets);
  return {
    query: (rendered, signal) => quietly(provider.query(rendered, signal)),
    probe: (signal) => quietly(provider.probe(signal)),
  };
}

/** The same of a server that can be asked for several workloads at once. */
export function discreetServer(server: GroupingProvider, secrets: readonly string[]): GroupingProvider {
  if (secrets.length === 0) return server;
  const quietly = quiet(secrets);
  return {
    ...discreet(server, secrets),
    queryEach: (rendered, labels) => quietly(server.queryEach(rendered, labels)),
  };
}

const quiet =
  (secrets: readonly string[]) =>
  async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const text = withoutSecrets((error as Error).message, secrets);
      throw new QueryError(error instanceof QueryError ? error.code : 'BadAnswer', text, { cause: error });
    }
  };

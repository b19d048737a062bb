import type { CloudWatchClient, GetMetricDataCommandInput, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Clock, Http } from '../../model/ports';
import { withoutSecrets, withoutSignatures } from '../../model/redaction';
import { withDeadline } from './deadline';
import { unreachable } from './endpoint';
import { excerpt } from './excerpt';
import { type MetricProvider, NO_DATA, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { finite, oneValue } from './one-value';
import { intervalMs, type Window, windowUpTo } from './window';

/** Retries included. */
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 4;
const MAX_POINTS = 20;

/** Amazon CloudWatch by the vendor's client. The query is a JSON list of MetricDataQuery. */
class CloudWatch implements MetricProvider {
  constructor(
    private readonly client: () => Promise<CloudWatchClient>,
    private readonly clock: Clock,
    private readonly region: string,
    private readonly lengthMs: number,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const window = windowUpTo(this.clock.now(), this.lengthMs);
    const { MetricDataResults, Messages = [] } = await this.send(parseQueries(rendered), window, signal);
    const [trouble] = Messages;
    if (trouble !== undefined && !MetricDataResults?.length) {
      throw new QueryError('Refused', excerpt(`${trouble.Code}: ${trouble.Value}`));
    }
    if (MetricDataResults === undefined) {
      throw new QueryError('BadAnswer', 'unexpected answer, expected the list MetricDataResults');
    }
    const failed = MetricDataResults.find(
      ({ StatusCode }) => StatusCode === 'InternalError' || StatusCode === 'Forbidden',
    );
    if (failed !== undefined) throw new QueryError('Refused', `${failed.Id} failed with ${failed.StatusCode}`);
    // The newest point comes first.
    return oneValue(MetricDataResults.map(({ Values }) => finite(Values?.[0] ?? NO_DATA)));
  }

  /** A request without queries has to be refused as such: then address, region and credentials are right. */
  async probe(signal?: AbortSignal): Promise<void> {
    const window = windowUpTo(this.clock.now(), this.lengthMs);
    try {
      await this.send([], window, signal);
    } catch (error) {
      if (statusOf((error as Error).cause) === 400 && !isAboutCredentials((error as Error).cause)) return;
      throw error;
    }
    throw new QueryError('BadAnswer', 'an empty request is not refused, this is not CloudWatch');
  }

  private async send(queries: MetricDataQuery[], { fromMs, toMs }: Window, outer: AbortSignal | undefined) {
    const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
    const input: GetMetricDataCommandInput = {
      MetricDataQueries: queries,
      StartTime: new Date(fromMs),
      EndTime: new Date(toMs),
      MaxDatapoints: MAX_POINTS,
    };
    const client = await this.client();
    try {
      return await withDeadline(this.clock, TIMEOUT_MS, outer, (abortSignal) =>
        client.send(new GetMetricDataCommand(input), { abortSignal }),
      );
    } catch (error) {
      const { code, message, cause } = asQueryError(error, this.region);
      throw new QueryError(code, withoutSignatures(withoutSecrets(message, await secretsOf(client))), { cause });
    }
  }
}

/** What the environment gave, and the client sends along. */
async function secretsOf(client: CloudWatchClient): Promise<string[]> {
  const known = await client.config.credentials().catch(() => undefined);
  return [known?.secretAccessKey, known?.sessionToken].filter((secret) => secret !== undefined);
}

/** Holds a client a region, and with it the credentials that the environment gave. */
export function cloudwatch(): ProviderFactory {
  const clients = new Map<string, Promise<CloudWatchClient>>();
  return ({ http, clock }, { spec, interval }) => {
    const region = spec.region ?? '';
    if (!/^[a-z0-9-]{1,64}$/.test(region)) {
      throw new QueryError('BadAddress', `cloudwatch needs a region such as eu-west-1, not '${region}'`);
    }
    const client = () => {
      const known = clients.get(region) ?? newClient(http, region);
      if (clients.size < 64) clients.set(region, known);
      return known;
    };
    return new CloudWatch(client, clock, region, intervalMs(interval));
  };
}

/** Credentials are the environment's: variables, web identity, container and instance roles, in the vendor's order. */
async function newClient(http: Http, region: string): Promise<CloudWatchClient> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  return new CloudWatchClient({ region, maxAttempts: ATTEMPTS, requestHandler: overHttp(http) });
}

interface AwsRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

/** The vendor's client over our own network. */
function overHttp(http: Http) {
  return {
    async handle(request: AwsRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const { method, protocol, hostname, port, path, headers, body } = request;
      const answer = await http({
        method,
        url: `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        ...(body !== undefined && { body: typeof body === 'string' ? body : new TextDecoder().decode(body) }),
        ...(abortSignal instanceof AbortSignal && { signal: abortSignal }),
      });
      const text = Buffer.from(await answer.text());
      return { response: { statusCode: answer.status, headers: answer.headers, body: text } };
    },
  };
}

function parseQueries(rendered: string): MetricDataQuery[] {
  let queries: unknown;
  try {
    queries = JSON.parse(rendered);
  } catch (cause) {
    throw new QueryError('BadQuery', `the query is not JSON: ${(cause as Error).message}`, { cause });
  }
  const isObject = (query: unknown) => typeof query === 'object' && query !== null && !Array.isArray(query);
  if (!Array.isArray(queries) || queries.length === 0 || !queries.every(isObject)) {
    throw new QueryError('BadQuery', 'the query is not a list of MetricDataQuery objects');
  }
  return queries as MetricDataQuery[];
}

/** What the vendor's client throws: its own kinds of errors, ours of the network, and those of credentials. */
function asQueryError(error: unknown, region: string): QueryError {
  const { name, message } = error as Error;
  const url = new URL(`https://monitoring.${region}.amazonaws.com`);
  const status = statusOf(error);
  if (error instanceof SyntaxError) {
    return new QueryError('BadAnswer', 'the answer is not JSON', { cause: error });
  }
  if (status !== undefined) {
    return new QueryError('Refused', excerpt(`error response ${status}: ${name}: ${message}`), { cause: error });
  }
  if (name === 'CredentialsProviderError') {
    return new QueryError('Refused', excerpt(`no AWS credentials: ${message}`), { cause: error });
  }
  return unreachable(url, error, TIMEOUT_MS);
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata;
  return metadata?.httpStatusCode;
}

/** AWS answers wrong signatures and unknown keys with 400 or 403. */
function isAboutCredentials(error: unknown): boolean {
  return /token|signature|accessdenied|unrecognizedclient|credential|authentication/i.test(
    (error as Error)?.name ?? '',
  );
}

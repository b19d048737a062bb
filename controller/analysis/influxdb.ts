import type { FluxTableMetaData, Transport } from '@influxdata/influxdb-client';
import { Endpoint } from './endpoint';
import { excerpt } from './excerpt';
import { at } from './json-answer';
import { type MetricProvider, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { numberOf, oneValue } from './one-value';
import { secretKeys } from './secret-keys';

const TIMEOUT_MS = 15_000;

/** InfluxDB 2: a Flux query by the vendor's client, over our own network. */
class InfluxDb implements MetricProvider {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly org: string,
    private readonly headers: Record<string, string>,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const firstOfTable = new Map<string, unknown>();
    for (const { table, row } of await this.rows(rendered, signal)) {
      if (!firstOfTable.has(table)) firstOfTable.set(table, valueIn(row));
    }
    return oneValue([...firstOfTable.values()].map(numberOf));
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.rows('from(bucket: "default") |> range(start: -2h)', signal);
  }

  private async rows(flux: string, signal: AbortSignal | undefined): Promise<FluxRow[]> {
    const { InfluxDB, createTextDecoderCombiner } = await import('@influxdata/influxdb-client');
    const ask = (path: string, body: string, headers: Record<string, string>) =>
      this.ask(path, body, { ...headers, accept: 'text/csv', ...this.headers }, signal);
    const transport = { ...sendOnly(ask), chunkCombiner: createTextDecoderCombiner() };
    const client = new InfluxDB({ url: this.endpoint.base.origin, transport });
    try {
      return await client.getQueryApi(this.org).collectRows(flux, fluxRow);
    } catch (error) {
      if (error instanceof QueryError) throw error;
      throw new QueryError('BadAnswer', `the answer is not annotated CSV: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  private async ask(
    path: string,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const [pathname = '', search = ''] = path.split('?');
    const exchange = { path: pathname, search: new URLSearchParams(search), headers, body, reasonIn: messageIn };
    const answer = await this.endpoint.ask(exchange, signal);
    // The client takes any text for a table without rows; annotations come first, an error may come without.
    if (/^\s*($|#|,|error,)/.test(answer.body)) return answer.body;
    throw new QueryError('BadAnswer', `the answer is not annotated CSV: '${excerpt(answer.body)}'`);
  }
}

export const influxdb: ProviderFactory = ({ http, clock }, { spec, secret }) => {
  const endpoint = new Endpoint(http, clock, { address: spec.address ?? '', timeoutMs: TIMEOUT_MS });
  if (spec.secretRef === undefined && secret === undefined) return new InfluxDb(endpoint, '', {});
  const { token, org } = secretKeys(secret, 'token', 'org');
  return new InfluxDb(endpoint, org, { authorization: `Token ${token}` });
};

interface FluxRow {
  table: string;
  row: Record<string, unknown>;
}

function fluxRow(values: string[], meta: FluxTableMetaData): FluxRow {
  const row = meta.toObject(values) as Record<string, unknown>;
  return { table: JSON.stringify([row['result'], row['table']]), row };
}

/** A query that fails midway ends with a table of the columns `error` and `reference`. */
function valueIn(row: Record<string, unknown>): unknown {
  if (typeof row['error'] === 'string' && 'reference' in row) throw new QueryError('Refused', row['error']);
  if ('_value' in row) return row['_value'];
  const columns = Object.keys(row).filter((name) => name !== '' && name !== 'result' && name !== 'table');
  throw new QueryError('BadAnswer', `the result has no column _value, it has ${columns.join(', ') || 'none'}`);
}

/** The vendor's transport, of which queries by `collectRows` use `send` alone. */
function sendOnly(
  ask: (path: string, body: string, headers: Record<string, string>) => Promise<string>,
): Omit<Transport, 'chunkCombiner'> {
  const unused = () => {
    throw new QueryError('NotSupported', 'queries do not use this part of the transport');
  };
  return {
    iterate: unused,
    request: unused,
    send(path, body, options, callbacks) {
      ask(path, body, options.headers ?? {}).then(
        (text) => {
          callbacks?.next?.(Buffer.from(text));
          callbacks?.complete?.();
        },
        (error: Error) => callbacks?.error?.(error),
      );
    },
  };
}

/** Errors are `{"code": …, "message": …}`. */
function messageIn(body: string): string | undefined {
  try {
    const text = at(JSON.parse(body), 'message');
    return typeof text === 'string' ? text.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}

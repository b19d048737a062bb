import type { Clock, OpenSocket, Socket } from '../../model/ports';
import { withDeadline } from './deadline';
import { Endpoint, unreachable } from './endpoint';
import { excerpt } from './excerpt';
import { type MetricProvider, type NoData, type ProviderFactory, QueryError } from './metric-provider';
import { oneValue } from './one-value';
import { secretKeys } from './secret-keys';
import { decodeSignalFlow } from './signalflow-message';
import { intervalMs, windowUpTo } from './window';

const TIMEOUT_MS = 5_000;
const CHANNEL = 'serin';
/** Of one computation; a query that should give one number has one. */
const MOST_SERIES = 10_000;

/** Splunk Observability: a SignalFlow program over its WebSocket, on the stream host; the API host is probed. */
class Splunk implements MetricProvider {
  constructor(
    private readonly openSocket: OpenSocket,
    private readonly api: Endpoint,
    private readonly clock: Clock,
    private readonly token: string,
    private readonly lengthMs: number,
  ) {}

  async query(rendered: string, signal?: AbortSignal): Promise<number | NoData> {
    const url = streamUrl(this.api.base);
    try {
      return await withDeadline(this.clock, TIMEOUT_MS, signal, async (inner) => {
        const socket = await this.openSocket(url.href, inner);
        try {
          return await this.compute(socket, rendered.trim());
        } finally {
          socket.close();
        }
      });
    } catch (error) {
      throw unreachable(new URL(url.href.replace(/^ws/, 'http')), error, TIMEOUT_MS);
    }
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.api.ask({ path: '/v2/metric', search: { limit: 1 }, headers: { 'x-sf-token': this.token } }, signal);
  }

  private async compute(socket: Socket, program: string): Promise<number | NoData> {
    const newest = new Map<string, number | NoData>();
    socket.send(JSON.stringify({ type: 'authenticate', token: this.token }));
    for await (const raw of socket.messages()) {
      const message = decodeSignalFlow(raw);
      if (message.type === 'error') throw new QueryError('Refused', excerpt(message.message));
      if (message.type === 'authenticated') socket.send(this.execution(program));
      if (message.type === 'end') return oneValue([...newest.values()]);
      if (message.type !== 'data') continue;
      for (const { series, value } of message.values) {
        if (value !== null && Number.isFinite(value)) newest.set(series, value);
      }
      if (newest.size > MOST_SERIES) {
        throw new QueryError(
          'BadAnswer',
          `the computation has more than ${MOST_SERIES} series: aggregate them, for example with sum()`,
        );
      }
    }
    throw new QueryError('BadAnswer', 'the stream ended before the computation did');
  }

  private execution(program: string): string {
    const { fromMs, toMs } = windowUpTo(this.clock.now(), this.lengthMs);
    return JSON.stringify({ type: 'execute', channel: CHANNEL, program, start: fromMs, stop: toMs, immediate: true });
  }
}

export const splunk: ProviderFactory = ({ http, clock, openSocket }, { spec, secret, interval }) => {
  const { sf_token_key: token } = secretKeys(secret, 'sf_token_key');
  if (openSocket === undefined) throw new QueryError('NotSupported', 'there is no WebSocket to ask Splunk with');
  const api = new Endpoint(http, clock, { address: apiAddress(spec.address ?? '') });
  return new Splunk(openSocket, api, clock, token, intervalMs(interval));
};

/** The API host, also from the address of the stream. */
function apiAddress(address: string): string {
  return address.replace(/^ws/, 'http').replace(/^(https?:\/\/)stream\./, '$1api.');
}

/** `https://api.us1.signalfx.com` -> `wss://stream.us1.signalfx.com/v2/signalflow/connect` */
function streamUrl(api: URL): URL {
  const url = new URL(api.href.replace(/^http/, 'ws'));
  url.hostname = url.hostname.replace(/^api\./, 'stream.');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v2/signalflow/connect`;
  return url;
}

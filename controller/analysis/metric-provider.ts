/** The one interface behind which every metric server stands. */
import type { MetricTemplate } from '../../model/canary';
import type { Clock, Http, OpenSocket } from '../../model/ports';
import type { WorkloadLabels } from './request-series';

export type MetricProviderSpec = MetricTemplate['spec']['provider'];
export type ProviderType = MetricProviderSpec['type'];

/** The server answered and has no usable number: an empty result, NaN or an infinity. Never a pass. */
export const NO_DATA = 'noData';
export type NoData = typeof NO_DATA;

export interface MetricProvider {
  /**
   * Asks one rendered query.
   * @throws QueryError when the server cannot be asked or its answer cannot be understood.
   */
  query(rendered: string, signal?: AbortSignal): Promise<number | NoData>;
  /**
   * Finds out whether the server answers at all.
   * @throws QueryError when it does not.
   */
  probe(signal?: AbortSignal): Promise<void>;
}

/** A server that can be asked for several workloads at once. */
export interface GroupingProvider extends MetricProvider {
  /**
   * Asks a query that has one series for each workload, by `workloadKey`; those without data are left out.
   * @throws QueryError as `query`.
   */
  queryEach(rendered: string, labels: WorkloadLabels): Promise<Map<string, number | NoData>>;
}

export type QueryErrorCode =
  | 'Unreachable'
  | 'Refused'
  | 'BadAnswer'
  | 'SeveralSeries'
  | 'BadQuery'
  | 'BadAddress'
  | 'BadSecret'
  | 'BadInterval'
  | 'NotSupported';

/** Why a query has no answer; `code` is stable, the message is for event texts. */
export class QueryError extends Error {
  constructor(
    readonly code: QueryErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'QueryError';
  }
}

/** What a provider is made from. */
export interface ProviderGiven {
  spec: MetricProviderSpec;
  /** Data of the `secretRef`, decoded; absent when there is none. */
  secret?: Readonly<Record<string, string>>;
  /** Window of the metric, a Go duration. */
  interval: string;
  /** Of the template. */
  namespace?: string;
}

/** The outside of a provider. */
export interface ProviderPorts {
  http: Http;
  clock: Clock;
  openSocket?: OpenSocket;
  /** The cluster's own API; absent outside a cluster. */
  cluster?: ClusterApi;
}

export interface ClusterApi {
  /** Base URL. */
  server: string;
  /** Authentication of the controller itself, names in lower case. */
  headers(): Promise<Record<string, string>>;
}

/**
 * Makes a provider; nothing is asked yet.
 * @throws QueryError when the template, its secret or the interval cannot be used.
 */
export type ProviderFactory = (ports: ProviderPorts, given: ProviderGiven) => MetricProvider;

/** The one interface behind which every metric server stands. */

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

/** Why a query has no answer; `code` is stable, the message is for event texts. */
export class QueryError extends Error {
  constructor(
    readonly code: 'Unreachable' | 'Refused' | 'BadAnswer' | 'SeveralSeries' | 'BadAddress',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'QueryError';
  }
}

import { NO_DATA, type NoData, QueryError } from './metric-provider';

/**
 * The number that all series agree on (M3). One without data beside one with is a difference too.
 * @throws QueryError with code `SeveralSeries` when they differ.
 */
export function oneValue(series: ReadonlyArray<number | NoData>): number | NoData {
  const [first] = series;
  if (first === undefined) return NO_DATA;
  if (series.some((value) => !Object.is(value, first))) {
    throw new QueryError(
      'SeveralSeries',
      `query returned ${series.length} series with different values, expected one: aggregate them, for example with sum()`,
    );
  }
  return finite(first);
}

/** NaN and the infinities are no values (M2). */
export function finite(value: number | NoData): number | NoData {
  return value !== NO_DATA && Number.isFinite(value) ? value : NO_DATA;
}

/**
 * A number of a JSON answer; null and what is not there is no data (M4).
 * @throws QueryError when it is something else.
 */
export function numberOf(value: unknown): number | NoData {
  if (value === null || value === undefined) return NO_DATA;
  if (typeof value === 'number') return finite(value);
  throw new QueryError('BadAnswer', `unexpected answer: ${JSON.stringify(value)?.slice(0, 100)} is not a number`);
}

import { excerpt } from './excerpt';
import { parseAnswer } from './json-answer';
import { NO_DATA, type NoData, QueryError } from './metric-provider';
import { finite, oneValue } from './one-value';
import type { WorkloadLabels } from './request-series';

interface Answer {
  status?: unknown;
  error?: unknown;
  errorType?: unknown;
  data?: { resultType?: unknown; result?: unknown } | null;
}

/**
 * Reads the body of `/api/v1/query` as one number.
 * @throws QueryError when it is no such answer or names several different series.
 */
export function decodeQueryAnswer(body: string): number | NoData {
  const { resultType, result } = dataOf(body);
  switch (resultType) {
    case 'vector':
      return oneValue(vectorValues(result));
    case 'scalar':
      return finite(sampleValue(result));
    case 'matrix':
      throw new QueryError(
        'BadAnswer',
        'query returned multiple values: a range vector, expected an instant vector or a scalar',
      );
    default:
      throw new QueryError('BadAnswer', `unexpected answer, expected a vector or a scalar: ${excerpt(body)}`);
  }
}

/**
 * Reads the body of `/api/v1/query` as one number for each workload, by `workloadKey`.
 * @throws QueryError when it is no such answer, or has several series for one workload.
 */
export function decodeGroupedAnswer(body: string, labels: WorkloadLabels): Map<string, number | NoData> {
  const { resultType, result } = dataOf(body);
  if (resultType !== 'vector') {
    throw new QueryError('BadAnswer', `unexpected answer, expected a vector: ${excerpt(body)}`);
  }
  const values = vectorValues(result);
  const answers = new Map<string, number | NoData>();
  (result as GroupedSeries[]).forEach(({ metric }, index) => {
    const [namespace, name] = [metric?.[labels.namespace], metric?.[labels.name]];
    if (typeof namespace !== 'string' || typeof name !== 'string') {
      throw new QueryError('BadAnswer', `a series has no ${labels.namespace} or ${labels.name}: ${excerpt(body)}`);
    }
    const key = workloadKey({ namespace, name });
    if (answers.has(key)) throw new QueryError('SeveralSeries', `query returned several series of ${key}`);
    answers.set(key, finite(values[index] ?? NO_DATA));
  });
  return answers;
}

interface GroupedSeries {
  metric?: Record<string, unknown>;
}

/** `namespace/name` */
export const workloadKey = ({ namespace, name }: WorkloadLabels): string => `${namespace}/${name}`;

function dataOf(body: string) {
  const answer = parseAnswer(body) as Answer;
  if (answer.status === 'error') throw new QueryError('Refused', errorText(answer));
  return answer.data ?? {};
}

/** The `error` of a Prometheus answer with its type, or undefined when the body is something else. */
export function errorOf(body: string): string | undefined {
  try {
    const answer = JSON.parse(body) as Answer | null;
    return answer !== null && typeof answer.error === 'string' ? errorText(answer) : undefined;
  } catch {
    return undefined;
  }
}

function errorText(answer: Answer): string {
  const type = typeof answer.errorType === 'string' ? `${answer.errorType}: ` : '';
  return excerpt(`${type}${String(answer.error ?? 'no reason given')}`);
}

function vectorValues(result: unknown): number[] {
  if (!Array.isArray(result)) throw new QueryError('BadAnswer', 'the result of the vector is not a list');
  return result.map((series) => {
    if (typeof series === 'object' && series !== null && 'histogram' in series) {
      throw new QueryError('BadAnswer', 'query returned a native histogram, expected a number');
    }
    return sampleValue((series as { value?: unknown } | null)?.value);
  });
}

/** A sample is `[unix seconds, "number"]`. */
function sampleValue(sample: unknown): number {
  const text = Array.isArray(sample) ? sample[1] : undefined;
  const value = typeof text === 'string' ? parseSample(text) : undefined;
  if (value === undefined)
    throw new QueryError('BadAnswer', `not a sample: ${excerpt(String(JSON.stringify(sample)))}`);
  return value;
}

function parseSample(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

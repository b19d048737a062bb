import {
  CASE_SERIES,
  type CaseSeries,
  DEFAULT_AT_SECONDS,
  type Expected,
  PROMQL_CASES,
  SAMPLE_EVERY_SECONDS,
} from '../contract/promql-cases';
import { attachedPlane } from './control-plane/plane';
import { type Prometheus, startPrometheus } from './prometheus';

/** Second 0 of the cases: a multiple of two hours, so that subquery steps and blocks fall where they do at 0. */
const BASE_SECONDS = 1_699_999_200;

let prometheus: Prometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ assets: attachedPlane().assets, openMetrics: openMetrics(CASE_SERIES) });
});
afterAll(() => prometheus?.stop());

test.each(PROMQL_CASES.map((one) => [one.query, one] as const))('%s', async (_, { query, at, expected }) => {
  const answer = await ask(query, at ?? DEFAULT_AT_SECONDS);
  if ('error' in expected || 'error' in answer) return expect(answer).toEqual(expected);
  expect(Object.keys(answer)).toEqual(Object.keys(expected));
  const [got, wanted] = [inOrder(answer), inOrder(expected)];
  expect(got.map(([labels]) => labels)).toEqual(wanted.map(([labels]) => labels));
  got.forEach(([, value], index) => {
    sameNumber(value, wanted[index]?.[1] ?? Number.NaN);
  });
});

/** What Prometheus answers, in the words of the cases. */
async function ask(query: string, atSeconds: number): Promise<Expected> {
  const form = new URLSearchParams({ query, time: String(BASE_SECONDS + atSeconds) });
  const response = await fetch(`${prometheus.url}/api/v1/query`, { method: 'POST', body: form });
  const body = (await response.json()) as Answer;
  if (body.status !== 'success') return { error: body.errorType };
  const { data } = body;
  if (data.resultType === 'scalar') return { scalar: number(data.result[1]) };
  if (data.resultType === 'vector')
    return { vector: data.result.map(({ metric, value }) => [metric, number(value[1])]) };
  throw new Error(`${data.resultType} is not in the words of the cases`);
}

type Answer = { status: 'error'; errorType: 'bad_data' | 'execution' } | { status: 'success'; data: Data };
type Data =
  | { resultType: 'scalar'; result: [number, string] }
  | { resultType: 'vector'; result: { metric: Record<string, string>; value: [number, string] }[] }
  | { resultType: 'matrix' | 'string' };

/** Elements by their labels, which have no order. */
function inOrder(expected: Exclude<Expected, { error: string }>): [string, number][] {
  if ('scalar' in expected) return [['', expected.scalar]];
  return expected.vector
    .map(([labels, value]): [string, number] => [JSON.stringify(Object.entries(labels).sort()), value])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function sameNumber(got: number, wanted: number): void {
  if (Number.isFinite(wanted)) expect(Math.abs(got - wanted)).toBeLessThan(1e-9 * Math.max(1, Math.abs(wanted)));
  else expect(got).toBe(wanted);
}

/** Numbers as Go writes them. */
function number(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function openMetrics(all: CaseSeries[]): string {
  const lines = all.flatMap(({ labels: { __name__: name, ...labels }, values }) => {
    const braces = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return values.flatMap((value, index) =>
      value === null
        ? []
        : [`${name}{${braces.join(',')}} ${goNumber(value)} ${BASE_SECONDS + index * SAMPLE_EVERY_SECONDS}`],
    );
  });
  return [...lines, '# EOF', ''].join('\n');
}

function goNumber(value: number): string {
  return String(value).replace('Infinity', 'Inf');
}

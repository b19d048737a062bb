import fc from 'fast-check';
import { extrapolatedGrowth, quantile } from '../../../sandbox/prometheus/promql/counter';
import { PromqlError } from '../../../sandbox/prometheus/promql/error';
import { DEFAULT_LOOKBACK_MS, DEFAULT_STEP_MS, evaluate } from '../../../sandbox/prometheus/promql/evaluate';
import { bucketQuantile } from '../../../sandbox/prometheus/promql/histogram';
import { formatNumber } from '../../../sandbox/prometheus/promql/number';
import { parse } from '../../../sandbox/prometheus/promql/parse';
import type { Value } from '../../../sandbox/prometheus/promql/value';
import { SeriesStore } from '../../../sandbox/prometheus/series';
import {
  CASE_SERIES,
  DEFAULT_AT_SECONDS,
  type Expected,
  PROMQL_CASES,
  SAMPLE_EVERY_SECONDS,
} from '../../contract/promql-cases';

const store = new SeriesStore();
for (const { labels, values } of CASE_SERIES) {
  values.forEach((value, index) => {
    if (value !== null) store.append(labels, index * SAMPLE_EVERY_SECONDS * 1000, value);
  });
}

function ask(query: string, atSeconds = DEFAULT_AT_SECONDS): Value {
  const timeMs = atSeconds * 1000;
  const at = { store, timeMs, startMs: timeMs, endMs: timeMs };
  return evaluate(parse(query), { ...at, lookbackMs: DEFAULT_LOOKBACK_MS, defaultStepMs: DEFAULT_STEP_MS });
}

function sameNumber(got: number, wanted: number): void {
  if (Number.isFinite(wanted)) expect(Math.abs(got - wanted)).toBeLessThan(1e-9 * Math.max(1, Math.abs(wanted)));
  else expect(got).toBe(wanted);
}

function compare(value: Value, expected: Exclude<Expected, { error: string }>): void {
  if ('scalar' in expected) {
    if (value.type !== 'scalar') throw new Error(`a scalar was expected, got ${value.type}`);
    sameNumber(value.value, expected.scalar);
    return;
  }
  if (value.type !== 'vector') throw new Error(`a vector was expected, got ${value.type}`);
  const sort = (all: [unknown, number][]) => all.sort((a, b) => (JSON.stringify(a[0]) < JSON.stringify(b[0]) ? -1 : 1));
  const byName = (labels: object) => Object.entries(labels).sort();
  const got = sort(value.elements.map((one) => [byName(one.labels), one.value]));
  const wanted = sort(expected.vector.map(([labels, number]) => [byName(labels), number]));
  expect(got.map(([labels]) => labels)).toEqual(wanted.map(([labels]) => labels));
  got.forEach(([, number], index) => {
    sameNumber(number, wanted[index]![1]);
  });
}

test.each(PROMQL_CASES.map((one) => [one.query, one] as const))('%s', (_, one) => {
  if (!('error' in one.expected)) return compare(ask(one.query, one.at), one.expected);
  let thrown: unknown;
  try {
    ask(one.query, one.at);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PromqlError);
  expect((thrown as PromqlError).type).toBe(one.expected.error);
});

describe('messages name place and cause', () => {
  test.each([
    [
      'rate(temperature)',
      '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    ['nonsense(temperature)', '1:1: parse error: unknown function with name "nonsense"'],
    ['sum(', '1:5: parse error: unclosed left parenthesis'],
    ['1 > 2', '1:1: parse error: comparisons between scalars must use BOOL modifier'],
    ['', 'unknown position: parse error: no expression found in input'],
    ['rate(temperature[1m]', '1:21: parse error: unclosed left parenthesis'],
    ['{a=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['info(temperature)', "the sandbox's Prometheus does not support the function info()"],
    ['limitk(1, temperature)', "the sandbox's Prometheus does not support the aggregation limitk()"],
    ['rate(temperature[1m]) +\n  rate(1)', '2:8: parse error: expected type range vector'],
  ])('%s', (query, message) => {
    expect(() => ask(query)).toThrow(message);
  });
});

test('where the grammar hangs postfixes on the wrong node, the last operand takes them', () => {
  expect(ask('-temperature{room="a"} offset 5m')).toEqual(ask('-(temperature{room="a"} offset 5m)'));
  expect(ask('area + temperature offset 5m')).toEqual(ask('area + (temperature offset 5m)'));
});

test('a stale series is gone at once', () => {
  const own = new SeriesStore();
  own.append({ __name__: 'x' }, 1000, 1);
  own.markStale({ __name__: 'x' }, 2000);
  const at = (timeMs: number) =>
    evaluate(parse('x'), { store: own, timeMs, startMs: timeMs, endMs: timeMs, lookbackMs: 300_000, defaultStepMs: 1 });
  expect(at(1999)).toMatchObject({ elements: [{ value: 1 }] });
  expect(at(2000)).toMatchObject({ elements: [] });
});

test('a steady counter has its own slope, wherever the window begins', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 3, max: 30 }),
      (slope, shift, n) => {
        const samples = Array.from({ length: n }, (_, i) => ({
          timeMs: (100 + i) * 10_000,
          value: slope * (100 + i) * 10,
        }));
        const window = {
          startMs: samples[0]!.timeMs - shift * 1000,
          endMs: samples.at(-1)!.timeMs + (9 - shift) * 1000,
        };
        const growth = extrapolatedGrowth(samples, window, true)!;
        expect(growth).toBeCloseTo((slope * (window.endMs - window.startMs)) / 1000, 6);
      },
    ),
  );
});

test('quantiles stay inside and rise with phi', () => {
  const phi = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 3, maxLength: 3 }), phi, phi, (counts, a, b) => {
      const bounds = [10, 100, Number.POSITIVE_INFINITY];
      const upTo = (index: number) => counts.slice(0, index + 1).reduce((total, one) => total + one, 1);
      const buckets = bounds.map((upperBound, index) => ({ upperBound, count: upTo(index) }));
      const [low, high] = [bucketQuantile(Math.min(a, b), buckets), bucketQuantile(Math.max(a, b), buckets)];
      expect(low).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(100);
      const [q1, q2] = [quantile(Math.min(a, b), counts), quantile(Math.max(a, b), counts)];
      expect(q1).toBeLessThanOrEqual(q2 + 1e-9);
    }),
  );
});

test('numbers print without exponents and read back the same', () => {
  expect([1e21, 1.5e-7, -0, 0.1 + 0.2, 123.25, -2e22].map(formatNumber)).toEqual([
    '1000000000000000000000',
    '0.00000015',
    '-0',
    '0.30000000000000004',
    '123.25',
    '-20000000000000000000000',
  ]);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = formatNumber(number);
      expect(text).not.toContain('e');
      expect(Number(text)).toBe(number);
    }),
  );
});

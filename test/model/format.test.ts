import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../model/duration';
import { formatFixed2, formatFloat, formatList } from '../../model/go-format';

/** Printed by Go's fmt: `%v %.2f`. */
const printed = `999999 999999.00|1e+06 1000000.00|1.234567e+06 1234567.00|1.2345678e+07 12345678.00|1.234567895e+08 123456789.50
0.0001 0.00|1e-05 0.00|99.5 99.50|1e+21 1000000000000000000000.00|123456.5 123456.50|999999.5 999999.50|1.2345678e+06 1234567.80
5e-324 0.00|0.125 0.12|0.375 0.38|1.005 1.00|2.675 2.67|1e+22 10000000000000000000000.00|-0.125 -0.12|1000.625 1000.62`;

test.each(printed.split(/[|\n]/))('%s is printed as Go does', (line) => {
  const [shortest = '', fixed] = line.split(' ');
  expect(formatFloat(Number(shortest))).toBe(shortest);
  expect(formatFixed2(Number(shortest))).toBe(fixed);
});

test.each([
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [0, '0'],
  [-0, '-0'],
])('%p is printed as Go does', (value, text) => {
  expect(formatFloat(value)).toBe(text);
});

test.each([
  [0, '0s'],
  [500, '500ms'],
  [1515, '1.515s'],
  [60_000, '1m0s'],
  [61_500, '1m1.5s'],
  [3_600_000, '1h0m0s'],
  [0.5, '500µs'],
  [-1500, '-1.5s'],
  [90_061_000, '25h1m1s'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each(['', '1', 'm', '1 m', '1d', '1m30', 'ten', '--1s', '1minute', null, 5])('%p is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is written can be read', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 6);
    }),
  );
  expect(parseDuration('1h30m')).toBe(5_400_000);
  expect(parseDuration('1.5h')).toBe(5_400_000);
  expect(parseDuration('0')).toBe(0);
});

test('lists print as Go does', () => {
  expect(formatList(['app', 'name'])).toBe('[app name]');
  expect(formatList([5, 2.5])).toBe('[5 2.5]');
  expect(formatList([])).toBe('[]');
});

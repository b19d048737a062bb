/**
 * PromQL with its answers, to run on the sandbox's Prometheus and on a real one. Every answer was worked out by hand from
 * Prometheus' documented rules; the comment or the name says how. No sample lies exactly on the edge of a window, because
 * versions 2 and 3 of Prometheus disagree there.
 */

export interface CaseSeries {
  labels: Record<string, string>;
  /** One value every 15 s, the first at second 0; null leaves a hole. */
  values: (number | null)[];
}

export type Expected =
  | { scalar: number }
  | { vector: [labels: Record<string, string>, value: number][] }
  | { error: 'bad_data' | 'execution' };

export interface PromqlCase {
  query: string;
  /** Seconds after the first sample. @default 607 */
  at?: number;
  expected: Expected;
}

export const SAMPLE_EVERY_SECONDS = 15;
export const DEFAULT_AT_SECONDS = 607;

const INDEXES = Array.from({ length: 41 }, (_, i) => i);
const each = (value: (i: number) => number | null) => INDEXES.map(value);
const series = (name: string, labels: Record<string, string>, values: (number | null)[]): CaseSeries => ({
  labels: { __name__: name, ...labels },
  values,
});
/** A cumulative histogram in which every bucket grows by its share of 100 every 15 s. */
const histogram = (name: string, labels: Record<string, string>, shares: Record<string, number>) =>
  Object.entries(shares).map(([le, share]) =>
    series(
      name,
      { ...labels, le },
      each((i) => share * i),
    ),
  );

/** 41 points: seconds 0 to 600. */
export const CASE_SERIES: CaseSeries[] = [
  series(
    'requests_total',
    { job: 'api', code: '200' },
    each((i) => 15 * i),
  ),
  // Appears at second 570 as 1, 4, 7: a counter born near zero.
  series(
    'requests_total',
    { job: 'api', code: '500' },
    each((i) => (i < 38 ? null : 1 + 3 * (i - 38))),
  ),
  // Appears at second 570 as 100, 103, 106: a counter that was there before it was seen.
  series(
    'requests_total',
    { job: 'web', code: '200' },
    each((i) => (i < 38 ? null : 100 + 3 * (i - 38))),
  ),
  // Restarts at second 585: 540, 555, 570 (570 s), then 10, 25.
  series(
    'requests_total',
    { job: 'db', code: '200' },
    each((i) => (i < 39 ? 15 * i : 10 + 15 * (i - 39))),
  ),
  series(
    'temperature',
    { room: 'a' },
    each((i) => i),
  ),
  series(
    'temperature',
    { room: 'b' },
    each(() => -5.5),
  ),
  series(
    'temperature',
    { room: 'c', floor: '2' },
    each(() => 7.25),
  ),
  series(
    'area',
    { room: 'a' },
    each(() => 10),
  ),
  series(
    'area',
    { room: 'c', floor: '2' },
    each(() => 4),
  ),
  series(
    'room_info',
    { room: 'a', owner: 'ann' },
    each(() => 1),
  ),
  series(
    'room_info',
    { room: 'b', owner: 'bob' },
    each(() => 1),
  ),
  // Last seen at second 150.
  series(
    'gone',
    {},
    each((i) => (i <= 10 ? 1 : null)),
  ),
  ...histogram('latency_bucket', { app: 'x' }, { '100': 50, '250': 90, '500': 100, '+Inf': 100 }),
  ...histogram('latency_bucket', { app: 'y' }, { '100': 10, '250': 20, '500': 50, '+Inf': 100 }),
  ...histogram('open_bucket', { app: 'z' }, { '100': 50, '250': 90 }),
];

const vector = (...elements: [Record<string, string>, number][]): Expected => ({ vector: elements });
const BAD_DATA: Expected = { error: 'bad_data' };
const EXECUTION: Expected = { error: 'execution' };

export const PROMQL_CASES: PromqlCase[] = [
  // Window (547, 607] holds 555, 570, 585, 600: 45 in 45 s, 8 s and 7 s to the edges, both under 1.1 × 15 s.
  { query: 'rate(requests_total{job="api",code="200"}[1m])', expected: vector([{ job: 'api', code: '200' }, 1]) },
  { query: 'increase(requests_total{job="api",code="200"}[1m])', expected: vector([{ job: 'api', code: '200' }, 60]) },
  // 6 in 30 s; back to zero is 30 × 1/6 = 5 s; to the end 7 s: 6 × 42/30.
  { query: 'increase(requests_total{code="500"}[1m])', expected: vector([{ job: 'api', code: '500' }, 8.4]) },
  // 23 s to the start is more than 16.5 s: half a distance. 6 × (30 + 7.5 + 7)/30.
  { query: 'increase(requests_total{job="web"}[1m])', expected: vector([{ job: 'web', code: '200' }, 8.9]) },
  // 555, 570, 10, 25: growth 15 + 10 + 15 = 40 over 45 s, edges 8 and 7: 40 × 60/45.
  { query: 'increase(requests_total{job="db"}[1m])', expected: vector([{ job: 'db', code: '200' }, 40 * (60 / 45)]) },
  { query: 'irate(requests_total{job="db"}[1m])', expected: vector([{ job: 'db', code: '200' }, 1]) },
  { query: 'irate(requests_total{job="db"}[1m])', at: 592, expected: vector([{ job: 'db', code: '200' }, 10 / 15]) },
  { query: 'resets(requests_total{job="db"}[1m])', expected: vector([{ job: 'db', code: '200' }, 1]) },
  // One sample is no rate.
  { query: 'rate(requests_total{code="500"}[10s])', expected: vector() },
  { query: 'delta(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 3 * (60 / 45)]) },
  { query: 'deriv(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 1 / 15]) },
  { query: 'predict_linear(temperature{room="a"}[1m], 60)', expected: vector([{ room: 'a' }, 40 + 67 / 15]) },

  // The built-in success rate: 100 × (1 + 8.9/60 + 40/45) / the same + 8.4/60.
  {
    query: '100 * sum(rate(requests_total{code!~"5.*"}[1m])) / sum(rate(requests_total[1m]))',
    expected: vector([{}, (100 * (1 + 8.9 / 60 + 40 / 45)) / (1 + 8.9 / 60 + 40 / 45 + 8.4 / 60)]),
  },
  // p99 of app x: rank 99 of 100, in (250, 500] with 90 below: 250 + 250 × 9/10.
  {
    query: 'histogram_quantile(0.99, sum(rate(latency_bucket{app="x"}[1m])) by (le))',
    expected: vector([{}, 475]),
  },
  // Half falls on the first bucket's edge; app y's into (250, 500] exactly at its end.
  {
    query: 'histogram_quantile(0.5, rate(latency_bucket[1m]))',
    expected: vector([{ app: 'x' }, 100], [{ app: 'y' }, 500]),
  },
  // Into +Inf: the highest finite bound.
  { query: 'histogram_quantile(0.9, latency_bucket{app="y"})', expected: vector([{ app: 'y' }, 500]) },
  { query: 'histogram_quantile(0.25, latency_bucket{app="x"})', expected: vector([{ app: 'x' }, 50]) },
  {
    query: 'histogram_quantile(2, latency_bucket{app="x"})',
    expected: vector([{ app: 'x' }, Number.POSITIVE_INFINITY]),
  },
  { query: 'histogram_quantile(0.5, open_bucket)', expected: vector([{ app: 'z' }, Number.NaN]) },

  {
    query: 'temperature',
    expected: vector(
      [{ __name__: 'temperature', room: 'a' }, 40],
      [{ __name__: 'temperature', room: 'b' }, -5.5],
      [{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25],
    ),
  },
  {
    query: 'temperature{floor=""} offset 5m',
    expected: vector([{ __name__: 'temperature', room: 'a' }, 20], [{ __name__: 'temperature', room: 'b' }, -5.5]),
  },
  { query: 'temperature{room=~"a|c",floor!~".+"}', expected: vector([{ __name__: 'temperature', room: 'a' }, 40]) },
  {
    query: 'temperature{room=~"[ab]",room!="b"} offset -1m',
    at: 100,
    expected: vector([{ __name__: 'temperature', room: 'a' }, 10]),
  },
  // Five minutes of lookback.
  { query: 'gone', at: 440, expected: vector([{ __name__: 'gone' }, 1]) },
  { query: 'gone', at: 460, expected: vector() },

  { query: 'sum(temperature)', expected: vector([{}, 41.75]) },
  { query: 'avg by (floor) (temperature)', expected: vector([{}, 17.25], [{ floor: '2' }, 7.25]) },
  { query: 'max without (room) (temperature)', expected: vector([{}, 40], [{ floor: '2' }, 7.25]) },
  { query: 'min(temperature)', expected: vector([{}, -5.5]) },
  { query: 'count(temperature > 0)', expected: vector([{}, 2]) },
  { query: 'group by (__name__) (temperature)', expected: vector([{ __name__: 'temperature' }, 1]) },
  // Of 40 and 7.25: mean 23.625, half the distance is 16.375.
  { query: 'stddev(temperature{room!="b"})', expected: vector([{}, 16.375]) },
  { query: 'stdvar(temperature{room!="b"})', expected: vector([{}, 16.375 ** 2]) },
  {
    query: 'topk(2, temperature)',
    expected: vector(
      [{ __name__: 'temperature', room: 'a' }, 40],
      [{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25],
    ),
  },
  { query: 'bottomk(1, temperature)', expected: vector([{ __name__: 'temperature', room: 'b' }, -5.5]) },
  // Sorted -5.5, 7.25, 40: rank 1.8, so 7.25 × 0.2 + 40 × 0.8.
  { query: 'quantile(0.9, temperature)', expected: vector([{}, 33.45]) },
  { query: 'count_values("degrees", temperature{room="b"})', expected: vector([{ degrees: '-5.5' }, 1]) },

  { query: '1 + 2 * 3 ^ 2 ^ 1 % 4', expected: { scalar: 3 } },
  { query: '-1 ^ 2', expected: { scalar: -1 } },
  { query: '2 ^ -1', expected: { scalar: 0.5 } },
  { query: '1 == bool 2', expected: { scalar: 0 } },
  { query: '1 / 0', expected: { scalar: Number.POSITIVE_INFINITY } },
  { query: '0x1F + 1e2', expected: { scalar: 131 } },
  { query: 'vector(1)', expected: vector([{}, 1]) },
  { query: 'scalar(temperature{room="a"})', expected: { scalar: 40 } },
  { query: 'scalar(temperature)', expected: { scalar: Number.NaN } },
  { query: '-temperature{room="a"}', expected: vector([{ room: 'a' }, -40]) },
  {
    query: 'temperature > 7',
    expected: vector(
      [{ __name__: 'temperature', room: 'a' }, 40],
      [{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25],
    ),
  },
  { query: '7 < temperature{room="c"}', expected: vector([{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25]) },
  {
    query: 'temperature > bool 7',
    expected: vector([{ room: 'a' }, 1], [{ room: 'b' }, 0], [{ room: 'c', floor: '2' }, 1]),
  },
  { query: 'temperature / area', expected: vector([{ room: 'a' }, 4], [{ room: 'c', floor: '2' }, 1.8125]) },
  { query: 'temperature / on (room) area', expected: vector([{ room: 'a' }, 4], [{ room: 'c' }, 1.8125]) },
  {
    query: 'temperature * ignoring (owner) group_left (owner) room_info',
    expected: vector([{ room: 'a', owner: 'ann' }, 40], [{ room: 'b', owner: 'bob' }, -5.5]),
  },
  { query: 'room_info * on (room) group_right () area', expected: vector([{ room: 'a' }, 10]) },
  {
    query: 'temperature and on (room) area',
    expected: vector(
      [{ __name__: 'temperature', room: 'a' }, 40],
      [{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25],
    ),
  },
  { query: 'temperature unless area', expected: vector([{ __name__: 'temperature', room: 'b' }, -5.5]) },
  {
    query: 'area{room="a"} or temperature{room=~"a|b"}',
    expected: vector([{ __name__: 'area', room: 'a' }, 10], [{ __name__: 'temperature', room: 'b' }, -5.5]),
  },
  { query: 'sum(nothing) or on() vector(0)', expected: vector([{}, 0]) },
  { query: 'sum(rate(nothing[1m])) / sum(rate(nothing[1m]))', expected: vector() },
  { query: 'vector(0) / vector(0)', expected: vector([{}, Number.NaN]) },
  { query: 'temperature * on () area', expected: EXECUTION },
  { query: 'temperature * on () area{room="a"}', expected: EXECUTION },

  { query: 'abs(temperature{room="b"})', expected: vector([{ room: 'b' }, 5.5]) },
  { query: 'ceil(temperature{room="b"})', expected: vector([{ room: 'b' }, -5]) },
  { query: 'floor(temperature{room="b"})', expected: vector([{ room: 'b' }, -6]) },
  { query: 'round(temperature{room="b"})', expected: vector([{ room: 'b' }, -5]) },
  { query: 'round(temperature{room="c"}, 0.5)', expected: vector([{ room: 'c', floor: '2' }, 7.5]) },
  {
    query: 'clamp(temperature, 0, 10)',
    expected: vector([{ room: 'a' }, 10], [{ room: 'b' }, 0], [{ room: 'c', floor: '2' }, 7.25]),
  },
  { query: 'clamp_min(temperature{room="b"}, 1)', expected: vector([{ room: 'b' }, 1]) },
  { query: 'clamp_max(temperature{room="a"}, 1)', expected: vector([{ room: 'a' }, 1]) },
  { query: 'clamp(temperature, 10, 0)', expected: vector() },
  {
    query: 'sort_desc(temperature{room!="b"})',
    expected: vector(
      [{ __name__: 'temperature', room: 'a' }, 40],
      [{ __name__: 'temperature', room: 'c', floor: '2' }, 7.25],
    ),
  },
  { query: 'absent(nothing{a="1",b=~"x"})', expected: vector([{ a: '1' }, 1]) },
  { query: 'absent(temperature)', expected: vector() },
  { query: 'absent_over_time(nothing{a="1"}[1m])', expected: vector([{ a: '1' }, 1]) },
  {
    query: 'label_replace(area, "level", "floor-$1", "floor", "(.*)")',
    expected: vector(
      [{ __name__: 'area', room: 'a', level: 'floor-' }, 10],
      [{ __name__: 'area', room: 'c', floor: '2', level: 'floor-2' }, 4],
    ),
  },
  { query: 'label_replace(area{room="a"}, "room", "", "room", "a")', expected: vector([{ __name__: 'area' }, 10]) },

  // 37, 38, 39, 40.
  { query: 'avg_over_time(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 38.5]) },
  { query: 'sum_over_time(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 154]) },
  { query: 'min_over_time(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 37]) },
  { query: 'max_over_time(temperature{room="a"}[1m] offset 1m)', expected: vector([{ room: 'a' }, 36]) },
  { query: 'count_over_time(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 4]) },
  {
    query: 'last_over_time(temperature{room="a"}[1m])',
    expected: vector([{ __name__: 'temperature', room: 'a' }, 40]),
  },
  { query: 'stddev_over_time(temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, Math.sqrt(1.25)]) },
  { query: 'quantile_over_time(0.5, temperature{room="a"}[1m])', expected: vector([{ room: 'a' }, 38.5]) },
  {
    query: 'changes(temperature[1m])',
    expected: vector([{ room: 'a' }, 3], [{ room: 'b' }, 0], [{ room: 'c', floor: '2' }, 0]),
  },
  // Subquery at 560, 570, 580, 590, 600 (multiples of 10 s): 37, 38, 38, 39, 40.
  { query: 'avg_over_time(temperature{room="a"}[50s:10s])', expected: vector([{ room: 'a' }, 38.4]) },
  { query: 'max_over_time((temperature{room="a"} * 2)[1m:10s] offset 1m)', expected: vector([{ room: 'a' }, 72]) },

  { query: '', expected: BAD_DATA },
  { query: 'foo{', expected: BAD_DATA },
  { query: 'sum(', expected: BAD_DATA },
  { query: 'temperature +', expected: BAD_DATA },
  { query: 'nonsense(temperature)', expected: BAD_DATA },
  { query: 'rate(temperature)', expected: BAD_DATA },
  { query: 'rate()', expected: BAD_DATA },
  { query: 'temperature[1m] + 1', expected: BAD_DATA },
  { query: '1 > 2', expected: BAD_DATA },
  { query: '1 and 2', expected: BAD_DATA },
  { query: '{room=~".*"}', expected: BAD_DATA },
  { query: 'temperature{room=~"("}', expected: BAD_DATA },
  { query: 'sum(1)', expected: BAD_DATA },
  { query: 'topk(temperature)', expected: BAD_DATA },
];

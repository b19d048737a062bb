import type { Request } from '../../bench/scale/audit-record';
import { figuresOf } from '../../bench/scale/figures';
import { canaryOf, latenesses, quantile, ticksOf } from '../../bench/scale/ticks';

const request = (atMs: number, verb: string, resource: string, object: string): Request => ({
  atMs,
  user: 'serin',
  verb,
  resource,
  object,
  code: 200,
});
/** What a step of Serin asks. */
const step = (atMs: number, name: string): Request[] => [
  request(atMs, 'update', 'virtualservices', `test/${name}`),
  request(atMs + 20, 'patch', 'canaries/status', `test/${name}`),
  request(atMs + 40, 'create', 'events', `test/${name}.18a0`),
];

test.each([
  ['test/podinfo', 'test/podinfo'],
  ['test/podinfo-primary', 'test/podinfo'],
  ['test/podinfo-canary', 'test/podinfo'],
  ['test/podinfo.18a0b1', 'test/podinfo'],
])('a request about %s is about the Canary %s', (object, canary) => {
  expect(canaryOf(request(0, 'get', 'services', object))).toBe(canary);
});

test('what is asked about one Canary in one go is one tick', () => {
  const ticks = ticksOf([...step(0, 'a'), ...step(10, 'b'), ...step(10_050, 'a')], 10_000);
  expect(ticks.map(({ key, atMs, requests }) => [key, atMs, requests.length])).toEqual([
    ['test/a', 0, 3],
    ['test/b', 10, 3],
    ['test/a', 10_050, 3],
  ]);
});

test('watches, Leases and late events are no tick', () => {
  const beside = [
    request(0, 'watch', 'canaries', '/'),
    request(1, 'update', 'leases', 'default/flagger-leader-election'),
    request(2, 'create', 'events', 'test/a.1'),
  ];
  expect(ticksOf(beside, 10_000)).toEqual([]);
});

test('late is what comes more than an interval after the one before; early is not', () => {
  const ticks = ticksOf([...step(0, 'a'), ...step(10_050, 'a'), ...step(20_000, 'a'), ...step(7, 'b')], 10_000);
  expect(latenesses(ticks, 10_000)).toEqual([50, 0]);
});

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('quantile %d of one to a hundred', (q, expected) => {
  const numbers = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(numbers, q)).toBe(expected);
});

const window = { seconds: 10, startMs: 0, intervalMs: 10_000, apiServerCpuMs: 9, memory: [{ resident: 90, peak: 99 }] };

test('figures are of the ticks that began in the window, and of all that they asked', () => {
  const requests = [...step(100, 'a'), ...step(9_990, 'b'), ...step(10_100, 'a')];
  const queries = { 'request-duration, shared': { queries: 1, workloads: 2 } };
  const figures = figuresOf({ ...window, due: 2, requests, controllerCpuMs: 6, emptyCpuMs: 2, queries });
  expect(figures).toMatchObject({
    ticks: 2,
    dueTicks: 2,
    requestsPerTick: 3,
    writesPerTick: 3,
    readsPerTick: 0,
    controllerCpuMsPerTick: 2,
    apiServerCpuMsPerTick: 4.5,
    queriesPerTick: 0.5,
    residentMb: [90],
    peakMb: [99],
  });
});

test('where no tick is seen, figures are of those that were due', () => {
  const requests = [request(0, 'watch', 'canaries', '/'), request(5, 'list', 'services', '/')];
  const figures = figuresOf({ ...window, due: 100, requests, controllerCpuMs: 20, emptyCpuMs: 0, queries: {} });
  expect(figures).toMatchObject({ ticks: 0, dueTicks: 100, requestsPerTick: 0.01, controllerCpuMsPerTick: 0.2 });
  expect(figures.lateness).toBeUndefined();
});

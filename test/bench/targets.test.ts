import { drawing } from '../../bench/scale/drawing';
import type { Result } from '../../bench/scale/results';
import type { Scenario } from '../../bench/scale/scenarios';
import { table } from '../../bench/scale/table';
import { memoryTarget, misses } from '../../bench/scale/targets';

const good: Scenario = {
  canaries: 100,
  progressing: 10,
  moving: 10,
  windowSeconds: 30,
  ticks: 30,
  dueTicks: 30,
  requestsPerTick: 3,
  writesPerTick: 3,
  readsPerTick: 0,
  requests: {},
  refused: 0,
  controllerCpuMs: 60,
  controllerCpuMsPerTick: 2,
  apiServerCpuMs: 90,
  apiServerCpuMsPerTick: 3,
  residentMb: [120],
  peakMb: [140],
  lateness: { p50: 20, p99: 200, max: 210 },
  queries: {},
  queriesPerTick: 0.5,
  toFirstWeight: { p50: 2_000, p99: 3_000, max: 3_000 },
  toSucceeded: { p50: 66_000, p99: 70_000, max: 70_000 },
  succeeded: 10,
};

function result(scenario: Partial<Scenario>, others: Partial<Result['controllers'][string]> = {}): Result {
  const scenarios = [{ ...good, ...scenario }];
  return {
    at: '2026-01-01T00:00:00.000Z',
    commit: 'abc',
    machine: { cpu: 'a <fast> one', cores: 2, memoryGb: 8, linux: '6', loadBefore: 0 },
    versions: { kubernetes: 'v1', node: 'v24' },
    settings: { intervalSeconds: 10 },
    controllers: { serin: { makings: [], starts: [], scenarios, takeovers: [], ...others } },
  };
}

test('a good result misses nothing', () => expect(misses(result({}))).toEqual([]));

test.each<[string, Partial<Scenario>]>([
  ['writes of a tick 3.2', { writesPerTick: 3.2 }],
  ['reads of a tick 1', { readsPerTick: 1 }],
  ['CPU of a tick 2.1 ms', { controllerCpuMsPerTick: 2.1 }],
  ['memory 151 MB', { residentMb: [151] }],
  ['p99 lateness 251 ms', { lateness: { p50: 1, p99: 251, max: 300 } }],
  ['ready pods to first weight', { readyToFirstWeight: { p50: 10_001, p99: 1, max: 1 } }],
  ['1 of 10 releases did not succeed', { succeeded: 9 }],
  ['requests of an idle tick 0.01', { progressing: 0, requestsPerTick: 0.01, controllerCpuMs: 0 }],
  ['CPU above that without Canaries 3 ms a second', { progressing: 0, requestsPerTick: 0, controllerCpuMs: 90 }],
])('missed: %s', (text, scenario) => {
  expect(misses(result(scenario))).toEqual([expect.stringContaining(text)]);
});

test('what a controller takes without Canaries is not what idle ones cost', () => {
  const idle = { progressing: 0, requestsPerTick: 0, controllerCpuMs: 150 };
  const empty = (controllerCpuMs: number) => ({ empty: { windowSeconds: 30, controllerCpuMs, residentMb: [100] } });
  expect(misses(result(idle, empty(120)))).toEqual([]);
  expect(misses(result(idle, empty(60)))).toEqual([expect.stringContaining('3 ms a second')]);
  expect(table(result(idle, empty(120)), undefined, [])).toContain('without Canaries: 4.0 ms of CPU a second, 100 MB');
});

test('starts and takeovers have targets too', () => {
  const starts = [{ canaries: 5000, readyMs: 10_001, firstWriteMs: 11_000, residentMb: [200] }];
  const takeovers = [{ canaries: 1000, moving: 100, firstTickMs: 62_001, allTicksMs: 70_000, leaseSeconds: 60 }];
  expect(misses(result({}, { starts, takeovers }))).toEqual([
    'serin: start with 5000 Canaries: ready after 10001 ms, at most 10000 ms',
    'serin: kill -9 with 1000 Canaries: first tick after 62001 ms, at most 62000 ms',
  ]);
});

test.each([
  [100, 150],
  [300, 150],
  [5000, 400],
])('%d Canaries have %d MB', (canaries, mb) => expect(memoryTarget(canaries)).toBe(mb));

test('the table compares with the same scenario of another result', () => {
  const text = table(result({ controllerCpuMsPerTick: 1 }), result({}), []);
  expect(text).toContain('1 (x0.50)');
  expect(text).toContain('every target is met');
  expect(table(result({}), result({ canaries: 5 }), ['x'])).not.toContain('(x1');
});

test('the drawing has a bar for each scenario and no markup of a machine', () => {
  const svg = drawing(result({}));
  expect(svg.match(/serin, 100, 10 %/g)).toHaveLength(6);
  expect(svg).toContain('a &lt;fast> one');
});

import perfHooks from 'node:perf_hooks';
import { Telemetry } from '../../../controller/telemetry/metrics';

const PODINFO = { namespace: 'test', name: 'podinfo' };

async function samples(telemetry: Telemetry, prefix = 'flagger_'): Promise<string[]> {
  const lines = (await telemetry.exposition()).split('\n');
  return lines.filter((line) => line.startsWith(prefix) && !line.includes('_bucket'));
}

test('F#1147, A#4008: the series of the contract, as text', async () => {
  const telemetry = new Telemetry();
  telemetry.info('1.0.0', 'istio');
  telemetry.total('test', 2);
  telemetry.canaryStatus(PODINFO, 'Progressing');
  telemetry.weight(PODINFO, 90, 10);
  telemetry.metricAnalysis(PODINFO, 'request-success-rate', 99.5);
  telemetry.metricAnalysis(PODINFO, 'request-duration', 0.515);
  telemetry.duration(PODINFO, 0.3);
  telemetry.success(PODINFO, 'canary', 'skipped');
  telemetry.failure(PODINFO, 'ab-testing');
  expect(await samples(telemetry)).toEqual([
    'flagger_info{version="1.0.0",mesh_provider="istio"} 1',
    'flagger_canary_total{namespace="test"} 2',
    'flagger_canary_status{name="podinfo",namespace="test"} 0',
    'flagger_canary_weight{workload="podinfo-primary",namespace="test"} 90',
    'flagger_canary_weight{workload="podinfo",namespace="test"} 10',
    'flagger_canary_metric_analysis{name="podinfo",namespace="test",metric="request-success-rate"} 99.5',
    'flagger_canary_metric_analysis{name="podinfo",namespace="test",metric="request-duration"} 0.515',
    'flagger_canary_duration_seconds_sum{name="podinfo",namespace="test"} 0.3',
    'flagger_canary_duration_seconds_count{name="podinfo",namespace="test"} 1',
    'flagger_canary_successes_total{name="podinfo",namespace="test",deployment_strategy="canary",analysis_status="skipped"} 1',
    'flagger_canary_failures_total{name="podinfo",namespace="test",deployment_strategy="ab-testing",analysis_status="completed"} 1',
  ]);
});

test('types and the default buckets', async () => {
  const telemetry = new Telemetry();
  telemetry.duration(PODINFO, 0.3);
  const text = await telemetry.exposition();
  for (const type of ['flagger_info gauge', 'flagger_canary_weight gauge', 'flagger_canary_failures_total counter']) {
    expect(text).toContain(`# TYPE ${type}\n`);
  }
  const bounds = [...text.matchAll(/flagger_canary_duration_seconds_bucket\{le="([^"]+)"/g)].map(([, le]) => le);
  expect(bounds).toEqual(['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']);
});

test.each([
  ['Progressing', 0],
  ['Failed', 2],
  ['', 1],
  ['Waiting', 1],
  ['WaitingPromotion', 1],
  ['Promoting', 1],
  ['Finalising', 1],
  ['Succeeded', 1],
  ['Initialized', 1],
] as const)('status in phase "%s" is %d', async (phase, value) => {
  const telemetry = new Telemetry();
  telemetry.canaryStatus(PODINFO, phase);
  expect(await samples(telemetry)).toEqual([`flagger_canary_status{name="podinfo",namespace="test"} ${value}`]);
});

test('A#4571, APR#2851, APR#3929, APR#4631, C36: a deleted Canary leaves no series, an empty namespace no total', async () => {
  const telemetry = new Telemetry();
  const other = { namespace: 'test', name: 'backend' };
  for (const target of [PODINFO, other]) {
    telemetry.canaryStatus(target, 'Failed');
    telemetry.weight(target, 100, 0);
    telemetry.metricAnalysis(target, 'x', 1);
    telemetry.duration(target, 1);
    telemetry.success(target, 'canary', 'completed');
    telemetry.failure(target, 'blue-green');
  }
  telemetry.total('test', 1);
  telemetry.forget(PODINFO);
  telemetry.total('test', 0);
  const left = await samples(telemetry);
  expect(left.filter((line) => line.includes('podinfo'))).toEqual([]);
  expect(left.filter((line) => line.includes('backend'))).toHaveLength(8);
  expect(left.filter((line) => line.includes('canary_total'))).toEqual([]);
});

test("what is Serin's own has its own prefix", async () => {
  const telemetry = new Telemetry();
  telemetry.queueDepth(3);
  telemetry.apiRequest('GET', 200);
  telemetry.apiRequest('PATCH', 'ECONNREFUSED');
  telemetry.hookLost();
  telemetry.tickLateness(-1);
  expect(await samples(telemetry, 'serin_')).toEqual([
    'serin_tick_lateness_seconds_sum 0',
    'serin_tick_lateness_seconds_count 1',
    'serin_queue_depth 3',
    'serin_api_requests_total{method="GET",code="200"} 1',
    'serin_api_requests_total{method="PATCH",code="ECONNREFUSED"} 1',
    'serin_hook_deliveries_lost_total 1',
  ]);
});

test('two controllers in one process do not share series', async () => {
  const [first, second] = [new Telemetry(), new Telemetry()];
  first.total('test', 1);
  expect(await samples(second)).toEqual([]);
});

test('looking at the event loop does not keep an idle process awake', async () => {
  const watch = jest.spyOn(perfHooks, 'monitorEventLoopDelay');
  const telemetry = new Telemetry({ process: true });
  const resolutions = watch.mock.calls.map(([options]) => options?.resolution);
  for (const { value } of watch.mock.results) value.disable();
  watch.mockRestore();
  expect(resolutions).toEqual([1_000]);
  expect(await telemetry.exposition()).toContain('nodejs_eventloop_lag_p99_seconds');
});

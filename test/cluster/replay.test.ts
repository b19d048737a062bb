/** `serin simulate` as a process against a real Prometheus that has seen an application and a bad release of it. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type PastApplication, pastApplication } from '../cli/past-application';
import { aCanary } from '../fixtures';
import { tryCommand } from './control-plane/command';
import { attachedPlane } from './control-plane/plane';
import { type Prometheus, startPrometheus } from './prometheus';

const SERIN = join(__dirname, '../../bin/serin.js');

let past: PastApplication;
let prometheus: Prometheus;
beforeAll(async () => {
  // Ends about now: ranges are counted from the present.
  past = await pastApplication(Math.floor(Date.now() / 1000) * 1000 - 1_210_000);
  prometheus = await startPrometheus({ assets: attachedPlane().assets, openMetrics: openMetrics(past) });
}, 120_000);
afterAll(() => prometheus?.stop());

/** All that the Prometheus of the sandbox has scraped. */
function openMetrics({ sandbox }: PastApplication): string {
  const lines = sandbox.prometheus.series.select([]).flatMap(({ labels: { __name__: name, ...labels }, samples }) => {
    const braces = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const finite = samples.filter(({ value }) => Number.isFinite(value));
    return finite.map(({ timeMs, value }) => `${name}{${braces.join(',')}} ${value} ${timeMs / 1000}`);
  });
  return [...lines, '# EOF', ''].join('\n');
}

const METRICS = [
  { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' },
  { name: 'request-duration', thresholdRange: { max: 500 }, interval: '1m' },
];
const RELEASE = stringify(
  aCanary({ interval: '30s', threshold: 2, stepWeight: 25, metrics: METRICS }, { progressDeadlineSeconds: 60 }),
);

/** With the release on standard input. */
const simulate = (...args: string[]) =>
  tryCommand(process.execPath, [SERIN, 'simulate', '-f', '-', '--prometheus', prometheus.url, ...args], {
    input: RELEASE,
    timeoutMs: 120_000,
  });

const at = (unixMs: number) => new Date(unixMs).toISOString();

test('its queries have answers there', async () => {
  const { result } = await prometheus.query('count(istio_requests_total{destination_workload="podinfo"})');
  expect(result).toHaveLength(1);
});

test('a past release would have been rolled back, a quiet hour promoted', async () => {
  const quiet = at(past.releasedAt - 480_000);
  const bad = at(past.releasedAt);
  const { code, stdout, stderr } = await simulate('--replay', '--at', bad, '--at', quiet);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toContain(`↑ ${quiet}  would have been promoted after`);
  expect(stdout).toContain(`↓ ${bad}  would have been rolled back after`);
  expect(stdout).toContain('advancement success rate');
  expect((await simulate('--replay', '--at', quiet)).code).toBe(0);
}, 120_000);

test('the release is found by what changes with it', async () => {
  const changes = 'count by (pod) (up{app="podinfo"})';
  const { stdout } = await simulate('--replay', '--changes', changes, '--prometheus-range', '19m', '--json');
  const { replays } = JSON.parse(stdout);
  expect(replays).toHaveLength(1);
  // A look a minute, wherever the minute began, at pods that were made, and scraped within five seconds, after the release.
  expect(Math.abs(Date.parse(replays[0].at) - past.releasedAt)).toBeLessThanOrEqual(75_000);
  expect(replays[0]).toMatchObject({ result: 'rolledBack', queries: [{ values: expect.any(Number) }, {}] });
  expect(replays[0].queries[0].values).toBeGreaterThan(10);
}, 120_000);

test('traffic, errors and latency of the present version are taken from it', async () => {
  const args = ['--prometheus-range', '20m', '--runs', '0', '--json'];
  const { stdout } = await simulate(...args);
  const { traffic, good } = JSON.parse(stdout);
  const rates = Object.values(traffic) as number[];
  expect(Math.max(...rates)).toBeGreaterThan(8);
  expect(Math.max(...rates)).toBeLessThan(11);
  expect(good.errors).toBeGreaterThan(0.001);
  expect(Object.keys(good.latency)).toEqual(['p50', 'p99']);
}, 120_000);

test('a query that it refuses is told in its words', async () => {
  const { code, stderr } = await simulate('--replay', '--changes', 'up{', '--prometheus-range', '1h');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^serin: Prometheus http:\/\/127\.0\.0\.1:\d+ does not answer up\{: bad_data: .*parse error/);
});

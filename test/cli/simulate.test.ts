/** `serin simulate`: good and bad versions, chance, pictures, and releases that have been. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../cli/command-line';
import { runSimulateVerb, type SimulateOptions } from '../../cli/simulate';
import { wilson } from '../../cli/simulate/interval';
import { releasesIn, timeOf } from '../../cli/simulate/replay';
import { timelineSvg } from '../../cli/simulate/timeline-svg';
import { PROMETHEUS_URL } from '../../sandbox/world';
import { aTerminal } from './fake-terminal';
import { pastApplication } from './past-application';

jest.setTimeout(180_000);

const CANARY = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: test }
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  service: { port: 9898 }
  progressDeadlineSeconds: 60
  analysis:
    interval: 30s
    threshold: 2
    stepWeight: 25
    metrics:
    - { name: request-success-rate, thresholdRange: { min: 99 }, interval: 1m }
    - { name: request-duration, thresholdRange: { max: 500 }, interval: 1m }
`;

let folder: string;
let release: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'serin-simulate-'));
  release = written('release.yaml', CANARY);
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function simulate(...args: string[]) {
  return simulateWith('', ...args);
}

async function simulateWith(input: string, ...args: string[]) {
  const { terminal, written: streams } = aTerminal({}, undefined, input);
  const code = await runCommandLine(['simulate', ...args], terminal);
  return { code, ...streams };
}

test('a policy that promotes what is good and stops what is bad', async () => {
  const { code, out, err } = await simulate('-f', release, '--runs', '2');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n');
  expect(lines[0]).toBe('podinfo.test 20 requests/s; a good version: errors 0.1%');
  expect(out).toMatch(/^✔ good +promoted after .* s, at most 100 % of the traffic, \d+ of \d+ requests hurt by it/m);
  expect(out).toMatch(/^✔ every request fails +rolled back after .*\n +Halt podinfo\.test advancement success rate/m);
  for (const bad of ['every 10th request fails', 'twice too slow', 'crashes after a minute', 'never ready']) {
    expect(out).toMatch(new RegExp(`^✔ ${bad} +rolled back after`, 'm'));
  }
  expect(out).toMatch(
    /^0 of 2 good releases rolled back by noise: 0 % \(95 % interval 0 % to 65\.8 %, seeds 1 to 2\)$/m,
  );
});

test('a policy that looks at nothing fails', async () => {
  const blind = written('blind.yaml', CANARY.replace(/ {4}metrics:[\s\S]*/, ''));
  const { code, out } = await simulate('-f', blind, '--runs', '0');
  expect(code).toBe(1);
  expect(out).toMatch(/^✘ every request fails +promoted after/m);
});

test('a version of one’s own, as JSON and as a picture', async () => {
  const behaviour = written('v2.yaml', 'errors: 10%\nlatency: { p50: 30ms, p99: 200ms }\n');
  const svg = join(folder, 'v2.svg');
  const args = ['-f', release, '--behaviour', behaviour, '--runs', '3', '--traffic', '2', '--json', '--svg', svg];
  const { code, out } = await simulate(...args);
  expect(code).toBe(1);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ canary: 'podinfo.test', traffic: 2, versions: [{ result: 'rolledBack' }] });
  expect(report.noise).toMatchObject({ runs: 3, seed: 1 });
  expect(JSON.parse((await simulate(...args)).out)).toEqual(report);
  const picture = readFileSync(svg, 'utf8');
  expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(picture).toContain('request-success-rate');
  expect(picture).toContain('rolled back after');
});

test('what is not decided in time has an exit code of its own', async () => {
  const held = written(
    'held.yaml',
    CANARY.replace('min: 99 }, interval: 1m', 'min: 99 }, interval: 1m, minSamples: 100000, noData: pause')
      .replace('progressDeadlineSeconds: 60', 'progressDeadlineSeconds: 20000')
      .replace('interval: 30s', 'interval: 10m'),
  );
  const { code, out } = await simulate(
    '-f',
    held,
    '--runs',
    '0',
    '--behaviour',
    written('good.yaml', 'errors: 0\n'),
    '--traffic',
    '1',
  );
  expect(code).toBe(3);
  expect(out).toMatch(/^\? new version +undecided after 2 h, still Progressing/m);
});

test('a picture says what it shows, whatever names are in it', async () => {
  const users = { requests: 0, errors: 0, slow: 0, onNewVersion: 0, hurtByNewVersion: 0, affected: 0 };
  const timeline = { canary: 'a', title: '<b>&"', entries: [], users: [] };
  const outcome = {
    result: 'promoted',
    canary: 'a',
    phase: '',
    tookMs: 1,
    weights: [],
    users,
    leftovers: [],
    timeline,
  } as const;
  expect(timelineSvg('x', [{ title: '<i>', outcome }])).toMatch(/&lt;i&gt;[\s\S]*&lt;b&gt;&amp;&quot;/);
});

test.each([
  [[], /required option '-f, --file <path>'/],
  [['-f', '/nope.yaml'], /no such file or folder/],
  [['-f', 'RELEASE', '--runs', 'many'], /"many" is not a count/],
  [['-f', 'RELEASE', '--traffic', '0'], /"0" is no traffic: give a number above 0/],
  [['-f', 'RELEASE', '--release', 'other'], /name one of the Canaries: podinfo/],
  [['-f', 'RELEASE', '--replay'], /--replay needs --prometheus URL/],
  [['-f', 'RELEASE', '--replay', '--prometheus', 'http://x'], /needs the times of releases: --at TIME, or --changes/],
  [
    ['-f', 'RELEASE', '--behaviour', 'WRONG'],
    /eror is no field of a behaviour, there are errors \(a share such as 5%\)/,
  ],
])('%j is refused', async (args, text) => {
  const wrong = written('wrong.yaml', 'eror: 5%\n');
  const given = args.map((arg) => (arg === 'RELEASE' ? release : arg === 'WRONG' ? wrong : arg));
  const { code, out, err } = await simulate(...given);
  expect(code).toBeGreaterThan(0);
  expect(out).toBe('');
  expect(err).toMatch(/^serin: [^\n]+\n$/);
  expect(err).toMatch(text);
});

test('standard input is the release, or the behaviour, but not both', async () => {
  const fromInput = await simulateWith(
    CANARY,
    '-f',
    '-',
    '--runs',
    '0',
    '--behaviour',
    written('bad.yaml', 'errors: 50%\n'),
  );
  expect(fromInput).toMatchObject({ code: 1, err: '' });
  expect(fromInput.out).toMatch(/^↓ new version +rolled back after/m);
  const behaviour = await simulateWith('errors: 0\n', '-f', release, '--runs', '0', '--behaviour', '-');
  expect(behaviour).toMatchObject({ code: 0, err: '' });
  const both = await simulateWith(CANARY, '-f', '-', '--behaviour', '-');
  expect(both).toMatchObject({ code: 2, out: '' });
  expect(both.err).toContain('both read standard input');
  expect((await simulateWith('', '-f', '-')).err).toMatch(/^serin: .*no Canary in it/);
});

describe('metrics that cannot be asked here', () => {
  const VENDOR = `${CANARY}    - { name: errors-of-datadog, templateRef: { name: errors }, thresholdRange: { max: 1 } }
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: errors, namespace: test }
spec: { provider: { type: datadog, secretRef: { name: keys } }, query: 'avg:errors{*}' }
`;
  const behaviour = () => ['--runs', '0', '--behaviour', written('as-good.yaml', '{}\n')];

  test('say what they are told to say', async () => {
    const file = written('vendor.yaml', VENDOR);
    const played = (value: string) => simulate('-f', file, ...behaviour(), '--metric', `errors-of-datadog=${value}`);
    expect(await played('0.2')).toMatchObject({ code: 0, err: '' });
    const high = await played('3');
    expect(high.code).toBe(1);
    expect(high.out).toContain('advancement errors-of-datadog 3.00 > 1');
    expect((await played('none')).out).toContain('no values found for custom metric: errors-of-datadog');
  });

  test.each<[string, string, string[], RegExp]>([
    [
      'no value',
      VENDOR,
      [],
      /metric errors-of-datadog asks datadog, which is not here: say what it answers with --metric errors-of-datadog=NUMBER/,
    ],
    [
      'no template',
      VENDOR.split('---')[0]!,
      [],
      /asks the MetricTemplate test\/errors, which is in none of the files: add its file with -f, or say .* --metric errors-of-datadog=NUMBER/,
    ],
    ['no number', VENDOR, ['--metric', 'errors-of-datadog=low'], /write NAME=NUMBER, or NAME=none/],
    ['no such metric', VENDOR, ['--metric', 'eror=1'], /the Canary has no such metric, it has errors-of-datadog/],
    [
      'a built-in one',
      VENDOR,
      ['--metric', 'request-duration=1'],
      /follows from the version: write it with --behaviour/,
    ],
  ])('%s is refused with a remedy', async (_what, text, args, expected) => {
    const { code, err } = await simulate('-f', written('vendor.yaml', text), ...behaviour(), ...args);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});

test('Wilson’s interval', () => {
  expect(wilson(0, 100)).toMatchObject({ share: 0, low: 0, high: expect.closeTo(0.037, 3) });
  expect(wilson(10, 100)).toMatchObject({ low: expect.closeTo(0.0552, 3), high: expect.closeTo(0.1744, 3) });
  expect(wilson(5, 5)).toMatchObject({ low: expect.closeTo(0.5655, 3), high: 1 });
});

test('times and changes', () => {
  expect(timeOf('2026-11-24T12:00:00Z')).toBe(Date.UTC(2026, 10, 24, 12));
  expect(timeOf('1700000000')).toBe(1_700_000_000_000);
  expect(() => timeOf('yesterday')).toThrow(/is not a time: write it like/);
  const minutes = (from: number, to: number, value = 1) =>
    Array.from({ length: to - from }, (_, index) => [(from + index) * 60_000, value] as const);
  const series = [
    { labels: {}, points: minutes(0, 100) },
    { labels: {}, points: minutes(40, 100) },
    { labels: {}, points: [...minutes(0, 70), ...minutes(70, 100, 2)] },
  ];
  expect(releasesIn(series, 0, 60_000)).toEqual([40 * 60_000, 70 * 60_000]);
});

describe('with a Prometheus', () => {
  const past = pastApplication(Date.UTC(2026, 0, 1, 9)).then(({ sandbox, ...times }) => ({
    http: sandbox.http,
    ...times,
  }));

  const options: Omit<SimulateOptions, 'file'> = {
    traffic: 20,
    errors: '0.1%',
    metric: [],
    runs: 0,
    seed: 1,
    color: false,
    meshProvider: 'istio',
    prometheus: PROMETHEUS_URL,
    at: [],
  };

  async function run(more: Partial<SimulateOptions>) {
    const { http, now } = await past;
    const { terminal, written: streams } = aTerminal();
    const code = await runSimulateVerb({ ...options, file: [release], ...more }, terminal, { http, now });
    return { code, ...streams };
  }

  test('a past release would have been rolled back, a quiet hour promoted', async () => {
    const { releasedAt } = await past;
    const quiet = new Date(releasedAt - 480_000).toISOString();
    const bad = new Date(releasedAt).toISOString();
    const { code, out } = await run({ replay: true, at: [bad, quiet] });
    expect(code).toBe(1);
    expect(out).toContain(`↑ ${quiet}  would have been promoted after`);
    expect(out).toContain(`↓ ${bad}  would have been rolled back after`);
    expect(out).toContain('advancement success rate');
    expect((await run({ replay: true, at: [quiet] })).code).toBe(0);
  });

  test('releases are found by what changes with them', async () => {
    const { releasedAt } = await past;
    const found = await run({
      replay: true,
      changes: 'count by (pod) (up{app="podinfo"})',
      prometheusRange: '15m',
      json: true,
    });
    const { replays } = JSON.parse(found.out);
    expect(replays).toHaveLength(1);
    expect(Math.abs(Date.parse(replays[0].at) - releasedAt)).toBeLessThanOrEqual(60_000);
    expect(replays[0]).toMatchObject({ result: 'rolledBack', queries: [{ values: expect.any(Number) }, {}] });
    await expect(run({ replay: true, changes: 'vector(1)', prometheusRange: '15m' })).rejects.toThrow(
      /no release found/,
    );
  });

  test('where nothing was measured, that is said and nothing is promoted', async () => {
    const { releasedAt } = await past;
    const early = new Date(releasedAt - 10_800_000).toISOString();
    const { code, out } = await run({ replay: true, at: [early] });
    expect(code).toBe(1);
    expect(out).toMatch(/Prometheus has nothing of .*istio_requests_total/);
  });

  test('traffic, errors and latency of the present version are taken from it', async () => {
    const { out } = await run({ prometheusRange: '15m', json: true, behaviour: written('as-it-is.yaml', '{}\n') });
    const { traffic, good } = JSON.parse(out);
    expect(Object.keys(traffic)).toEqual(['09:30']);
    expect(traffic['09:30']).toBeGreaterThan(8);
    expect(traffic['09:30']).toBeLessThan(11);
    expect(good.errors).toBeGreaterThan(0.0005);
    expect(good.errors).toBeLessThan(0.01);
    expect(Object.keys(good.latency)).toEqual(['p50', 'p99']);
  });

  test('a Prometheus that refuses or is away is named', async () => {
    await expect(run({ prometheus: 'http://nowhere:9090', prometheusRange: '1h' })).rejects.toThrow(
      /Prometheus http:\/\/nowhere:9090 does not answer .*ENOTFOUND/,
    );
    await expect(run({ replay: true, changes: 'up{', prometheusRange: '1h' })).rejects.toThrow(/bad_data/);
  });
});

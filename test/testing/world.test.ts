/** Faults, gates, webhooks, metrics and alerts around a release, and what tests say when they fail. */
import { App, Chart } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderType,
  Gate,
  Metric,
  MetricProviderType,
  MetricTemplate,
  Strategy,
  Webhook,
} from 'serin';
import { RolloutFailed, rollout } from 'serin/testing';
import { stringify } from 'yaml';
import { GATES, podinfo } from './fixtures';

jest.setTimeout(60_000);
const gates = Gate.onLoadTester(GATES);
const good = { image: 'v2' };
const release = rollout(podinfo()).release('podinfo', good);

describe('faults', () => {
  test('metrics that are down hold a release, and it goes on when they are back', async () => {
    await release.metricsDown({ at: '50s' }).expect().staysOn(20, { for: '1m' }).says('Prometheus query failed');
    await release.metricsDown({ at: '50s', for: '30s' }).expect().promoted().weights(10, 20, 30, 40, 50);
  });

  test('the API server or the controller may be away', async () => {
    await release.apiServerDown({ at: '50s', for: '1m' }).expect().promoted({ within: '6m' });
    await release.controllerDown({ at: '50s', for: '20s' }).expect().promoted().weights(10, 20, 30, 40, 50);
    await release.controllerDown({ at: '50s' }).expect().staysOn(20, { for: '5m' });
  });

  test('a webhook that hangs fails after its timeout', async () => {
    const chart = podinfo({ webhooks: [Webhook.preRollout('acceptance', { url: `${GATES}/accept` })] });
    const hanging = rollout(chart).release('podinfo', good).webhookHangs('acceptance');
    await hanging.expect().rolledBack({ because: 'deadline exceeded' }).weights();
  });
});

describe('gates and webhooks', () => {
  const gated = rollout(
    podinfo({
      webhooks: [
        gates.confirmRollout('start'),
        gates.confirmPromotion('promotion'),
        gates.rollback('panic'),
        Webhook.rollout('check', { url: 'http://checks.test/' }),
      ],
    }),
  ).release('podinfo', good);

  test('say yes by default, and a rollback gate no', async () => {
    await gated.expect().promoted({ within: '4m' });
  });

  test('approved at a time', async () => {
    const { timeline } = await gated.approve('start', { at: '3m' }).expect().promoted();
    const first = timeline.entries.find(({ kind }) => kind === 'weight');
    expect(first?.atMs).toBeGreaterThanOrEqual(180_000);
    expect(first?.atMs).toBeLessThan(240_000);
  });

  test('rejected: nothing starts, or nothing is promoted', async () => {
    await gated.reject('start').expect().staysOn(0);
    await gated.reject('promotion').expect().staysOn(50).says('waiting for promotion approval promotion');
  });

  test('held for a while', async () => {
    const held = gated.hold('promotion', { at: '0s', for: '10m' });
    const outcome = await held.expect().promoted();
    expect(outcome.tookMs).toBeGreaterThan(600_000);
  });

  test('an approved rollback gate rolls back', async () => {
    await gated.approve('panic', { at: '70s' }).expect().rolledBack({ within: '95s' }).neverExceeds(30);
  });

  test('answer what a script says, and are told in the timeline', async () => {
    const asked: string[] = [];
    const scripted = gated.webhook('check', ({ name, type, phase, atMs }) => {
      asked.push(`${name} ${type} ${phase}`);
      return atMs < 60_000 ? 200 : { status: 500, body: 'too few orders' };
    });
    const outcome = await scripted.expect().rolledBack({ because: 'too few orders' });
    expect(new Set(asked)).toEqual(new Set(['check rollout Progressing']));
    expect(outcome.timeline.entries).toContainEqual(
      expect.objectContaining({ kind: 'hook', name: 'check', answer: '500' }),
    );
  });

  test('reach the load tester when that is asked for', async () => {
    const chart = podinfo({
      webhooks: [
        Webhook.loadTest('load', { url: GATES, cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/' }),
      ],
      strategy: Strategy.blueGreen({ iterations: 3 }),
    });
    const quiet = rollout(chart).traffic({ perSecond: 1 }).release('podinfo', good);
    await quiet.expect().rolledBack({ because: 'no values found' });
    await quiet.withLoadTester().expect().promoted();
  });
});

test('metrics of a template say what a script says', async () => {
  const chart = podinfo();
  const provider = { type: MetricProviderType.DATADOG, secret: { name: 'datadog' } };
  const template = new MetricTemplate(chart, 'errors', { metadata: { name: 'errors' }, provider, query: 'avg:errors' });
  const canary = chart.node.findChild('canary') as unknown as { addMetric(metric: Metric): void };
  canary.addMetric(Metric.template(template, { max: 5 }));
  const asked = rollout(chart).release('podinfo', good);
  await asked.metric('errors', 3).expect().promoted();
  await asked
    .metric('errors', ({ weight }) => (weight >= 30 ? 9 : 1))
    .expect()
    .rolledBack({ because: 'errors' })
    .neverExceeds(30);
  await asked.metric('errors', undefined).expect().rolledBack({ because: 'no values found' });
  await expect(asked.run()).rejects.toThrow(/datadog is not here: say what the metric answers/);
  await expect(asked.metric('request-duration', 5).run()).rejects.toThrow(/built-in metrics follow from the behaviour/);
});

test('alerts are sent to the chat of the Canary, without its secret', async () => {
  const chart = podinfo();
  const provider = new AlertProvider(chart, 'room', {
    metadata: { name: 'room' },
    type: AlertProviderType.SLACK,
    secret: { name: 'slack' },
  });
  const canary = chart.node.findChild('canary') as unknown as { addAlert(alert: object): void };
  canary.addAlert({ name: 'all', provider });
  const { entries } = await rollout(chart).release('podinfo', good).timeline();
  expect(entries.filter(({ kind }) => kind === 'alert')).toContainEqual(expect.objectContaining({ provider: 'room' }));
});

test('a failure prints what happened', async () => {
  const failing = release.expect().rolledBack({ within: '3m' });
  const error: unknown = await failing.then(undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(RolloutFailed);
  const { message, outcome } = error as RolloutFailed;
  expect(outcome.result).toBe('promoted');
  const [first, , title, ...lines] = message.split('\n');
  expect(first).toMatch(
    /^expected podinfo\.test to be rolled back within 3 min, but it was promoted after 2 min \d+ s$/,
  );
  expect(title).toBe('podinfo.test: ghcr.io/podinfo:v2 (healthy), users 20/s, at 12:00 UTC, seed 1');
  expect(lines).toContain('     0:00  release of ghcr.io/podinfo:v2');
  expect(lines.join('\n')).toMatch(
    / {3}\d:\d\d {2}weight {2}20 % #### {0}\.{16}\n.*pass request-success-rate 100 \(min 99\)/,
  );
  expect(lines.at(-1)).toMatch(/^ {2}promoted after .*; \d+ requests of users, 0 failed, 0 slow; \d+ went to the new/);
});

test.each([
  [
    'weights',
    () => release.expect().weights(10, 50),
    /to go over the weights 10, 50, but it went over 10, 20, 30, 40, 50/,
  ],
  ['neverExceeds', () => release.expect().neverExceeds(30), /stay at or below 30 %, but it got 40 %/],
  [
    'promoted in time',
    () => release.expect().promoted({ within: '1m' }),
    /promoted within 1 min, but it was promoted after/,
  ],
  ['staysOn', () => release.expect().staysOn(20), /stay on 20 % for 10 min, but it was promoted/],
  [
    'says',
    () => release.expect().says(/nonsense/),
    /an event of podinfo\.test that says \/nonsense\/, but there was none/,
  ],
  ['nothing', () => release.expect(), /say what is expected/],
])('%s fails when it is not so', async (_, expectation, text) => {
  await expect(Promise.resolve(expectation())).rejects.toThrow(text);
});

test('users who suffer, and reasons that are others, fail it too', async () => {
  const bad = rollout(podinfo()).release('podinfo', { image: 'v2', errors: '50%' });
  await expect(bad.expect().usersAffected({ below: '0.1%' }).then()).rejects.toThrow(
    /fewer than 0\.1 % .* but it were/,
  );
  await expect(bad.expect().rolledBack({ because: 'duration' }).then()).rejects.toThrow(
    /because of duration, but the reason was: Halt podinfo\.test advancement success rate/,
  );
});

test('takes an App, objects and YAML as well', async () => {
  const chart = podinfo();
  const objects = chart.toJson() as object[];
  const sources = [App.of(chart), objects, objects.map((one) => stringify(one)).join('---\n')];
  const outcomes = await Promise.all(sources.map((source) => rollout(source).release('podinfo', good).run()));
  expect(outcomes.map(({ result }) => result)).toEqual(['promoted', 'promoted', 'promoted']);
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[2]).toEqual(outcomes[0]);
  expect(chart.toJson()).toEqual(objects);
});

test.each([
  [
    'another name',
    () => release.release('other', good).run(),
    /"other" makes no sense: name one of the Canaries: podinfo/,
  ],
  ['the same image', () => rollout(podinfo()).release('podinfo', { image: 'v1' }).run(), /it runs already/],
  [
    'a wrong share',
    () => rollout(podinfo()).release('podinfo', { image: 'v2', errors: '5 percent' }).run(),
    /write a share such as '5%'/,
  ],
  [
    'a wrong time',
    () => release.expect().promoted({ within: '3 minutes' }).then(),
    /within: "3 minutes" makes no sense/,
  ],
  [
    'falling quantiles',
    () =>
      rollout(podinfo())
        .release('podinfo', { image: 'v2', latency: { p50: '2s', p99: '1s' } })
        .run(),
    /must rise/,
  ],
  ['no release', () => rollout(podinfo()).run(), /say what is released/],
  ['an empty chart', async () => rollout(new Chart(new App(), 'none')), /give a Chart, an App, objects or YAML/],
  [
    'an unknown webhook',
    async () => release.approve('gate', { at: '1m' }),
    /no webhook is called gate: the Canaries have none/,
  ],
  [
    'no workload',
    () =>
      rollout((podinfo().toJson() as object[]).slice(1))
        .release('podinfo', good)
        .run(),
    /first version of podinfo does not come up/,
  ],
])('%s is refused with a remedy', async (_, attempt, text) => {
  await expect((async () => attempt())()).rejects.toThrow(text);
});

/** What becomes of versions that act in one way or another, on the construct that is deployed. */
import { Duration } from 'cdk8s';
import { Metric, Strategy } from 'serin';
import { rollout } from 'serin/testing';
import { podinfo } from './fixtures';

jest.setTimeout(60_000);
const release = rollout(podinfo());

test('F#784, F#1358: the example of the issue: 5 % errors are rolled back within 3 minutes', async () => {
  const outcome = await release
    .release('podinfo', { image: 'v2', errors: '5%' })
    .expect()
    .rolledBack({ within: '3m', because: 'request-success-rate' })
    .weights(10, 20)
    .usersAffected({ below: '1%' });
  expect(outcome).toMatchObject({ result: 'rolledBack', canary: 'podinfo.test', phase: 'Failed', leftovers: [] });
  expect(outcome.because).toMatch(/^Halt podinfo\.test advancement success rate 9\d\.\d+% < 99%$/);
});

test('a healthy version is promoted over all weights, and nobody suffers', async () => {
  const outcome = await release
    .release('podinfo', { image: 'v2' })
    .expect()
    .promoted({ within: '4m' })
    .weights(10, 20, 30, 40, 50)
    .says('Promotion completed!');
  expect(outcome.users).toMatchObject({ errors: 0, slow: 0, affected: 0, hurtByNewVersion: 0 });
  expect(outcome.users.onNewVersion).toBeGreaterThan(500);
});

test('a slow tail is seen by request-duration, and by users', async () => {
  const latency = { p50: '40ms', p90: '200ms', p99: '900ms' };
  const outcome = await release
    .release('podinfo', { image: 'v2', latency })
    .expect()
    .rolledBack({ because: /request-duration/ })
    .neverExceeds(20);
  expect(outcome.users.slow).toBeGreaterThan(0);
  expect(outcome.users.hurtByNewVersion).toBe(outcome.users.slow);
});

test('pods that never become ready get no traffic, and the deadline ends it', async () => {
  const never = release.release('podinfo', { image: 'v2', neverReady: true });
  const outcome = await never.expect().rolledBack({ within: '130s', because: 'not ready' }).weights();
  expect(outcome.users.onNewVersion).toBe(0);
});

test('a crash loop is rolled back, whether it starts at once or later', async () => {
  await release.release('podinfo', { image: 'v2', crash: true }).expect().rolledBack().neverExceeds(0);
  await release.release('podinfo', { image: 'v2', crash: '40s' }).expect().rolledBack().neverExceeds(20);
});

test('a slow start delays the first weight', async () => {
  const { timeline } = await release.release('podinfo', { image: 'v2', startup: '40s' }).expect().promoted();
  const first = timeline.entries.find(({ kind }) => kind === 'weight');
  expect(first?.atMs).toBeGreaterThanOrEqual(40_000);
});

test('cold pods are forgiven when they warm up in time, and not when they do not', async () => {
  const cold = (requests: number) => ({ image: 'v2', warmUp: { requests, slowdown: 20 } });
  await release.release('podinfo', cold(25)).expect().promoted();
  await release.release('podinfo', cold(2000)).expect().rolledBack({ because: 'request-duration' });
});

test('without users at night there is nothing to judge by', async () => {
  const daily = release.traffic({ perSecond: { '00:00': 0, '06:00': 0, '12:00': 40, '18:00': 0 } });
  const version = { image: 'v2' };
  await daily.options({ startAt: '12:00' }).release('podinfo', version).expect().promoted();
  await daily
    .options({ startAt: '02:00' })
    .release('podinfo', version)
    .expect()
    .rolledBack({ because: 'no values found' });
});

test('noisy neighbours can fail a healthy version', async () => {
  const busy = { every: '1h', for: '30m', slowdown: 20, nodes: 3 };
  const noisy = release.noisyNeighbour(busy).release('podinfo', { image: 'v2' });
  const outcome = await noisy.expect().rolledBack({ because: 'request-duration' });
  expect(outcome.users.slow).toBeGreaterThan(outcome.users.hurtByNewVersion);
  await release
    .noisyNeighbour({ ...busy, slowdown: 2 })
    .release('podinfo', { image: 'v2' })
    .expect()
    .promoted();
});

test('an A/B test is for the users that it is about', async () => {
  const chart = podinfo({
    strategy: Strategy.abTest({ iterations: 3, match: [{ headers: { 'x-beta': { exact: 'yes' } } }] }),
  });
  const outcome = await rollout(chart)
    .traffic({ perSecond: 10 })
    .traffic({ perSecond: 2, headers: { 'x-beta': 'yes' } })
    .release('podinfo', { image: 'v2', errors: '50%' })
    .expect()
    .rolledBack();
  expect(outcome.users.onNewVersion / outcome.users.requests).toBeLessThan(0.2);
  expect(outcome.users.hurtByNewVersion).toBeGreaterThan(0);
});

test('mirrored requests hurt nobody', async () => {
  const chart = podinfo({ strategy: Strategy.mirrored({ iterations: 3 }) });
  const mirrored = rollout(chart).release('podinfo', { image: 'v2', errors: '50%' });
  await mirrored.expect().rolledBack().weights().usersAffected({ below: 0.000001 });
});

test('another provider is played with the routes that the sandbox follows, and says so', async () => {
  const chart = podinfo({ interval: Duration.seconds(10) }, { provider: 'traefik' });
  const outcome = await rollout(chart)
    .release('podinfo', { image: 'v2' })
    .expect()
    .promoted()
    .weights(10, 20, 30, 40, 50);
  expect(outcome.timeline.title).toContain('traefik played with istio');
});

test('a newer version in the middle of a run replaces it', async () => {
  const outcome = await release
    .release('podinfo', { image: 'v2' })
    .release('podinfo', { image: 'v3', at: '1m' })
    .expect()
    .promoted({ within: '4m' })
    .weights(10, 20, 30, 40, 50);
  const releases = outcome.timeline.entries.filter(({ kind }) => kind === 'release');
  expect(releases.map(({ atMs }) => atMs)).toEqual([0, 60_000]);
});

test('a fix of a version that does not come up has its whole deadline', async () => {
  await release
    .release('podinfo', { image: 'v2', neverReady: true })
    .release('podinfo', { image: 'v3', at: '110s', startup: '30s' })
    .expect()
    .promoted();
});

test('a fix after a rollback is promoted', async () => {
  await release
    .release('podinfo', { image: 'v2', crash: true })
    .release('podinfo', { image: 'v3' })
    .expect()
    .promoted()
    .says('Rolling back podinfo.test');
});

test('chance makes noise where there is little traffic, the same for the same seed', async () => {
  const small = rollout(podinfo({ metrics: [Metric.successRate({ min: 99 })] }), { chance: 'drawn' });
  const playOf = (seed: number) =>
    small.options({ seed }).traffic({ perSecond: 2 }).release('podinfo', { image: 'v2', errors: '1%' }).run();
  const [first, again, other] = await Promise.all([playOf(1), playOf(1), playOf(2)]);
  expect(again).toEqual(first);
  expect(other.timeline.users).not.toEqual(first.timeline.users);
});

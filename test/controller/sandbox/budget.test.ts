/** What a Canary costs the API server, and how long a release takes: counts and ratios, no wall time. */
import { bootstrapped } from './podinfo';

/** Watches are renewed by the clock, whatever the number of Canaries. */
const isWatch = (request: string) => request.includes('watch=');

test('an idle Canary causes no API requests between changes', async () => {
  const cluster = await bootstrapped();
  await cluster.clock.advance(60_000);
  cluster.requests.length = 0;
  await cluster.clock.advance(300_000);
  expect(cluster.requests.filter((request) => !isWatch(request))).toEqual([]);
  await cluster.stop();
});

test('a progressing tick makes at most three writes and no reads', async () => {
  const cluster = await bootstrapped();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '80/20', { limitMs: 300_000 });
  await cluster.clock.advance(5000);
  for (const next of ['70/30', '60/40', '50/50']) {
    cluster.requests.length = 0;
    await cluster.clock.runUntil(() => cluster.routes() === next, { limitMs: 60_000 });
    await cluster.clock.advance(5000);
    const made = cluster.requests.filter((request) => !isWatch(request)).map((request) => request.split('?')[0]);
    expect(made.sort()).toEqual([
      'PATCH /apis/flagger.app/v1beta1/namespaces/test/canaries/podinfo/status',
      'POST /api/v1/namespaces/test/events',
      'PUT /apis/networking.istio.io/v1beta1/namespaces/test/virtualservices/podinfo',
    ]);
  }
  await cluster.stop();
});

test('a step is one look: nothing follows from what it writes', async () => {
  const cluster = await bootstrapped();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  await cluster.clock.runUntil(() => cluster.routes() === '80/20', { limitMs: 300_000 });
  await cluster.clock.advance(5000);
  const looks = async () => {
    const [, count] = /serin_tick_lateness_seconds_count (\d+)/.exec(await cluster.telemetry.exposition()) ?? [];
    return Number(count);
  };
  for (const next of ['70/30', '60/40', '50/50']) {
    await cluster.clock.runUntil(() => cluster.routes() === next, { limitMs: 60_000 });
    const before = await looks();
    await cluster.clock.advance(1000);
    expect(await looks()).toBe(before);
  }
  await cluster.stop();
});

test("a run of 10 steps takes at most 1.15 times its 10 intervals, pods' start-up aside", async () => {
  const cluster = await bootstrapped({ stepWeight: 10, maxWeight: 90, interval: '30s' });
  // One start of the canary's pods, two of the primary's (one after the other).
  const startupMs = 2000 * 3;
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  const tookMs = await cluster.until('Succeeded');
  expect(cluster.events().filter((text) => text.includes('canary weight'))).toHaveLength(9);
  // 9 weights, an analysis after each: 9 intervals from the first weight to the copy; the tenth is the allowance of the rest.
  expect(tookMs - startupMs).toBeLessThanOrEqual(1.15 * 10 * 30_000);
  await cluster.stop();
});

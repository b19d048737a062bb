/** SIGKILL at any moment of a run, and a new process: the same outcome. */
import { bootstrapped } from './podinfo';

const MOMENTS = Array.from({ length: 24 }, (_, i) => i * 4700 + 137);

test.each([
  ['a promotion', '3.1.1', 'Succeeded'],
  ['a rollback', '3.1.2', 'Failed'],
])('%s ends the same however often the controller dies', async (_what, tag, ends) => {
  for (const moments of [MOMENTS, MOMENTS.map((ms) => ms + 2310)]) {
    const cluster = await bootstrapped();
    cluster.sandbox.behaviour('*:3.1.2', { errorRate: 0.5 });
    cluster.setImage(`stefanprodan/podinfo:${tag}`);
    const startedAt = cluster.clock.now();
    for (const moment of moments) {
      if (cluster.status.phase === ends) break;
      await cluster.clock.advanceTo(startedAt + moment);
      await cluster.kill();
    }
    await cluster.until(ends);
    await cluster.clock.advance(15_000);
    expect(cluster.routes()).toBe('100/0');
    expect(cluster.replicas('podinfo')).toBe(0);
    expect(cluster.image('podinfo-primary')).toBe(`stefanprodan/podinfo:${ends === 'Failed' ? '3.1.0' : tag}`);
    const closing =
      ends === 'Failed'
        ? 'W Canary failed! Scaling down podinfo.test'
        : 'N Promotion completed! Scaling down podinfo.test';
    expect(cluster.events()).toContain(closing);
    await cluster.stop();
  }
});

test('a restart of an idle controller starts nothing', async () => {
  const cluster = await bootstrapped();
  const before = cluster.status;
  await cluster.kill();
  await cluster.clock.advance(120_000);
  expect(cluster.status).toEqual(before);
  await cluster.stop();
});

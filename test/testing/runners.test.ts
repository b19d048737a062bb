/**
 * What test runners do to a process must not matter: fake timers here; node:test with the packed package is in
 * test/package/fresh-app.test.ts.
 */
import { rollout } from 'serin/testing';
import { podinfo } from './fixtures';

jest.setTimeout(60_000);

afterEach(() => jest.useRealTimers());

test('fake timers neither stop a release nor move its clock', async () => {
  jest.useFakeTimers({ now: 0 });
  const outcome = await rollout(podinfo()).release('podinfo', { image: 'v2' }).expect().promoted({ within: '4m' });
  expect(outcome.timeline.title).toContain('at 12:00 UTC');
  expect(Date.now()).toBe(0);
});

test('releases that are played at the same time do not know of each other', async () => {
  const good = rollout(podinfo()).release('podinfo', { image: 'v2' });
  const bad = rollout(podinfo()).release('podinfo', { image: 'v2', errors: '5%' });
  const together = await Promise.all([good.run(), bad.run(), good.run()]);
  expect(together).toEqual([await good.run(), await bad.run(), together[0]]);
});

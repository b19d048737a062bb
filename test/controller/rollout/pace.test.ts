/** Steps keep their pace: an interval from look to look, as long as that is not much less from write to look. */
import { aHook } from '../../fixtures';
import { routes, underWay } from './staged';

/** Up to the next step that takes its routes so long to write. */
async function stepThatTakes(ms: number) {
  const stage = await underWay({ stepWeight: 10 });
  stage.now += 10_000;
  stage.slow.set('VirtualService', ms);
  const begun = stage.now;
  const afterMs = await stage.tick();
  stage.slow.clear();
  const weights = async (sinceMs: number) => {
    stage.now = begun + sinceMs;
    await stage.tick();
    return routes(stage);
  };
  return { afterMs, weights };
}

test('the time that a step took is not added to its interval', async () => {
  const { afterMs, weights } = await stepThatTakes(200);
  expect(afterMs).toBe(9_800);
  expect(await weights(10_000)).toBe('70/30');
});

test('a step that took long has its whole interval', async () => {
  const { afterMs, weights } = await stepThatTakes(300);
  expect(afterMs).toBe(10_000);
  expect(await weights(9_700)).toBe('80/20');
  expect(await weights(10_300)).toBe('70/30');
});

test('a clock that is set back during a step makes no wait longer', async () => {
  const { afterMs } = await stepThatTakes(-3_600_000);
  expect(afterMs).toBe(10_000);
});

test('half a second early is early enough, more is not', async () => {
  const { weights } = await stepThatTakes(0);
  expect(await weights(9_499)).toBe('80/20');
  expect(await weights(9_500)).toBe('70/30');
});

test('a gate is asked again by a look that keeps its pace', async () => {
  const stage = await underWay({ stepWeight: 10, webhooks: [aHook('cti', 'confirm-traffic-increase')] });
  stage.hooks['cti'] = { passed: false, error: 'Forbidden' };
  const callsAfter = async (ms: number) => {
    stage.now += ms;
    await stage.tick();
    return stage.rows.at(-1)!.calls;
  };
  expect(await callsAfter(10_000)).toEqual(['cti']);
  expect(await callsAfter(9_499)).toEqual([]);
  stage.now -= 9_499;
  expect(await callsAfter(9_600)).toEqual(['cti']);
});

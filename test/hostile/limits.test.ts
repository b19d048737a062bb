/** Objects and answers at and beyond every bound: what is written stays small, and says what was too large. */
import type { Canary } from '../../model/canary';
import { validate } from '../../model/validate';
import { Stage } from '../controller/rollout/stage';
import { initialized, type Raw, underWay } from '../controller/rollout/staged';
import { aCanary, aDeployment } from '../fixtures';

/** What etcd takes of one object, with room for everything that is not ours. */
const ROOM_BYTES = 1024 * 1024;
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

test('a million mistakes are told in ten, in an event and a condition that fit', async () => {
  const canary = aCanary();
  (canary.spec.analysis as Raw).metrics = Array.from({ length: 100_000 }, () => ({ name: 5, interval: {} }));
  const problems = validate(canary as Canary);
  expect(problems.length).toBeLessThan(1000);
  expect(problems.map(({ message }) => message)).toContain('must have at most 64 entries');
  const stage = new Stage(canary as Canary, aDeployment());
  await stage.tick();
  const [text = ''] = stage.texts();
  expect(text).toMatch(
    /^W invalid canary spec: spec\.analysis\.metrics: must have at most 64 entries; shorten metrics \| /,
  );
  expect(text).toMatch(/ \| and \d+ more$/);
  expect(text.length).toBeLessThan(5_000);
  expect(sizeOf(stage.status)).toBeLessThan(20_000);
});

test('one text of a Canary that is as long as an object may be is cut', async () => {
  const canary = aCanary();
  (canary.spec as Raw).provider = 'x'.repeat(1_000_000);
  const stage = new Stage(canary, aDeployment());
  await stage.tick();
  expect(stage.texts()).toHaveLength(1);
  expect(stage.texts()[0]!.length).toBeLessThan(5_000);
  expect(sizeOf(stage.status)).toBeLessThan(20_000);
});

test('the record of ten runs of 64 metrics with the longest names, queries and errors fits into an object', async () => {
  const metrics = Array.from({ length: 64 }, (_, index) => ({
    name: `${index}-${'n'.repeat(1000)}`,
    query: 'q'.repeat(8000),
    thresholdRange: { max: 1 },
  }));
  const stage = await initialized({ metrics, threshold: 1 });
  for (const { name } of metrics) {
    stage.metrics[name] = {
      outcome: 'error',
      reason: 'QueryFailed',
      message: 'e'.repeat(100_000),
      query: 'q'.repeat(100_000),
    } as never;
  }
  for (let run = 0; run < 12; run++) {
    stage.setImage(`a:${run}`);
    for (let i = 0; i < 4; i++) await stage.after(10);
  }
  expect(stage.status.runs).toHaveLength(10);
  expect(stage.status.runs!.at(-1)?.checks).toHaveLength(64);
  expect(sizeOf(stage.status)).toBeLessThan(ROOM_BYTES);
});

test('an error that a server makes as long as it likes is cut where it is kept', async () => {
  const stage = await underWay();
  stage.metrics['request-success-rate'] = {
    outcome: 'error',
    reason: 'QueryFailed',
    message: 'e'.repeat(500_000),
    query: 'q',
  } as never;
  for (let i = 0; i < 3; i++) await stage.after(10);
  expect(sizeOf(stage.status)).toBeLessThan(20_000);
});

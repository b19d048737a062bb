/** Releases that hang, cannot be ended or cannot be tried again elsewhere; each test is named after its threads. */
import { rollout } from 'serin/testing';
import {
  editSpec,
  hold,
  image,
  pastDeadline,
  type Raw,
  release,
  replicas,
  routes,
  said,
  underWay,
} from '../controller/rollout/staged';
import { podinfo } from '../testing/fixtures';

jest.setTimeout(60_000);
const PROMOTED = 'stefanprodan/podinfo:3.1.0';

test('F#1247, F#523, F#1578, A#4128, A#1677: pods that never come up end the run at its deadline, and no user meets them', async () => {
  const never = rollout(podinfo()).release('podinfo', { image: 'v2', neverReady: true });
  const outcome = await never.expect().rolledBack({ within: '130s', because: 'not ready' }).weights();
  expect(outcome.users.onNewVersion).toBe(0);
});

test('A#3988: the second broken version in a row ends at its deadline as the first did', async () => {
  const outcome = await rollout(podinfo())
    .release('podinfo', { image: 'v2', neverReady: true })
    .release('podinfo', { image: 'v3', neverReady: true })
    .expect()
    .rolledBack({ within: '270s', because: 'not ready' })
    .weights();
  const ends = outcome.timeline.entries.filter((entry) => JSON.stringify(entry).includes('Canary failed!'));
  expect(ends.length).toBeGreaterThanOrEqual(2);
});

test('F#1591: the deadline holds for the primary that is promoted', async () => {
  const stage = await underWay();
  await stage.until('Promoting');
  hold(stage, 'podinfo-primary', 'updating');
  for (let i = 0; i < 3; i++) await stage.after(10);
  expect(stage.status.phase).toBe('Promoting');
  pastDeadline(stage, 'podinfo-primary');
  await stage.settleTicks();
  expect(stage.status.phase).toBe('Failed');
});

test('F#1588: a promotion that hangs ends with the traffic where pods are, and the old version can be put back', async () => {
  const stage = await underWay();
  await stage.until('Promoting');
  hold(stage, 'podinfo-primary', 'deadline');
  await stage.until('Failed');
  await stage.after(10);
  expect([routes(stage), replicas(stage)]).toEqual(['0/100', 1]);
  stage.setImage(PROMOTED);
  await stage.until('Promoting');
  release(stage);
  await stage.until('Succeeded');
  expect([image(stage, 'podinfo-primary'), routes(stage)]).toEqual([PROMOTED, '100/0']);
});

test('F#724, F#413, F#1166, F#738: a run is aborted without any webhook, by putting the target back', async () => {
  const stage = await underWay();
  stage.setImage(PROMOTED);
  await stage.settleTicks();
  expect(routes(stage)).toBe('100/0');
  await stage.after(10);
  expect([image(stage, 'podinfo-primary'), replicas(stage)]).toEqual([PROMOTED, 0]);
  expect(said(stage, 'Revision withdrawn')).toHaveLength(1);
  expect(stage.rows.flatMap(({ calls }) => calls)).toEqual([]);
});

test('F#862, F#1310, F#1152: a failed version is tried again after an edit of its pod annotations', async () => {
  const stage = await underWay();
  stage.metrics['request-success-rate'] = 0;
  await stage.until('Failed');
  await stage.after(10);
  stage.metrics = {};
  for (let i = 0; i < 6; i++) await stage.after(60);
  expect(stage.status.phase).toBe('Failed');
  stage.edit('Deployment', 'podinfo', (object) => {
    (object as Raw).spec.template.metadata.annotations = { 'example.com/again': '1' };
  });
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

test('F#1186: a run is frozen where it is, and goes on from there', async () => {
  const stage = await underWay();
  editSpec(stage, (spec) => {
    spec.suspend = true;
  });
  for (let i = 0; i < 12; i++) await stage.after(60);
  expect([stage.status.phase, routes(stage), replicas(stage)]).toEqual(['Progressing', '80/20', 1]);
  editSpec(stage, (spec) => {
    spec.suspend = false;
  });
  await stage.settleTicks();
  expect(routes(stage)).toBe('60/40');
  await stage.until('Succeeded');
});

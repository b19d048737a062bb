/** A first version that never gets ready must not hold the Canary in Initializing for ever: a fix that is pushed replaces it. */
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from './stage';
import { image } from './staged';

const begun = async (held: 'deadline' | 'updating') => {
  const stage = new Stage(aCanary(), aDeployment('a:broken'));
  stage.held.set('podinfo-primary', held);
  await stage.settleTicks();
  return stage;
};

test('past its deadline and without a pod, the primary gets the fix', async () => {
  const stage = await begun('deadline');
  expect(stage.status.phase).toBe('Initializing');
  stage.setImage('a:fixed');
  await stage.after(10);
  expect(image(stage, 'podinfo-primary')).toBe('a:fixed');
  stage.held.clear();
  stage.settle();
  await stage.until('Initialized');
  expect(stage.status.lastPromotedSpec).toBe(stage.status.lastAppliedSpec);
});

test('within its deadline it is waited for, as what is pushed meanwhile is released after it (C3)', async () => {
  const stage = await begun('updating');
  stage.setImage('a:2');
  await stage.after(10);
  expect(image(stage, 'podinfo-primary')).toBe('a:broken');
});

test('the same revision is not copied again and again', async () => {
  const stage = await begun('deadline');
  for (let i = 0; i < 5; i++) await stage.after(10);
  expect(stage.rows.filter(({ writes }) => writes.includes('replace Deployment/podinfo-primary'))).toEqual([]);
});

/** Invariant 4 before a run has begun: an approval for a revision that is not there any more starts nothing. */
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from './stage';
import { image } from './staged';

const FIRST = 'stefanprodan/podinfo:3.1.0';

async function waiting() {
  const stage = new Stage(aCanary({ webhooks: [aHook('approval', 'confirm-rollout')] }), aDeployment(FIRST));
  await stage.until('Initialized');
  await stage.after(10);
  stage.hooks['approval'] = { passed: false, error: 'closed' };
  stage.setImage('a:2');
  await stage.until('Waiting');
  return stage;
}

test('a revision that is taken back while it waits for approval starts no run when the gate opens', async () => {
  const stage = await waiting();
  stage.setImage(FIRST);
  await stage.settleTicks();
  stage.hooks = {};
  for (let i = 0; i < 5; i++) await stage.after(10);
  expect(stage.rows.map(({ phase }) => phase)).not.toContain('Progressing');
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Succeeded', routes: '100/0', replicas: 0 });
  expect(image(stage, 'podinfo-primary')).toBe(FIRST);
});

test('and the same revision, pushed again, waits and is released', async () => {
  const stage = await waiting();
  stage.setImage(FIRST);
  await stage.settleTicks();
  stage.setImage('a:2');
  await stage.until('Waiting');
  stage.hooks = {};
  await stage.after(10);
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

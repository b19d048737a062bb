/** Improvements about what changes in the middle of a run, and about skipAnalysis; each fails with the reference's behaviour. */
import { Stage } from '../controller/rollout/stage';
import {
  hold,
  image,
  initialized,
  type Raw,
  release,
  replicas,
  routes,
  said,
  underWay,
} from '../controller/rollout/staged';
import { aCanary, aDeployment, aHook } from '../fixtures';

const CONFIG = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', namespace: 'test' },
  data: { color: 'red' },
};

describe('changes during a run', () => {
  test('F#989, B7: a config that cannot be found is not a change: nothing moves, nothing restarts', async () => {
    const stage = await initialized({}, {}, CONFIG);
    stage.edit('Deployment', 'podinfo', (object) => {
      const [container] = (object as Raw).spec.template.spec.containers;
      container.envFrom = [{ configMapRef: { name: 'conf' } }];
    });
    await stage.settleTicks();
    await stage.after(10);
    expect(routes(stage)).toBe('60/40');
    stage.remove('ConfigMap', 'conf');
    await stage.after(10);
    await stage.after(10);
    expect([routes(stage), stage.status.phase]).toEqual(['60/40', 'Progressing']);
    stage.put(CONFIG);
    await stage.settleTicks();
    expect(said(stage, 'Restarting analysis')).toEqual([]);
    await stage.until('Succeeded');
  });

  test('C15: a config that cannot be found does not shield a failing canary', async () => {
    const stage = await initialized({}, {}, CONFIG);
    stage.edit('Deployment', 'podinfo', (object) => {
      const [container] = (object as Raw).spec.template.spec.containers;
      container.envFrom = [{ configMapRef: { name: 'conf' } }];
    });
    await stage.settleTicks();
    stage.remove('ConfigMap', 'conf');
    await stage.after(10);
    expect([routes(stage), stage.status.failedChecks]).toEqual(['80/20', 0]);
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    await stage.after(10);
    expect([routes(stage), stage.status.phase]).toEqual(['100/0', 'Failed']);
  });

  test('C14: a push in the middle of a run takes the traffic off in the same tick', async () => {
    const stage = await underWay();
    stage.setImage('a:3');
    await stage.tick();
    expect([stage.rows.at(-1)!.reason, routes(stage)]).toEqual(['RevisionChanged', '100/0']);
  });

  test('B15: what is pushed while Promoting is released at once after, and the record has both', async () => {
    const stage = await underWay();
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'updating');
    stage.setImage('a:3');
    await stage.settleTicks();
    expect([stage.status.phase, image(stage, 'podinfo-primary')]).toEqual(['Promoting', 'a:2']);
    release(stage);
    await stage.until('Succeeded');
    const ended = stage.now;
    await stage.until('Progressing');
    expect(stage.now - ended).toBeLessThanOrEqual(2000);
    await stage.until('Succeeded');
    expect(image(stage, 'podinfo-primary')).toBe('a:3');
    const runs = stage.status.runs!.map(({ outcome }) => outcome);
    expect(runs).toEqual(['promoted', 'promoted']);
  });

  test('C17: what is pushed while the last gate is asked is not promoted unseen', async () => {
    const webhooks = [aHook('promote', 'confirm-promotion')];
    const stage = await underWay({ webhooks });
    let pushed = false;
    Object.defineProperty(stage.hooks, 'promote', {
      get: () => {
        if (!pushed) stage.setImage('a:unseen');
        pushed = true;
        return { passed: true, body: '' };
      },
    });
    await stage.until('Promoting');
    expect([pushed, image(stage, 'podinfo-primary')]).toEqual([true, 'a:2']);
    await stage.until('Succeeded');
    const analysed = said(stage, 'canary weight 40').length;
    await stage.until('Progressing');
    await stage.until('Succeeded');
    expect(image(stage, 'podinfo-primary')).toBe('a:unseen');
    expect(said(stage, 'canary weight 40')).toHaveLength(analysed + 1);
  });

  test('C31: an unready canary does not undo a promotion that the primary has', async () => {
    const stage = await underWay();
    await stage.until('Promoting');
    hold(stage, 'podinfo', 'deadline');
    await stage.until('Succeeded');
    expect(routes(stage)).toBe('100/0');
    expect(image(stage, 'podinfo-primary')).toBe('a:2');
  });
});

describe('skipAnalysis', () => {
  test('C9: bootstrap waits for the primary before the target loses its pods', async () => {
    const stage = new Stage(aCanary({}, { skipAnalysis: true }), aDeployment());
    hold(stage, 'podinfo-primary', 'updating');
    for (let i = 0; i < 5; i++) await stage.after(10);
    expect([stage.status.phase, replicas(stage, 'podinfo')]).toEqual(['Initializing', 1]);
    release(stage);
    await stage.until('Initialized');
  });

  test('C9: a promotion waits for the primary before the canary loses its pods', async () => {
    const stage = await initialized({}, { skipAnalysis: true });
    hold(stage, 'podinfo-primary', 'ready');
    stage.setImage('a:2');
    await stage.tick();
    await stage.tick();
    hold(stage, 'podinfo-primary', 'updating');
    for (let i = 0; i < 5; i++) await stage.after(10);
    expect(stage.status.phase).toBe('Promoting');
    expect(replicas(stage, 'podinfo')).toBe(1);
    release(stage);
    await stage.until('Succeeded');
  });
});

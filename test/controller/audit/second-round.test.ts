/** Findings of the audit's second round, on what the first one changed. */
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from '../rollout/stage';
import { hold, image, initialized, quietly, type Raw, routes, underWay } from '../rollout/staged';

test('N1: a target that is deleted and made again mid-run (kubectl replace --force) is still released', async () => {
  const stage = await underWay();
  const target = structuredClone(stage.get('Deployment', 'podinfo')!) as Raw;
  stage.remove('Deployment', 'podinfo');
  await quietly(stage, 1, 1);
  delete target.metadata.resourceVersion;
  target.metadata.uid = 'another';
  target.spec.replicas = 1;
  stage.put(target);
  await quietly(stage, 20);
  expect(image(stage, 'podinfo-primary')).toBe('a:2');
});

test('N4: invariant 2: a primary that is lost in Promoting comes back with what passed, not with what was pushed since', async () => {
  const stage = await underWay();
  await stage.until('Promoting');
  hold(stage, 'podinfo-primary', 'updating');
  stage.setImage('bad:1');
  stage.remove('Deployment', 'podinfo-primary');
  await stage.tick().catch(() => undefined);
  expect(image(stage, 'podinfo-primary')).not.toBe('bad:1');
});

test('N5: a primary that is lost mid-run does not shorten the analysis', async () => {
  const stage = await underWay();
  expect(routes(stage)).toBe('80/20');
  stage.remove('Deployment', 'podinfo-primary');
  await quietly(stage, 3, 1);
  hold(stage, 'podinfo-primary', 'ready');
  await stage.until('Promoting');
  expect(stage.texts()).toContain('N Advance podinfo.test canary weight 60');
  expect(stage.texts()).not.toContain('N Advance podinfo.test canary weight 100');
});

test('N6: a crash between the rescue of the primary and its note does not shorten the analysis', async () => {
  const stage = await underWay();
  hold(stage, 'podinfo-primary', 'unavailable');
  stage.crash = { afterWrites: 0, takesEffect: true };
  await stage.tick().catch(() => undefined);
  stage.crash = undefined;
  stage.restart();
  await quietly(stage, 3, 1);
  stage.held.clear();
  stage.settle();
  await stage.until('Promoting');
  expect(stage.texts()).toContain('N Advance podinfo.test canary weight 60');
});

test('N7: provider kubernetes with stepWeightPromotion ends', async () => {
  const stage = await initialized({ iterations: 1, stepWeightPromotion: 25 }, { provider: 'kubernetes' });
  stage.setImage('a:2');
  await stage.until('Succeeded', 300);
  expect(stage.texts().filter((text) => text.includes('primary weight'))).toEqual([]);
});

test('N8: provider kubernetes does not claim to route to the canary when the primary is down', async () => {
  const stage = await initialized({ iterations: 3 }, { provider: 'kubernetes' });
  stage.setImage('a:2');
  await stage.tick();
  hold(stage, 'podinfo-primary', 'unavailable');
  await quietly(stage, 3, 1);
  expect(stage.texts().filter((text) => text.includes('routing all traffic to canary'))).toEqual([]);
});

test('N9: in Finalising the canary takes its traffic back while the primary has no pods', async () => {
  const stage = await underWay();
  await stage.until('Finalising');
  hold(stage, 'podinfo-primary', 'unavailable');
  await quietly(stage, 2, 1);
  expect(routes(stage)).toBe('0/100');
});

test('A#3316, A#4842, N10: a stale view of the target neither withdraws a run nor starts one (invariant 4)', async () => {
  const stage = await underWay();
  await stage.until('Succeeded');
  await stage.after(10);
  const inner = stage as Raw;
  const old = structuredClone(stage.get('Deployment', 'podinfo')!) as Raw;
  old.spec.template.spec.containers[0].image = 'stefanprodan/podinfo:3.1.0';
  old.metadata.generation = 1;
  const views = inner.views.get;
  inner.views.get = (type: Raw, ns: string, name: string) =>
    type.kind === 'Deployment' && name === 'podinfo' ? old : views(type, ns, name);
  await stage.tick().catch(() => undefined);
  inner.views.get = views;
  expect(stage.status.phase).toBe('Succeeded');
});

test('N11: a stalled run does not go on mirroring', async () => {
  const stage = await underWay({ mirror: true });
  expect(routes(stage)).toBe('100/0m');
  stage.edit('Canary', 'podinfo', (object) => {
    (object as Raw).spec.analysis.threshold = -1;
  });
  await quietly(stage, 3, 1);
  expect(routes(stage)).toBe('100/0');
});

test('N12: an approval that is asked for again mid-run is asked before the pods of the new revision get traffic, and a closed one is said once', async () => {
  const stage = await underWay({ webhooks: [aHook('cr', 'confirm-rollout')] });
  stage.hooks['cr'] = { passed: false, error: 'closed' };
  stage.setImage('a:3');
  await quietly(stage, 6, 5);
  const waits = stage.texts().filter((text) => text.includes('waiting for approval'));
  expect([routes(stage), stage.status.phase, waits.length]).toEqual(['100/0', 'Waiting', 1]);
  stage.hooks = {};
  await stage.until('Succeeded');
  expect(image(stage, 'podinfo-primary')).toBe('a:3');
});

test('N13: a role without ControllerRevisions, such as the reference has, does not keep a release from being promoted', async () => {
  const stage = new Stage(aCanary(), aDeployment());
  const inner = stage as Raw;
  const ports = inner.ports.bind(inner);
  inner.ports = (row: unknown) => {
    const real = ports(row);
    const create = async (type: Raw, object: KubeObject) => {
      if (type.kind !== 'ControllerRevision') return real.create(type, object);
      throw Object.assign(new Error('controllerrevisions is forbidden'), { code: 'Forbidden' });
    };
    return { ...real, create };
  };
  await quietly(stage, 10);
  expect(stage.status.phase).toBe('Initialized');
  stage.setImage('a:2');
  await quietly(stage, 20);
  expect(stage.status.phase).toBe('Succeeded');
});

test('N14: a long name of a Canary is no label value', async () => {
  const canary = aCanary();
  canary.metadata.name = `podinfo-${'x'.repeat(80)}`;
  const stage = new Stage(canary, aDeployment());
  await stage.until('Initialized');
  const labels = [...(stage as Raw).objects.values()].flatMap((object: KubeObject) =>
    Object.values(object.metadata.labels ?? {}),
  );
  expect(labels.filter((value) => value.length > 63)).toEqual([]);
});

test('N15: a target that is deleted at the end of a promotion does not swallow its last words', async () => {
  const stage = await underWay({ webhooks: [aHook('post', 'post-rollout')] });
  await stage.until('Promoting');
  stage.remove('Deployment', 'podinfo');
  await quietly(stage, 8);
  expect(stage.status.phase).toBe('Succeeded');
  expect(stage.texts()).toContain('N Promotion completed! Scaling down podinfo.test');
});

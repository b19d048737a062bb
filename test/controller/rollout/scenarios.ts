/** Releases that go well, go wrong or wait, each from the bootstrap on. */
import type { CanarySpec, CanaryWebhook } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment, aHook, anHpa } from '../../fixtures';
import { aDaemonSet, aScaledObject } from '../../targets';
import { Stage } from './stage';
import { editSpec, hold, initialized, pastDeadline, quietly, type Raw, release, remove, underWay } from './staged';

export const HOOKS: CanaryWebhook[] = [
  aHook('pre', 'pre-rollout', { metadata: { cmd: 'smoke' } }),
  aHook('load', 'rollout'),
  aHook('rb', 'rollback'),
  aHook('cr', 'confirm-rollout'),
  aHook('cti', 'confirm-traffic-increase'),
  aHook('cp', 'confirm-promotion'),
  aHook('post', 'post-rollout'),
];

const no = { passed: false, error: 'closed' } as const;
const yes = { passed: true, body: '' } as const;

export const configMap = (color: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', namespace: 'test' },
  data: { color },
});

export const withConfig = (): KubeObject => {
  const deployment = aDeployment() as Raw;
  deployment.spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'conf' } }];
  return deployment;
};

const scaled = (kind: 'HorizontalPodAutoscaler' | 'ScaledObject', apiVersion: string, name: string) =>
  ({ autoscalerRef: { apiVersion, kind, name } }) as Partial<CanarySpec>;

const newDaemon = (stage: Stage, image: string): void =>
  stage.edit('DaemonSet', 'podinfo', (object) => {
    (object as Raw).spec.template.spec.containers[0].image = image;
  });

/** By the name of their golden file. */
export const scenarios: Record<string, () => Promise<Stage>> = {
  'every-hook': async () => {
    const stage = await underWay({ webhooks: HOOKS });
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  'steps-of-the-promotion': async () => {
    const stage = await underWay({ stepWeightPromotion: 40 });
    await stage.until('Succeeded');
    return stage;
  },
  'failed-checks': async () => {
    const stage = await underWay({ thresholdCounts: 'consecutive', threshold: 2 });
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    stage.metrics = {};
    await stage.after(10);
    stage.metrics['request-success-rate'] = 0;
    await stage.until('Failed');
    await stage.after(10);
    stage.metrics = {};
    stage.setImage('a:3');
    await stage.until('Succeeded');
    return stage;
  },
  'failed-checks-in-all': async () => {
    const stage = await underWay({ stepWeight: 10 });
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    stage.metrics = {};
    await stage.after(10);
    stage.metrics['request-success-rate'] = 0;
    await stage.until('Failed');
    return stage;
  },
  'muted-gates': async () => {
    const muted = HOOKS.map((hook) => ({ ...hook, muteAlert: true }));
    const stage = await initialized({ webhooks: muted });
    for (const name of ['cr', 'cti', 'cp']) {
      stage.hooks = { [name]: no };
      stage.setImage('a:2');
      for (let i = 0; i < 6; i++) await stage.after(10);
    }
    stage.hooks = {};
    await stage.until('Succeeded');
    return stage;
  },
  'closed-gates': async () => {
    const stage = await initialized({ webhooks: HOOKS, threshold: 10 });
    stage.hooks = { cr: no };
    stage.setImage('a:2');
    await stage.after(10);
    await stage.after(10);
    stage.hooks = { pre: no };
    await stage.after(10);
    await stage.after(10);
    stage.hooks = { cti: no };
    await stage.after(10);
    stage.hooks = { load: no };
    await stage.after(10);
    await stage.after(10);
    stage.hooks = { cp: no };
    for (let i = 0; i < 8; i++) await stage.after(10);
    stage.hooks = { post: no };
    await stage.until('Succeeded');
    return stage;
  },
  'rollback-hook': async () => {
    const stage = await underWay({ webhooks: HOOKS });
    stage.hooks = { rb: yes };
    await stage.until('Failed');
    await stage.after(10);
    stage.hooks = { cr: no };
    stage.setImage('a:3');
    await stage.after(10);
    stage.hooks = { cr: no, rb: yes };
    await stage.until('Failed');
    return stage;
  },
  'new-revision-half-way': async () => {
    const stage = await underWay({ webhooks: HOOKS });
    stage.setImage('a:3');
    await stage.after(10);
    await stage.after(10);
    stage.setImage('stefanprodan/podinfo:3.1.0');
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  'another-strategy-half-way': async () => {
    const stage = await underWay();
    editSpec(stage, (spec) => {
      spec.analysis = { ...spec.analysis, stepWeight: undefined, maxWeight: undefined, iterations: 2 };
    });
    await stage.until('Succeeded');
    return stage;
  },
  'blue-green': async () => {
    const stage = await underWay({ iterations: 2, mirror: true, mirrorWeight: 50 });
    await stage.until('Succeeded');
    return stage;
  },
  'without-mesh': async () => {
    const stage = await underWay({ iterations: 2 }, { provider: 'kubernetes' });
    await stage.until('Succeeded');
    return stage;
  },
  'ab-test': async () => {
    const match = [{ headers: { 'x-user': { exact: 'a' } } }];
    const stage = await underWay({ iterations: 2, match });
    await stage.until('Succeeded');
    return stage;
  },
  'session-affinity': async () => {
    const stage = await underWay({ sessionAffinity: { cookieName: 'c', maxAge: 60 } });
    await stage.until('Succeeded');
    return stage;
  },
  'canary-not-ready': async () => {
    const stage = await initialized();
    hold(stage, 'podinfo', 'updating');
    stage.setImage('a:2');
    await stage.after(10);
    pastDeadline(stage, 'podinfo');
    hold(stage, 'podinfo', 'deadline');
    await stage.until('Failed');
    return stage;
  },
  'promotion-fails': async () => {
    const stage = await underWay({ stepWeight: 50 });
    hold(stage, 'podinfo-primary', 'ready');
    await stage.after(10);
    stage.held.set('podinfo-primary', 'updating');
    for (let i = 0; i < 3; i++) await stage.after(10);
    hold(stage, 'podinfo-primary', 'deadline');
    await quietly(stage, 20);
    release(stage);
    stage.setImage('a:3');
    await stage.until('Succeeded');
    return stage;
  },
  outage: async () => {
    const stage = await underWay({}, { progressDeadlineSeconds: 30 });
    stage.metrics['request-success-rate'] = { outcome: 'error', reason: 'QueryFailed', message: 'refused' };
    stage.probe = { ok: false, message: 'no route to host' };
    for (let i = 0; i < 6; i++) await stage.after(10);
    stage.metrics = {};
    stage.probe = { ok: true };
    await stage.until('Succeeded');
    return stage;
  },
  'no-data': async () => {
    const metrics = [{ name: 'mine', query: 'up', thresholdRange: { max: 500 }, noData: 'pause' as const }];
    const stage = await underWay({ metrics });
    stage.metrics['mine'] = { outcome: 'noData', message: 'nothing found', query: 'up' };
    await stage.after(10);
    await stage.after(10);
    stage.metrics = {};
    await stage.until('Succeeded');
    return stage;
  },
  'primary-lost': async () => {
    const stage = await underWay();
    hold(stage, 'podinfo-primary', 'unavailable');
    await stage.after(10);
    await stage.after(10);
    release(stage);
    await stage.after(10);
    stage.remove('Deployment', 'podinfo-primary');
    await quietly(stage, 3);
    await stage.until('Succeeded');
    return stage;
  },
  'primary-lost-in-the-promotion': async () => {
    const stage = await underWay();
    await stage.until('Promoting');
    stage.removeAll('ControllerRevision', '');
    stage.remove('Deployment', 'podinfo-primary');
    await quietly(stage, 3);
    await stage.until('Succeeded');
    return stage;
  },
  'primary-lost-without-a-record': async () => {
    const stage = await initialized();
    stage.removeAll('ControllerRevision', '');
    stage.remove('Deployment', 'podinfo-primary');
    await quietly(stage, 3);
    stage.removeAll('ControllerRevision', '');
    stage.remove('Deployment', 'podinfo-primary');
    stage.setImage('a:2');
    await quietly(stage, 3);
    stage.setImage('stefanprodan/podinfo:3.1.0');
    await quietly(stage, 3);
    return stage;
  },
  'canary-loses-its-pods': async () => {
    const stage = await underWay();
    hold(stage, 'podinfo', 'unavailable');
    await stage.after(10);
    release(stage);
    await stage.until('Succeeded');
    return stage;
  },
  'target-gone': async () => {
    const stage = await underWay();
    stage.remove('Deployment', 'podinfo');
    await quietly(stage, 4);
    return stage;
  },
  'skipped-analysis': async () => {
    const stage = await underWay({}, { skipAnalysis: true });
    await stage.until('Succeeded');
    return stage;
  },
  configs: async () => {
    const stage = new Stage(aCanary(), withConfig(), configMap('red'));
    await stage.until('Initialized');
    await stage.after(10);
    stage.put(configMap('blue'));
    await stage.settleTicks();
    stage.put(configMap('green'));
    await stage.until('Succeeded');
    stage.remove('ConfigMap', 'conf');
    await quietly(stage, 3);
    return stage;
  },
  'horizontal-autoscaler': async () => {
    const stage = await underWay({}, scaled('HorizontalPodAutoscaler', 'autoscaling/v2', 'podinfo'), anHpa());
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  'scaled-object': async () => {
    const stage = await underWay({}, scaled('ScaledObject', 'keda.sh/v1alpha1', 'podinfo-so'), aScaledObject());
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  'daemon-set': async () => {
    const targetRef = { apiVersion: 'apps/v1', kind: 'DaemonSet' as const, name: 'podinfo' };
    const stage = new Stage(aCanary({}, { targetRef }), aDaemonSet());
    await stage.until('Initialized');
    await stage.after(10);
    stage.held.set('podinfo', 'updating');
    newDaemon(stage, 'a:2');
    await stage.after(10);
    release(stage);
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  'service-target': async () => {
    const targetRef = { apiVersion: 'v1', kind: 'Service' as const, name: 'podinfo' };
    const service = (version: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: 'test' },
      spec: { type: 'ClusterIP', selector: { app: 'podinfo', version }, ports: [{ name: 'http', port: 9898 }] },
    });
    const stage = new Stage(aCanary({}, { targetRef, service: { port: 9898, name: 'shop' } }), service('1'));
    await stage.until('Initialized');
    await stage.after(10);
    stage.put({ ...service('2'), metadata: stage.get('Service', 'podinfo')!.metadata });
    await stage.until('Succeeded');
    await stage.after(10);
    return stage;
  },
  deletion: async () => {
    const apex: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: 'test' },
      spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
    };
    const stage = await initialized({}, { revertOnDeletion: true }, anHpa(), apex);
    remove(stage);
    stage.held.set('podinfo', 'updating');
    await quietly(stage, 3);
    release(stage);
    await quietly(stage, 8, 1);
    return stage;
  },
  'deletion-at-the-deadline': async () => {
    const stage = await initialized({}, { revertOnDeletion: true, progressDeadlineSeconds: 20 });
    remove(stage);
    stage.held.set('podinfo', 'unavailable');
    await quietly(stage, 6);
    return stage;
  },
  'spec-that-cannot-work': async () => {
    const stage = await initialized();
    editSpec(stage, (spec) => {
      spec.analysis.interval = 'soon';
    });
    await quietly(stage, 2);
    editSpec(stage, (spec) => {
      spec.analysis.interval = '10s';
      spec.suspend = true;
    });
    await quietly(stage, 2);
    editSpec(stage, (spec) => {
      spec.suspend = false;
      spec.provider = 'knative';
      spec.targetRef = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'podinfo' };
    });
    await quietly(stage, 2);
    return stage;
  },
};

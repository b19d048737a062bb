/** Moments of a Canary's life as observations, right before something is decided. */
import type { Observation } from '../../../controller/rollout/observation';
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment, anHpa } from '../../fixtures';
import { aDaemonSet, aScaledObject } from '../../targets';
import { HOOKS } from './scenarios';
import { Stage } from './stage';
import { hold, initialized, type Raw, remove, underWay } from './staged';

const closed = { passed: false, error: 'closed' } as const;

const withHpa: Partial<CanarySpec> = {
  autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
};

const withKeda: Partial<CanarySpec> = {
  autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo-so' },
};

/** Every hook and an autoscaler: whatever a phase asks or scales is seen. */
const begun = (analysis: Partial<CanaryAnalysis> = {}, spec: Partial<CanarySpec> = {}): Promise<Stage> =>
  initialized({ webhooks: HOOKS, ...analysis }, { ...withHpa, ...spec }, anHpa());

const running = (analysis: Partial<CanaryAnalysis> = {}, spec: Partial<CanarySpec> = {}): Promise<Stage> =>
  underWay({ webhooks: HOOKS, ...analysis }, { ...withHpa, ...spec }, anHpa());

/** The next step is due. */
function due(stage: Stage): Observation {
  stage.now += 10_000;
  return stage.observation();
}

/** Ticks until the phase is reached, and none after. */
async function reached(stage: Stage, phase: string): Promise<Observation> {
  for (let i = 0; i < 60; i++) {
    if (stage.status.phase === phase) return stage.observation();
    stage.now += (await stage.tick()) ?? 1000;
  }
  throw new Error(`no ${phase}, but ${stage.status.phase}`);
}

const withConfigs = (): KubeObject => {
  const deployment = aDeployment() as Raw;
  const [container] = deployment.spec.template.spec.containers;
  container.envFrom = [{ configMapRef: { name: 'conf' } }, { secretRef: { name: 'key', optional: true } }];
  return deployment;
};

const aConfig = (kind: 'ConfigMap' | 'Secret', name: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'test' },
  data: { color: 'red' },
});

/** By the name of their golden file. */
export const moments: Record<string, () => Promise<Observation>> = {
  'first-look': async () => new Stage(aCanary({ webhooks: HOOKS }, withHpa), aDeployment(), anHpa()).observation(),
  bootstrap: async () => {
    const stage = new Stage(aCanary({ webhooks: HOOKS }, withHpa), aDeployment(), anHpa());
    hold(stage, 'podinfo-primary', 'unavailable');
    await stage.settleTicks();
    return stage.observation();
  },
  'primary-up': async () => {
    const stage = new Stage(aCanary({ webhooks: HOOKS }, withHpa), aDeployment(), anHpa());
    await stage.tick();
    return due(stage);
  },
  initialized: async () => due(await begun()),
  'new-revision': async () => {
    const stage = await begun();
    stage.setImage('a:2');
    return stage.observation();
  },
  waiting: async () => {
    const stage = await begun();
    stage.hooks = { cr: closed };
    stage.setImage('a:2');
    await stage.settleTicks();
    return due(stage);
  },
  'before-traffic': async () => {
    const stage = await begun();
    stage.setImage('a:2');
    await stage.tick();
    return due(stage);
  },
  'first-weight': async () => due(await running()),
  'last-weight': async () => {
    const stage = await running();
    while (stage.observation().routes?.canary !== 60) await stage.after(10);
    return due(stage);
  },
  'waiting-for-promotion': async () => {
    const stage = await running();
    stage.hooks = { cp: closed };
    return due(await reached(stage, 'WaitingPromotion').then(() => stage));
  },
  mirroring: async () => due(await running({ mirror: true, mirrorWeight: 50 })),
  'iterations-done': async () => {
    const stage = await running({ iterations: 2, mirror: true });
    while (stage.status.iterations !== 2) await stage.after(10);
    return due(stage);
  },
  matching: async () => due(await running({ iterations: 2, match: [{ headers: { 'x-user': { exact: 'a' } } }] })),
  'without-mesh': async () => due(await running({}, { provider: 'kubernetes' })),
  'session-affinity': async () => due(await running({ sessionAffinity: { cookieName: 'c', maxAge: 60 } })),
  promoting: async () => {
    const stage = await running({ stepWeightPromotion: 40 });
    await reached(stage, 'Promoting');
    return due(stage);
  },
  finalising: async () => reached(await running(), 'Finalising'),
  succeeded: async () => reached(await running(), 'Succeeded'),
  failed: async () => {
    const stage = await running();
    stage.metrics['request-success-rate'] = 0;
    return reached(stage, 'Failed');
  },
  'daemon-set': async () => {
    const targetRef = { apiVersion: 'apps/v1', kind: 'DaemonSet' as const, name: 'podinfo' };
    const stage = new Stage(aCanary({ webhooks: HOOKS }, { targetRef }), aDaemonSet());
    await stage.until('Initialized');
    await stage.after(10);
    stage.edit('DaemonSet', 'podinfo', (object) => {
      (object as Raw).spec.template.spec.containers[0].image = 'a:2';
    });
    await stage.settleTicks();
    return due(stage);
  },
  'service-target': async () => {
    const targetRef = { apiVersion: 'v1', kind: 'Service' as const, name: 'podinfo' };
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: 'test' },
      spec: { type: 'ClusterIP', selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 9898 }] },
    };
    const stage = new Stage(aCanary({}, { targetRef, service: { port: 9898, name: 'shop' } }), service);
    await stage.until('Initialized');
    await stage.after(10);
    stage.edit('Service', 'podinfo', (object) => {
      (object as Raw).spec.selector.version = '2';
    });
    await stage.settleTicks();
    return due(stage);
  },
  'scaled-object': async () => {
    const stage = await underWay({}, withKeda, aScaledObject());
    return due(stage);
  },
  configs: async () => {
    const stage = new Stage(aCanary(), withConfigs(), aConfig('ConfigMap', 'conf'), aConfig('Secret', 'key'));
    await stage.until('Initialized');
    await stage.after(10);
    stage.setImage('a:2');
    await stage.settleTicks();
    return due(stage);
  },
  deleted: async () => {
    const stage = await begun({}, { revertOnDeletion: true });
    remove(stage);
    await stage.tick();
    return stage.observation();
  },
};

/** Themes of twists that a variant of another moment is tried with; the others with all. */
export const THEMES: Record<string, string[] | undefined> = {
  'waiting-for-promotion': ['traffic', 'notes', 'answers'],
  mirroring: ['traffic', 'answers'],
  matching: ['statuses', 'scalers'],
  'without-mesh': ['traffic', 'settings'],
  'session-affinity': ['traffic', 'scalers'],
  'daemon-set': ['workloads', 'notes'],
  'service-target': ['workloads', 'configs', 'statuses'],
  'scaled-object': ['workloads', 'scalers'],
  configs: ['configs', 'notes'],
};

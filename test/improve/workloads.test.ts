/** Improvements about workloads, their scalers, configs and neighbours, one test an id; each fails with the reference's behaviour. */

import { observe } from '../../controller/observe';
import { DEFAULT_SETTINGS } from '../../controller/rollout/settings';
import { readinessOf } from '../../controller/rollout/workloads';
import type { Phase } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { primaryScaledObject, queryProblems } from '../../model/objects/scaled-object';
import { primaryCopy, promotedCopy, reconcileCanaryCopy } from '../../model/objects/target-service';
import { image, initialized, type Raw, said } from '../controller/rollout/staged';
import { aCanary, aDeployment, NAMESPACE, START } from '../fixtures';

const metadata = (name: string) => ({ name, namespace: NAMESPACE });

describe('configs', () => {
  test('C16, W10: a copy that no pod of the primary uses any more goes with the promotion; copies of others stay', async () => {
    const config = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(name),
      data: { name },
      binaryData: { key: 'AAE=' },
    });
    const uses = (name: string) => (object: KubeObject) => {
      const [container] = (object as Raw).spec.template.spec.containers;
      container.envFrom = [{ configMapRef: { name } }];
    };
    const stage = await initialized({}, {}, config('old'), config('new'), config('other-primary'));
    stage.edit('Deployment', 'podinfo', uses('old'));
    await stage.until('Succeeded');
    expect((stage.get('ConfigMap', 'old-primary') as Raw).binaryData).toEqual({ key: 'AAE=' });
    stage.edit('Deployment', 'podinfo', uses('new'));
    await stage.until('Progressing');
    expect(stage.get('ConfigMap', 'old-primary')).toBeDefined();
    await stage.until('Succeeded');
    expect(stage.get('ConfigMap', 'new-primary')).toBeDefined();
    expect(stage.get('ConfigMap', 'old-primary')).toBeUndefined();
    expect(stage.get('ConfigMap', 'other-primary')).toBeDefined();
  });
});

describe('a Service as target', () => {
  const target: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadata('podinfo'),
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] as Raw,
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      healthCheckNodePort: 31000,
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
      selector: { app: 'podinfo' },
    },
  };
  const canary = aCanary({}, { targetRef: { apiVersion: 'v1', kind: 'Service', name: 'podinfo' } });

  test('C22: a copy has nothing that the cluster assigned to the target, and is written when it differs', () => {
    const made = reconcileCanaryCopy(canary, target, undefined) as Raw;
    for (const field of ['clusterIP', 'clusterIPs', 'healthCheckNodePort']) expect(made.spec).not.toHaveProperty(field);
    expect(made.spec.ports).toEqual([{ name: 'http', port: 80 }]);
    const live = { ...made, spec: { ...made.spec, clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'] } };
    expect(reconcileCanaryCopy(canary, target, live)).toBeUndefined();
  });

  test('W14: the primary copy belongs to the Canary, also after a promotion', () => {
    const owner = [expect.objectContaining({ kind: 'Canary', name: 'podinfo' })];
    const primary = primaryCopy(canary, target);
    expect(primary.metadata.ownerReferences).toEqual(owner);
    const promoted = promotedCopy(canary, target, primary, { labels: {}, annotations: {} });
    expect(promoted.metadata.ownerReferences).toEqual(owner);
  });
});

describe('KEDA', () => {
  const scaler: KubeObject = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { ...metadata('podinfo'), annotations: { 'autoscaling.keda.sh/paused-replicas': '0' } },
    spec: {
      scaleTargetRef: { name: 'podinfo' },
      triggers: [
        { type: 'prometheus', name: 'named', metadata: { query: 'a{app="podinfo"}' } },
        { type: 'prometheus', name: 'other', metadata: { query: 'b{app="podinfo"}' } },
        { type: 'cron', name: 'bare' },
      ],
    },
  };
  const ref = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' as const, name: 'podinfo' };
  const canary = aCanary({}, { autoscalerRef: { ...ref, primaryScalerQueries: { named: 'mine', bare: 'x' } } });

  test('W22: a trigger that is not named asks about the primary too, one without metadata stops nothing', () => {
    const made = primaryScaledObject(canary, scaler) as Raw;
    expect(made.spec.triggers.map((trigger: Raw) => trigger.metadata?.query)).toEqual([
      'mine',
      'b{app="podinfo-primary"}',
      undefined,
    ]);
    expect(queryProblems(canary, scaler)).toEqual([
      expect.stringContaining('has no query for trigger other'),
      expect.stringContaining('names bare'),
    ]);
  });
});

describe('around an idle Canary', () => {
  test('F#928, W2: a primary that was changed by hand is said, and left alone', async () => {
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo-primary', (object) => {
      (object as Raw).spec.template.spec.containers[0].image = 'a:by-hand';
    });
    for (let i = 0; i < 3; i++) await stage.after(10);
    expect(said(stage, 'podinfo-primary.test does not run what was promoted')).toHaveLength(1);
    expect(image(stage, 'podinfo-primary')).toBe('a:by-hand');
  });

  test('W1: of a target that is scaled up and down only the replicas change, and a note of them', async () => {
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo', (object) => {
      (object as Raw).spec.fieldOfTomorrow = { stays: true };
    });
    const before = stage.get('Deployment', 'podinfo') as Raw;
    stage.setImage('a:2');
    await stage.until('Progressing');
    await stage.until('Succeeded');
    const after = stage.get('Deployment', 'podinfo') as Raw;
    const { template, ...spec } = after.spec;
    const { template: _, ...specBefore } = before.spec;
    expect(spec).toEqual(specBefore);
    expect(template.spec.containers[0].image).toBe('a:2');
    expect(after.metadata.labels).toEqual(before.metadata.labels);
  });

  test('W20: pods of an idle target are said', async () => {
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo', (object) => {
      (object as Raw).spec.replicas = 3;
    });
    for (let i = 0; i < 3; i++) await stage.after(10);
    expect(said(stage, 'has 3 replicas and no traffic')).toHaveLength(1);
  });

  test('W25: a Service that selects pods of both sides is said', async () => {
    const stray = (selector: Record<string, string>, name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(name),
      spec: { selector, ports: [{ port: 80 }] },
    });
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo', (object) => {
      (object as Raw).spec.template.metadata.labels.tier = 'web';
    });
    await stage.until('Succeeded');
    stage.put(stray({ tier: 'web' }, 'metrics'));
    stage.put(stray({ tier: 'web', app: 'podinfo' }, 'fine'));
    for (let i = 0; i < 3; i++) await stage.after(10);
    const texts = said(stage, 'its callers bypass the split');
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('service metrics selects pods of podinfo.test and of podinfo-primary.test');
  });
});

test('W26: words that people match on stay as they are misspelt', () => {
  const daemonSet = { ...aDeployment(), kind: 'DaemonSet', status: { desiredNumberScheduled: 2 } } as KubeObject;
  const canary = aCanary({}, { targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' } });
  canary.status = { phase: 'Progressing' as Phase };
  const views = {
    get: (type: { kind: string }, _namespace: string, name: string) =>
      name !== 'podinfo'
        ? undefined
        : type.kind === 'Canary'
          ? canary
          : type.kind === 'DaemonSet'
            ? daemonSet
            : undefined,
    find: () => [],
  };
  const seen = observe(views, 'test/podinfo', { now: START, settings: DEFAULT_SETTINGS, freshId: 'id' })!;
  expect(readinessOf(seen, 'canary')).toMatchObject({
    message: expect.stringMatching(/^canary damonset podinfo\.test not ready with retryable true: waiting/),
  });
});

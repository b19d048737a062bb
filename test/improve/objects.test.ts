/** Improvements of what is made and undone around a run, one test an id; each fails with the reference's behaviour. */

import { configRefs } from '../../model/config-refs';
import type { KubeObject } from '../../model/kube';
import { primaryAutoscaler, reconcileAutoscaler } from '../../model/objects/autoscaler';
import { primaryWorkload } from '../../model/objects/primary-workload';
import { canaryServices, reconcileService } from '../../model/objects/services';
import { Stage } from '../controller/rollout/stage';
import {
  editSpec,
  hold,
  image,
  initialized,
  type Raw,
  remove,
  replicas,
  routes,
  said,
  underWay,
} from '../controller/rollout/staged';
import { aCanary, aDeployment, anHpa } from '../fixtures';

const aConfig = (name: string, color = 'red'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'test' },
  data: { color },
});

const uses = (stage: Stage, ...configs: string[]) =>
  stage.edit('Deployment', 'podinfo', (object) => {
    const [container] = (object as Raw).spec.template.spec.containers;
    container.envFrom = configs.map((name) => ({ configMapRef: { name } }));
  });

/** Deletes the Canary, and ticks it until it is gone. */
async function untilGone(stage: Stage, limitSeconds = 1200): Promise<void> {
  const end = stage.now + limitSeconds * 1000;
  remove(stage);
  while (stage.get('Canary', 'podinfo')) {
    if (stage.now > end) throw new Error(`not gone after ${limitSeconds} s: ${stage.rows.at(-1)?.reason}`);
    stage.now += Math.max((await stage.tick()) ?? 1000, 1000);
  }
}

describe('deletion', () => {
  const reverting = { revertOnDeletion: true };

  test('C12, W16: a Canary that is being deleted starts no run and takes nothing back', async () => {
    const stage = await initialized({}, reverting);
    hold(stage, 'podinfo', 'updating');
    remove(stage);
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Terminating');
    stage.setImage('a:2');
    const before = (stage.get('Service', 'podinfo') as Raw).spec.selector;
    for (let i = 0; i < 5; i++) await stage.after(10);
    expect(stage.status.phase).toBe('Terminating');
    expect(said(stage, 'New revision detected')).toEqual([]);
    expect((stage.get('Service', 'podinfo') as Raw).spec.selector).toEqual(before);
    stage.held.clear();
    stage.settle();
    await untilGone(stage);
    expect(said(stage, 'New revision detected')).toEqual([]);
  });

  test('W17: what is gone counts as reverted', async () => {
    const stage = await initialized({}, reverting);
    stage.remove('Deployment', 'podinfo');
    stage.remove('VirtualService', 'podinfo');
    stage.remove('Service', 'podinfo');
    await untilGone(stage, 60);
  });

  test('C32: a target that never gets ready holds the deletion until its deadline, and no longer', async () => {
    const mine: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: 'test' },
      spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 9898 }] },
    };
    const stage = await initialized({}, { ...reverting, progressDeadlineSeconds: 120 }, mine);
    hold(stage, 'podinfo', 'unavailable');
    const began = stage.now;
    await untilGone(stage, 300);
    expect((stage.get('Service', 'podinfo') as Raw).spec.selector).toEqual({ app: 'podinfo' });
    expect(stage.now - began).toBeGreaterThanOrEqual(120_000);
    expect(said(stage, 'is reverted although its target is not ready')).toHaveLength(1);
  });

  test('W18: waiting for the target is no work: the tick ends and says when to look again', async () => {
    const stage = await initialized({}, reverting);
    hold(stage, 'podinfo', 'updating');
    remove(stage);
    await stage.settleTicks();
    const requeueAfterMs = await stage.tick();
    expect(requeueAfterMs).toBeGreaterThan(0);
    expect(stage.rows.at(-1)!.writes).toEqual([]);
  });

  test('C18: a spec that makes no sense does not hold the deletion up', async () => {
    const stage = await initialized({}, reverting);
    editSpec(stage, (spec) => {
      spec.analysis.stepWeights = [50, 10];
    });
    await stage.settleTicks();
    expect(stage.status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True' }));
    await untilGone(stage);
  });
});

describe('specs', () => {
  test('C18: an edit that makes no sense stops a Canary that worked, and says so once', async () => {
    const stage = await underWay();
    editSpec(stage, (spec) => {
      spec.analysis.metrics = [
        { name: 'x', templateRef: { name: 't', namespace: 'other' }, thresholdRange: { max: 1 } },
      ];
    });
    stage.settings = { ...stage.settings, noCrossNamespaceRefs: true };
    for (let i = 0; i < 4; i++) await stage.after(10);
    expect(routes(stage)).toBe('100/0');
    expect(said(stage, 'invalid canary spec')).toHaveLength(1);
  });

  test('M7: a metric without threshold is an error that names it, not a check that passes', async () => {
    const stage = new Stage(aCanary({ metrics: [{ name: 'request-success-rate', interval: '1m' }] }), aDeployment());
    for (let i = 0; i < 3; i++) await stage.after(10);
    expect(said(stage, 'spec.analysis.metrics[0].thresholdRange: is missing')).toHaveLength(1);
    expect(stage.get('Deployment', 'podinfo-primary')).toBeUndefined();
  });

  test('M15: metric providers that cannot be reached are in the status, not only in an event', async () => {
    const stage = new Stage(aCanary(), aDeployment());
    stage.probe = { ok: false, message: 'prometheus:9090 is away' };
    await stage.until('Initialized');
    expect(stage.status.conditions![0]).toMatchObject({
      status: 'True',
      message: expect.stringContaining('Error checking metric providers: prometheus:9090 is away'),
    });
  });

  test('C46: a stored object without analysis is said to be wrong, and throws nowhere', async () => {
    const canary = aCanary() as Raw;
    delete canary.spec.analysis;
    const stage = new Stage(canary, aDeployment());
    for (let i = 0; i < 3; i++) await stage.after(10);
    expect(said(stage, 'spec.analysis')).toHaveLength(1);
  });
});

describe('configs', () => {
  test('C40: a reference is mandatory if any use is, in whatever order', () => {
    const use = (optional: boolean) => ({ configMapRef: { name: 'c', optional } });
    const refs = (...order: boolean[]) => configRefs({ spec: { containers: [{ envFrom: order.map(use) }] } });
    expect(refs(true, false)).toEqual(refs(false, true));
    expect(refs(true, false)).toEqual([{ kind: 'ConfigMap', name: 'c', optional: false }]);
    expect(refs(true, true)).toEqual([{ kind: 'ConfigMap', name: 'c', optional: true }]);
  });

  test('W8: a config that changes while the last gate is asked is not promoted unseen', async () => {
    const stage = await initialized({}, {}, aConfig('conf'));
    uses(stage, 'conf');
    await stage.settleTicks();
    await stage.after(10);
    await stage.after(10);
    const colors = () => (stage.get('ConfigMap', 'conf-primary') as Raw)?.data.color;
    Object.defineProperty(stage.metrics, 'request-success-rate', {
      get: () => {
        if (routes(stage) === '40/60') stage.put(aConfig('conf', 'unseen'));
        return 100;
      },
    });
    stage.now += 10_000;
    await expect(stage.tick()).rejects.toThrow('has changed since it was analysed');
    await stage.settleTicks();
    expect((stage.get('ConfigMap', 'conf') as Raw).data.color).toBe('unseen');
    expect(colors()).not.toBe('unseen');
    expect(said(stage, 'Restarting analysis')).toHaveLength(1);
  });

  test('A#2669, C48: a config that changes half-way is tested in pods that have it', async () => {
    const stage = await initialized({}, {}, aConfig('conf'));
    uses(stage, 'conf');
    await stage.settleTicks();
    await stage.after(10);
    const from = stage.rows.length;
    stage.put(aConfig('conf', 'blue'));
    await stage.settleTicks();
    await stage.after(10);
    const after = stage.rows.slice(from);
    expect(after.some((row) => row.replicas === 0 && row.routes === '100/0')).toBe(true);
    await stage.until('Succeeded');
    expect((stage.get('ConfigMap', 'conf-primary') as Raw).data.color).toBe('blue');
  });
});

describe('replicas', () => {
  test('W6: a primary that somebody scaled to zero is said, and no run starts', async () => {
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo-primary', (object) => {
      (object as Raw).spec.replicas = 0;
    });
    stage.setImage('a:2');
    for (let i = 0; i < 3; i++) await stage.after(10);
    expect(said(stage, 'advancement: primary deployment is scaled to zero')).toHaveLength(1);
    expect(stage.status.phase).toBe('Initialized');
  });

  test('C26: the primary keeps its replicas at promotion, though the canary ran with fewer', async () => {
    const stage = await initialized();
    stage.edit('Deployment', 'podinfo-primary', (object) => {
      (object as Raw).spec.replicas = 7;
    });
    stage.setImage('a:2');
    await stage.until('Succeeded');
    expect([image(stage, 'podinfo-primary'), replicas(stage, 'podinfo-primary')]).toEqual(['a:2', 7]);
  });

  test('C34: an autoscaler whose copied fields are the same is not written again', () => {
    const canary = aCanary({}, { autoscalerRef: { apiVersion: '', kind: 'HorizontalPodAutoscaler', name: 'podinfo' } });
    const source = { ...anHpa(), metadata: { ...anHpa().metadata, annotations: { team: 'blue' } } };
    const made = primaryAutoscaler(canary, source);
    expect(reconcileAutoscaler(canary, source, made)).toBeUndefined();
    expect(
      reconcileAutoscaler(canary, source, { ...made, metadata: { ...made.metadata, annotations: { a: 'b' } } }),
    ).toBe(undefined);
  });
});

describe('made objects', () => {
  test('C35: discovered ports have one order, and what others set on a Service stays', () => {
    const containers = (...ports: number[]) => ({
      ...aDeployment(),
      spec: {
        template: {
          spec: {
            containers: [{ name: 'a', ports: ports.map((port) => ({ name: `p${port}`, containerPort: port })) }],
          },
        },
      },
    });
    const canary = aCanary({}, { service: { port: 80, portDiscovery: true } as never });
    const label = { key: 'app', value: 'podinfo' };
    const made = canaryServices(canary, label, containers(9000, 8000)).canary;
    const live = { ...made, spec: { ...(made as Raw).spec, externalTrafficPolicy: 'Local' } };
    expect(
      reconcileService(canary, live, canaryServices(canary, label, containers(8000, 9000)).canary),
    ).toBeUndefined();
    const repaired = reconcileService(canary, live, canaryServices(canary, label, containers(8000)).canary) as Raw;
    expect(repaired.spec.externalTrafficPolicy).toBe('Local');
  });

  test('C39: the primary’s own affinity follows the label’s value, for DaemonSets too', () => {
    const term = (app: string) => ({
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
        ],
      },
    });
    const target = aDeployment() as Raw;
    target.kind = 'DaemonSet';
    delete target.spec.replicas;
    target.spec.selector.matchLabels.app = 'other-label';
    target.spec.template.metadata.labels.app = 'other-label';
    target.spec.template.spec.affinity = term('other-label');
    const made = primaryWorkload(
      aCanary({}, { targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' } }),
      target,
      {
        flaggerId: 'id',
        trackedConfigs: [],
      },
    ) as Raw;
    expect(made.spec.template.metadata.labels.app).toBe('other-label-primary');
    expect(made.spec.template.spec.affinity).toEqual(term('other-label-primary'));
  });
});

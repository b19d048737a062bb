/** Findings of the audit, one test each. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from '../rollout/stage';
import { editSpec, hold, initialized, quietly, type Raw, replicas, routes, underWay } from '../rollout/staged';

/** Phase Failed after a promotion whose primary never came up: all traffic on the canary. */
async function failedPromotion(analysis: Partial<CanaryAnalysis> = {}, spec: Partial<CanarySpec> = {}): Promise<Stage> {
  const stage = await initialized(analysis, spec);
  stage.setImage('a:2');
  await stage.until('Promoting');
  stage.held.set('podinfo-primary', 'deadline');
  stage.settle();
  await stage.until('Failed');
  await stage.after(10);
  return stage;
}

/** Every write of a kind is refused, as by an admission webhook. */
function refuse(stage: Stage, kind: string): void {
  const inner = stage as Raw;
  const ports = inner.ports.bind(inner);
  const stop = (object: KubeObject) => {
    if (object.kind === kind) throw Object.assign(new Error('denied by a webhook'), { code: 'Invalid' });
  };
  inner.ports = (row: unknown) => {
    const real = ports(row);
    return {
      ...real,
      create: async (type: unknown, object: KubeObject) => {
        stop(object);
        return real.create(type, object);
      },
      replace: async (type: unknown, object: KubeObject) => {
        stop(object);
        return real.replace(type, object);
      },
    };
  };
}

describe('invariants 1, 3 and 5', () => {
  test('S1: a target that is deleted mid-run loses its traffic, and the run ends', async () => {
    const stage = await underWay();
    expect(routes(stage)).toBe('80/20');
    stage.remove('Deployment', 'podinfo');
    await quietly(stage, 5);
    expect(routes(stage)).toBe('100/0');
  });

  test.each([
    ['invalid', (spec: Raw) => (spec.analysis.threshold = -1)],
    [
      'not built',
      (spec: Raw) => (spec.analysis.alerts = [{ name: 'a', severity: 'info', providerRef: { name: 'x' } }]),
    ],
  ])(
    'S2: a spec that becomes %s mid-run does not leave traffic on a canary that nobody watches',
    async (_what, change) => {
      const stage = await underWay();
      editSpec(stage, change);
      await quietly(stage, 5);
      expect(routes(stage)).toBe('100/0');
    },
  );

  test('S3: a rollback to a primary without pods leaves the target alone while it has the traffic', async () => {
    const stage = await failedPromotion();
    expect(routes(stage)).toBe('0/100');
    stage.metrics['request-success-rate'] = 0;
    stage.setImage('a:3');
    await stage.settleTicks();
    await stage.until('Failed');
    await stage.after(10);
    await stage.after(10);
    expect([routes(stage), replicas(stage)]).toEqual(['0/100', 1]);
  });

  test('S4: a revision that is pushed while only the canary serves does not send traffic to the dead primary', async () => {
    const stage = await failedPromotion();
    stage.setImage('a:3');
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Progressing');
    stage.setImage('a:4');
    await stage.tick();
    expect(routes(stage)).toBe('0/100');
  });

  test('S5: in Promoting, a canary without any pod loses its traffic to the primary that still serves', async () => {
    const stage = await initialized({ iterations: 2 });
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'updating');
    await stage.tick();
    expect(routes(stage)).toBe('0/100');
    hold(stage, 'podinfo', 'unavailable');
    await quietly(stage, 3);
    expect(routes(stage)).toBe('100/0');
  });

  test('S6: after a failed promotion the traffic follows the pods when the canary dies and the primary comes up', async () => {
    const stage = await failedPromotion();
    stage.held.delete('podinfo-primary');
    hold(stage, 'podinfo', 'unavailable');
    await quietly(stage, 3);
    expect(routes(stage)).toBe('100/0');
  });

  test('S7: a failed promotion leaves no weight on a canary without pods', async () => {
    const stage = await initialized();
    stage.setImage('a:2');
    await stage.until('Promoting');
    const inner = stage as Raw;
    hold(stage, 'podinfo', 'unavailable');
    hold(stage, 'podinfo-primary', 'deadline');
    // The old pods of the primary serve on.
    const primary = stage.get('Deployment', 'podinfo-primary') as Raw;
    inner.objects.set('Deployment/podinfo-primary', {
      ...primary,
      status: { ...primary.status, availableReplicas: 1 },
    });
    await stage.tick();
    expect([stage.status.phase, routes(stage)]).toEqual(['Failed', '100/0']);
  });

  test('F#1932, F#1898, FPR#1931, S8: a failed promotion leaves no weight on a primary without pods while the canary has some', async () => {
    const stage = await initialized();
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    hold(stage, 'podinfo', 'updating');
    await stage.tick();
    await stage.tick();
    expect([stage.status.phase, routes(stage)]).toEqual(['Failed', '0/100']);
  });

  test('S9: bootstrap over a VirtualService that splits ends at 100/0 before the target goes to zero', async () => {
    const donor = await underWay();
    const live = structuredClone(donor.get('VirtualService', 'podinfo')!);
    delete live.metadata.ownerReferences;
    const rules = ['podinfo-canary', 'podinfo-primary'].map((name) => donor.get('DestinationRule', name)!);
    const stage = new Stage(aCanary(), aDeployment(), live, ...rules);
    await stage.until('Initialized');
    await stage.after(10);
    expect([routes(stage), replicas(stage)]).toEqual(['100/0', 0]);
  });

  test('S10: removing match mid-run does not give every user the canary of an A/B test', async () => {
    const stage = await underWay({ iterations: 3, match: [{ headers: { 'x-canary': { exact: 'insider' } } }] });
    expect(routes(stage)).toBe('0/100');
    editSpec(stage, (spec) => delete spec.analysis.match);
    await stage.tick();
    const http = (stage.get('VirtualService', 'podinfo') as Raw).spec.http;
    expect(http.at(-1).route.map((one: Raw) => one.weight ?? 100)[0]).toBe(100);
  });

  test('S11: a provider switched mid-run takes the split with it', async () => {
    const stage = await underWay();
    editSpec(stage, (spec) => (spec.provider = 'kubernetes'));
    await quietly(stage, 40);
    const http = (stage.get('VirtualService', 'podinfo') as Raw).spec.http;
    expect([http[0].route[1].weight, replicas(stage)]).toEqual([0, 0]);
  });

  test('S12: a DestinationRule that is deleted while the canary is the live side moves no traffic', async () => {
    const stage = await failedPromotion();
    stage.remove('DestinationRule', 'podinfo-canary');
    await stage.tick();
    expect(routes(stage)).toBe('0/100');
  });

  test('S13: a VirtualService that is deleted while only the canary serves comes back with the canary', async () => {
    const stage = await failedPromotion();
    stage.remove('VirtualService', 'podinfo');
    await stage.tick();
    expect(routes(stage)).toBe('0/100');
  });

  test.each(['Service', 'HorizontalPodAutoscaler'])(
    'S14: C15: a %s that cannot be written does not keep a bad release from being rolled back',
    async (kind) => {
      const hpa = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'podinfo', namespace: 'test' },
        spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'podinfo' } },
      };
      const autoscalerRef = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' as const, name: 'podinfo' };
      const stage = await initialized({}, { autoscalerRef }, hpa);
      stage.setImage('a:2');
      await stage.settleTicks();
      refuse(stage, kind);
      if (kind === 'Service') editSpec(stage, (spec) => (spec.service.port = 9999));
      else stage.remove(kind, 'podinfo-primary');
      stage.metrics['request-success-rate'] = 0;
      await quietly(stage, 8);
      expect([routes(stage), stage.status.phase]).toEqual(['100/0', 'Failed']);
    },
  );

  test('S15: C25: a config that changes mid-run takes the traffic off, and only then the pods', async () => {
    const config: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf', namespace: 'test' },
      data: { a: '1' },
    };
    const target = aDeployment();
    (target as Raw).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'conf' } }];
    const stage = new Stage(aCanary(), target, config);
    await stage.until('Initialized');
    await stage.after(10);
    stage.setImage('a:2');
    await stage.settleTicks();
    expect(routes(stage)).toBe('80/20');
    stage.edit('ConfigMap', 'conf', (object) => ((object as Raw).data.a = '2'));
    await stage.tick();
    expect(stage.rows.at(-1)!.writes).not.toContain('patch Deployment/podinfo');
  });

  test('S16: a stale view of a run that has begun does not scale its target to zero', async () => {
    const stage = await initialized();
    stage.metrics['request-success-rate'] = 0;
    stage.setImage('a:2');
    await stage.until('Failed');
    stage.now += 5_000;
    const inner = stage as Raw;
    const past = new Map(inner.objects);
    const before = stage.now;
    stage.metrics['request-success-rate'] = 100;
    await stage.after(1);
    stage.setImage('a:3');
    await stage.settleTicks();
    await stage.after(10);
    expect(routes(stage)).not.toBe('100/0');
    // A replica that has just become leader, with a cache from before.
    const views = inner.views.get;
    inner.views.get = (type: Raw, _ns: string, name: string) => past.get(`${type.kind}/${name}`);
    stage.now = Math.max(before, stage.now);
    await stage.tick().catch(() => undefined);
    inner.views.get = views;
    expect(replicas(stage)).toBe(1);
  });

  test('S17: a primary that is lost mid-run comes back from the promoted revision (C6)', async () => {
    const stage = await underWay();
    stage.remove('Deployment', 'podinfo-primary');
    await quietly(stage, 3);
    const primary = stage.get('Deployment', 'podinfo-primary') as Raw;
    expect(primary?.spec.template.spec.containers[0].image).toBe('stefanprodan/podinfo:3.1.0');
  });

  test('S18: failed checks at the threshold end a run although the canary is not quite ready', async () => {
    const stage = await underWay();
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    expect(stage.status.failedChecks).toBe(1);
    stage.now += 10_000;
    await stage.tick();
    hold(stage, 'podinfo', 'updating');
    await quietly(stage, 3);
    expect([stage.status.phase, routes(stage)]).toEqual(['Failed', '100/0']);
  });
});

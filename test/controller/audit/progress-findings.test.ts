/** Findings of the audit about runs that hang, repeat or lose something. */
import { Asker } from '../../../controller/asking';
import { recordTelemetry } from '../../../controller/facts';
import { observe } from '../../../controller/observe';
import { decide } from '../../../controller/rollout/decide';
import type { GateAnswer } from '../../../controller/rollout/question';
import { Telemetry } from '../../../controller/telemetry/metrics';
import type { Canary, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from '../rollout/stage';
import { editSpec, hold, image, initialized, quietly, type Raw, replicas, routes, underWay } from '../rollout/staged';

const CONFIG: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', namespace: 'test' },
  data: { color: 'red' },
};

async function withConfig(canary: Canary = aCanary()): Promise<Stage> {
  const target = aDeployment();
  (target as Raw).spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'conf' } }];
  const stage = new Stage(canary, target, CONFIG);
  await stage.until('Initialized');
  await stage.after(10);
  return stage;
}

describe('loops and hangs', () => {
  test('P1: a rollback hook that fires while Waiting ends the wait once', async () => {
    const webhooks = [aHook('cr', 'confirm-rollout'), aHook('rb', 'rollback')];
    const stage = await initialized({ webhooks });
    stage.hooks['cr'] = { passed: false, error: 'closed' };
    stage.setImage('a:2');
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Waiting');
    stage.hooks['rb'] = { passed: true, body: '' };
    stage.now += 10_000;
    for (let i = 0; i < 20; i++) await stage.tick();
    expect(stage.texts().filter((text) => text.includes('manual webhook invoked'))).toHaveLength(1);
    expect(stage.status.phase).toBe('Failed');
  });

  test('P2: reverting a VirtualService that kubectl applied ends', async () => {
    const spec = { hosts: ['podinfo'], http: [{ route: [{ destination: { host: 'podinfo' } }] }] };
    const live: KubeObject = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: {
        name: 'podinfo',
        namespace: 'test',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) },
      },
      spec,
    };
    const stage = await initialized({}, { revertOnDeletion: true }, live);
    stage.edit('Canary', 'podinfo', (object) => {
      object.metadata.deletionTimestamp = new Date(stage.now).toISOString();
    });
    for (let i = 0; i < 40 && stage.get('Canary', 'podinfo'); i++) {
      await stage.tick();
      stage.now += 5_000;
    }
    expect(stage.get('Canary', 'podinfo')).toBeUndefined();
  });

  test('P3: deletion does not fight the autoscaler of the target over its replicas', async () => {
    const stage = await initialized({}, { revertOnDeletion: true });
    stage.edit('Canary', 'podinfo', (object) => {
      object.metadata.deletionTimestamp = new Date(stage.now).toISOString();
    });
    hold(stage, 'podinfo', 'updating');
    for (let i = 0; i < 30 && stage.get('Canary', 'podinfo'); i++) {
      await stage.tick();
      stage.now += 5_000;
      if (i < 2) continue;
      // Its minReplicas is 2; the primary runs with 1.
      stage.edit('Deployment', 'podinfo', (object) => ((object as Raw).spec.replicas = 2));
      stage.held.clear();
      stage.settle();
    }
    expect(stage.get('Canary', 'podinfo')).toBeUndefined();
  });

  test('P4: a config that cannot be read just now is read again, also while idle', async () => {
    const stage = await withConfig();
    stage.setImage('a:2');
    const inner = stage as Raw;
    const seen = observe(inner.views, stage.key, { now: stage.now, settings: stage.settings, freshId: 'x' })!;
    const configs = new Map([['configmap/conf', { outcome: 'error' as const, message: 'timeout' }]]);
    const decision = decide(seen, { metrics: new Map(), gates: new Map(), configs });
    expect(decision).toMatchObject({ do: 'act', reason: 'ConfigMissing' });
    expect((decision as Raw).requeueAfterMs).toBeDefined();
  });

  test('A#1774, F#1681, P5: skipAnalysis releases a fix although the primary is broken', async () => {
    const stage = await initialized();
    hold(stage, 'podinfo-primary', 'deadline');
    editSpec(stage, (spec) => (spec.skipAnalysis = true));
    stage.setImage('a:2');
    await quietly(stage, 6);
    expect(image(stage, 'podinfo-primary')).toBe('a:2');
  });

  test('P6: provider kubernetes: after a failed promotion a fix can be released (C4)', async () => {
    const stage = await initialized({ iterations: 1 }, { provider: 'kubernetes' });
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    await stage.until('Failed');
    await stage.after(10);
    stage.setImage('a:3');
    await quietly(stage, 12);
    expect(image(stage, 'podinfo-primary')).toBe('a:3');
  });

  test('P7: a clock that jumps back does not hold the next step for the length of the jump', async () => {
    const stage = await underWay();
    expect(routes(stage)).toBe('80/20');
    stage.now -= 3_600_000;
    await quietly(stage, 4);
    expect(routes(stage)).not.toBe('80/20');
  });

  test('P8: a Canary that is deleted with an unreadable record of its VirtualService says so', async () => {
    const stage = await initialized({}, { revertOnDeletion: true });
    stage.edit('VirtualService', 'podinfo', (object) => {
      delete object.metadata.ownerReferences;
      object.metadata.annotations = {
        ...object.metadata.annotations,
        'flagger.kubernetes.io/original-configuration': '{',
      };
    });
    stage.edit('Canary', 'podinfo', (object) => {
      object.metadata.deletionTimestamp = new Date(stage.now).toISOString();
    });
    await quietly(stage, 10);
    expect(stage.texts().some((text) => text.includes('is not JSON'))).toBe(true);
  });
});

describe('lost and doubled', () => {
  test('P10: a config that changed while another template was tried is released, not recorded as promoted', async () => {
    const stage = await withConfig();
    const before = image(stage, 'podinfo');
    stage.metrics['request-success-rate'] = 0;
    stage.setImage('a:2');
    await stage.until('Failed');
    await stage.after(10);
    stage.metrics['request-success-rate'] = 100;
    stage.edit('ConfigMap', 'conf', (object) => ((object as Raw).data.color = 'blue'));
    stage.setImage(before);
    await quietly(stage, 20);
    expect((stage.get('ConfigMap', 'conf-primary') as Raw).data.color).toBe('blue');
  });

  test('P11: switching config tracking off starts nothing', async () => {
    const stage = await withConfig();
    stage.settings = { ...stage.settings, configTracking: false };
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Initialized');
  });

  test.each(['Initialized', 'Succeeded', 'Failed'])(
    'P12: api 9.9: taking over a Canary in %s starts nothing',
    async (phase) => {
      const stage = await initialized();
      stage.edit('Canary', 'podinfo', (object) => {
        const raw = object as Raw;
        raw.status = { ...raw.status, phase, lastAppliedSpec: '6b8c9d4f7b', lastPromotedSpec: '6b8c9d4f7b' };
        delete raw.status.serin;
        delete raw.status.trackedConfigs;
      });
      stage.edit('Deployment', 'podinfo-primary', (object) => (object.metadata.annotations = {}));
      await stage.settleTicks();
      expect(stage.status.phase).toBe(phase);
      expect(stage.status.lastAppliedSpec).toMatch(/^s1-/);
    },
  );

  test('P13: C28: a revision that is pushed mid-run needs its own approval', async () => {
    const stage = await underWay({ webhooks: [aHook('cr', 'confirm-rollout')] });
    expect(routes(stage)).toBe('80/20');
    stage.hooks['cr'] = { passed: false, error: 'closed' };
    stage.setImage('a:3');
    await quietly(stage, 10);
    expect(routes(stage)).toBe('100/0');
    expect(image(stage, 'podinfo-primary')).toBe('stefanprodan/podinfo:3.1.0');
  });

  test('P14: the start of a run is said although its scale-up had to be tried twice', async () => {
    const stage = await initialized();
    const inner = stage as Raw;
    const ports = inner.ports.bind(inner);
    let refusals = 1;
    inner.ports = (row: unknown) => {
      const real = ports(row);
      const patch = async (type: Raw, ...rest: unknown[]) => {
        if (type.kind === 'Deployment' && refusals-- > 0) throw new Error('etcd leader changed');
        return real.patch(type, ...rest);
      };
      return { ...real, patch };
    };
    stage.setImage('a:2');
    await quietly(stage, 4);
    expect(stage.texts()).toContain('N New revision detected! Scaling up podinfo.test');
  });

  test('P15: C24: lowered iterations of blue/green still switch to the canary before the copy', async () => {
    const stage = await underWay({ iterations: 5 });
    await stage.after(10);
    await stage.after(10);
    expect(stage.status.iterations).toBe(3);
    editSpec(stage, (spec) => (spec.analysis.iterations = 2));
    await stage.until('Succeeded');
    expect(stage.texts()).toContain('N Routing all traffic to canary');
  });

  test('P16: provider kubernetes with stepWeight says nothing about weights', async () => {
    const stage = await underWay({}, { provider: 'kubernetes' });
    await stage.until('Succeeded');
    expect(stage.texts().filter((text) => text.includes('canary weight'))).toEqual([]);
  });

  test('P17: C13: provider kubernetes shows no weight after a failed promotion', async () => {
    const stage = await initialized({ iterations: 1 }, { provider: 'kubernetes' });
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    await stage.until('Failed');
    expect(stage.status.canaryWeight).toBe(0);
  });

  test('P18: a closed traffic gate does not repeat the analysis between two intervals', async () => {
    const webhooks = [aHook('load', 'rollout'), aHook('cti', 'confirm-traffic-increase')];
    const stage = await underWay({ webhooks });
    stage.hooks['cti'] = { passed: false, error: 'closed' };
    stage.now += 10_000;
    const from = stage.rows.length;
    await stage.settleTicks();
    for (let i = 0; i < 5; i++) {
      stage.now += 1_000;
      await stage.tick();
    }
    const calls = stage.rows.slice(from).flatMap((row) => row.calls);
    expect(calls.filter((name) => name === 'load')).toHaveLength(1);
  });

  test('P19: a gate that takes a moment to answer is asked at every step', async () => {
    let now = 0;
    let asked = 0;
    const gate = async (): Promise<GateAnswer> => {
      asked++;
      now += 100;
      return { passed: true, body: '' };
    };
    const never = async (): Promise<never> => Promise.reject(new Error('not asked'));
    const clock = { now: () => now, after: () => ({ cancel() {} }) };
    const asker = new Asker({ clock, gate, measure: never, probe: never, config: never });
    const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: 'x' };
    const webhook = aHook('cti', 'confirm-traffic-increase');
    const question = { ask: 'gate' as const, id: 'gate/0', webhook, payload, reuseMs: 9_999 };
    const none = { metrics: new Map(), gates: new Map(), configs: new Map() };
    await asker.ask([question], none);
    now = 10_000;
    await asker.ask([question], none);
    expect(asked).toBe(2);
  });

  test('P20: C27: rollback hooks are asked while the canary is not ready', async () => {
    const stage = await underWay({ webhooks: [aHook('rb', 'rollback')] });
    hold(stage, 'podinfo', 'updating');
    stage.hooks['rb'] = { passed: true, body: '' };
    await quietly(stage, 3);
    expect(stage.status.phase).toBe('Failed');
  });

  test.each([
    ['match', { match: [{ headers: { a: { exact: 'b' } } }] }, {}],
    ['tcp', {}, { service: { port: 9898, appProtocol: 'tcp' } }],
  ])('P21: B11: mirror with %s is refused, or does not loop at weight 0', async (_what, analysis, spec) => {
    const stage = await initialized({ mirror: true, ...analysis }, spec as Partial<CanarySpec>).catch(() => undefined);
    if (stage === undefined) return;
    stage.setImage('a:2');
    await quietly(stage, 8);
    expect(stage.texts().filter((text) => text.endsWith('canary weight 0')).length).toBeLessThan(2);
  });

  test('P22: blue/green with confirm-promotion: phase and condition agree when the gate opens', async () => {
    const stage = await initialized({ iterations: 1, webhooks: [aHook('cp', 'confirm-promotion')] });
    stage.hooks['cp'] = { passed: false, error: 'closed' };
    stage.setImage('a:2');
    await stage.until('WaitingPromotion');
    stage.hooks['cp'] = { passed: true, body: '' };
    await stage.after(10);
    const condition = stage.status.conditions?.find(({ type }) => type === 'Promoted');
    expect(condition?.reason).toBe(stage.status.phase);
  });

  test('P23: a primary of the Canary before is adopted, so that it does not go with it', async () => {
    const donor = await initialized();
    const primary = structuredClone(donor.get('Deployment', 'podinfo-primary')!);
    const canary = aCanary();
    canary.metadata.uid = 'another-uid';
    const stage = new Stage(canary, aDeployment(), primary);
    await stage.until('Initialized');
    await stage.after(10);
    expect(stage.get('Deployment', 'podinfo-primary')!.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([
      'another-uid',
    ]);
  });

  test('P24: a spec without analysis that got through is said once and not retried', async () => {
    const canary = aCanary();
    delete (canary.spec as Raw).analysis;
    const stage = new Stage(canary, aDeployment());
    const inner = stage as Raw;
    const ports = inner.ports.bind(inner);
    const clock = { now: () => stage.now, after: () => ({ cancel() {} }) };
    inner.ports = (row: unknown) => ({
      ...ports(row),
      facts: (seen: Raw, decision: Raw, answers: Raw, strategy: string) =>
        recordTelemetry(new Telemetry(), { seen, decision, answers, strategy, clock }),
    });
    await expect(stage.tick()).resolves.toBeUndefined();
  });

  test('A#849, P25: an idle hand-edit of the split does not send users to a target without pods', async () => {
    const stage = await initialized();
    stage.edit('VirtualService', 'podinfo', (object) => {
      const [primary, canary] = (object as Raw).spec.http[0].route;
      primary.weight = 50;
      canary.weight = 50;
    });
    await stage.settleTicks();
    expect([routes(stage), replicas(stage)]).toEqual(['100/0', 0]);
  });

  test.each([
    ['Failed', 'W Canary failed! Scaling down podinfo.test', 0],
    ['Succeeded', 'N Promotion completed! Scaling down podinfo.test', 100],
    ['Progressing', 'N New revision detected! Scaling up podinfo.test', 100],
  ])(
    'P26: B2: a crash right after the status write does not lose what was to be said in %s',
    async (phase, text, rate) => {
      const stage = await initialized();
      stage.metrics['request-success-rate'] = rate;
      const inner = stage as Raw;
      const ports = inner.ports.bind(inner);
      let crashes = 1;
      inner.ports = (row: unknown) => {
        const real = ports(row);
        const patch = async (type: Raw, ns: string, name: string, body: Raw, sub: string) => {
          const written = await real.patch(type, ns, name, body, sub);
          const ended =
            stage.status.phase === phase &&
            (phase === 'Progressing' || stage.status.serin?.['outbox'] === undefined || phase === 'Failed');
          if (sub === 'status' && ended && crashes-- > 0) throw new Error('crash after the status write');
          return written;
        };
        return { ...real, patch };
      };
      stage.setImage('a:2');
      for (let i = 0; i < 120; i++) {
        await stage.tick().catch(() => stage.restart());
        stage.now += 1_000;
      }
      expect(stage.texts()).toContain(text);
    },
  );

  test('P27: a Canary without its target shows that it is initializing', async () => {
    const stage = new Stage(aCanary());
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Initializing');
    expect(stage.status.conditions?.map(({ type }) => type)).toContain('Promoted');
  });

  test('P28: in-mesh callers that bypass the split are said once (T13)', async () => {
    const stage = await initialized(
      { webhooks: [aHook('load', 'rollout', { metadata: { cmd: 'hey http://podinfo.test:9898/' } })] },
      { service: { port: 9898, gateways: ['public-gateway.istio-system.svc.cluster.local'] } },
    );
    expect(stage.texts().some((text) => text.startsWith('W') && text.includes('mesh'))).toBe(true);
  });

  test('P29: the younger of two Canaries on one target does not take the series of the older with it', async () => {
    const stage = await underWay();
    const telemetry = new Telemetry();
    const inner = stage as Raw;
    const clock = { now: () => stage.now, after: () => ({ cancel() {} }) };
    const answers = { metrics: new Map(), gates: new Map(), configs: new Map() };
    const record = (key: string) => {
      const seen = observe(inner.views, key, { now: stage.now, settings: stage.settings, freshId: 'x' })!;
      const decision = decide(seen, answers) as Raw;
      if (decision.do === 'act') recordTelemetry(telemetry, { seen, decision, answers, strategy: 'canary', clock });
    };
    record('test/podinfo');
    stage.now += 60_000;
    const younger = aCanary();
    younger.metadata = { ...younger.metadata, name: 'younger', uid: 'u2' };
    stage.put(younger);
    record('test/younger');
    expect(await telemetry.exposition()).toMatch(/flagger_canary_status\{name="podinfo",namespace="test"\} 0/);
  });

  test('P30: a failed promotion says why in its condition, and does not claim that the target is at zero (B6)', async () => {
    const stage = await initialized();
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    await stage.until('Failed');
    const condition = stage.status.conditions?.find(({ type }) => type === 'Promoted');
    expect(condition?.message).toContain('exceeded its progress deadline');
  });

  test('P31: after a failed promotion a run shows the live weight from its start, and no step that nobody made', async () => {
    const stage = await initialized();
    stage.setImage('a:2');
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    await stage.until('Failed');
    await stage.after(10);
    stage.setImage('a:3');
    const from = stage.texts().length;
    await stage.settleTicks();
    expect(stage.status.canaryWeight).toBe(100);
    expect(stage.texts().slice(from)).not.toContain('N Advance podinfo.test canary weight 100');
  });
});

/** Improvements of the runs, one test an id; each fails with the reference's behaviour. */
import { type AnalysisResult, analyse } from '../../controller/rollout/analysis';
import { nextWeight } from '../../controller/rollout/steps';
import { validate } from '../../model/validate';
import {
  editSpec,
  hold,
  image,
  initialized,
  pastDeadline,
  type Raw,
  release,
  replicas,
  routes,
  said,
  underWay,
} from '../controller/rollout/staged';
import { aCanary, aHook } from '../fixtures';

describe('waiting', () => {
  test('A#869, B1, C23: a run costs its analysis, and next to nothing beside it', async () => {
    const stage = await underWay({ stepWeight: 5, maxWeight: 50 });
    const began = stage.now;
    await stage.until('Succeeded');
    const analysisMs = 10 * 10_000;
    expect(stage.now - began).toBeLessThanOrEqual(1.15 * analysisMs);
    expect(stage.now - began).toBeGreaterThanOrEqual(analysisMs);
  });

  test('C21: the tick that fails the last check rolls back, no interval later', async () => {
    const stage = await underWay();
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    expect(stage.status.failedChecks).toBe(1);
    stage.now += 10_000;
    expect(await stage.tick()).toBe(0);
    await stage.tick();
    expect([stage.status.phase, routes(stage)]).toEqual(['Failed', '100/0']);
  });

  test('C21: a canary without pods loses its traffic at once, not at the deadline', async () => {
    const stage = await underWay();
    expect(routes(stage)).toBe('80/20');
    hold(stage, 'podinfo', 'unavailable');
    await stage.settleTicks();
    expect(routes(stage)).toBe('100/0');
    expect(stage.status.phase).toBe('Progressing');
  });

  test('C47: a suspended Canary says so once', async () => {
    const stage = await initialized();
    editSpec(stage, (spec) => {
      spec.suspend = true;
    });
    for (let i = 0; i < 5; i++) await stage.after(10);
    expect(said(stage, 'object is suspended')).toHaveLength(1);
  });
});

describe('rollbacks', () => {
  test('A8, B5: a rollback hook ends a run that waits for its approval', async () => {
    const webhooks = [aHook('approve', 'confirm-rollout'), aHook('back', 'rollback')];
    const stage = await initialized({ webhooks });
    stage.hooks['approve'] = { passed: false, error: 'closed' };
    stage.setImage('a:2');
    await stage.settleTicks();
    expect(stage.status.phase).toBe('Waiting');
    stage.hooks['back'] = { passed: true, body: '' };
    await stage.after(10);
    expect(stage.status.phase).toBe('Failed');
    expect(said(stage, 'manual webhook invoked')).toHaveLength(1);
  });

  test.each(['podinfo', 'podinfo-primary'])(
    'F#1663, A#4764, A2, C1: %s past its deadline alerts and says why',
    async (workload) => {
      const stage = await underWay();
      pastDeadline(stage, workload);
      await stage.settleTicks();
      const alerts = stage.rows.flatMap((row) => row.alerts).filter(({ severity }) => severity === 'error');
      expect(alerts).toHaveLength(1);
      expect(alerts[0]!.message).toContain('Progress deadline exceeded');
      const [condition] = stage.status.conditions!;
      expect(condition).toMatchObject({ type: 'Promoted', status: 'False', reason: 'Failed' });
      expect(condition!.message).toContain('Progress deadline exceeded');
    },
  );

  test('B9: a failed promotion sends nothing to a canary that is not ready', async () => {
    const stage = await underWay();
    await stage.until('Promoting');
    hold(stage, 'podinfo', 'unavailable');
    pastDeadline(stage, 'podinfo-primary');
    await stage.tick();
    expect(stage.status.phase).toBe('Failed');
    expect(routes(stage)).toBe('100/0');
  });

  test('F#639, C4: after a failed promotion the fix is released, and the canary serves until it is on the primary', async () => {
    const stage = await underWay();
    await stage.until('Promoting');
    hold(stage, 'podinfo-primary', 'deadline');
    await stage.until('Failed');
    expect(routes(stage)).toBe('0/100');
    const from = stage.rows.length;
    stage.setImage('a:fixed');
    await stage.until('Promoting');
    release(stage);
    await stage.until('Succeeded');
    expect(image(stage, 'podinfo-primary')).toBe('a:fixed');
    const live = stage.rows.slice(from).filter((row) => !row.routes.startsWith('100/0'));
    expect(live.every((row) => row.replicas > 0)).toBe(true);
    expect(live.length).toBeGreaterThan(0);
  });

  test('C25: a rolled back canary keeps its pods until proxies have heard that its traffic is gone', async () => {
    const stage = await underWay({ threshold: 1 });
    stage.metrics['request-success-rate'] = 0;
    stage.now += 10_000;
    await stage.tick();
    await stage.tick();
    expect([stage.status.phase, routes(stage), replicas(stage, 'podinfo')]).toEqual(['Failed', '100/0', 1]);
    await stage.after(1);
    expect(replicas(stage, 'podinfo')).toBe(1);
    await stage.after(2);
    expect(replicas(stage, 'podinfo')).toBe(0);
  });
});

describe('steps', () => {
  test('B8, C19: after a crash between routes and status the live weight is the step, and is analysed', async () => {
    const stage = await underWay();
    stage.now += 10_000;
    stage.crash = { afterWrites: 0, takesEffect: true };
    await expect(stage.tick()).rejects.toThrow('crash');
    stage.crash = undefined;
    stage.restart();
    expect(stage.status.canaryWeight).toBe(20);
    await stage.settleTicks();
    expect([routes(stage), stage.status.canaryWeight]).toEqual(['60/40', 40]);
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    expect([routes(stage), stage.status.failedChecks]).toEqual(['60/40', 1]);
  });

  test('C19: a copy whose status was lost is not made twice', async () => {
    const stage = await underWay();
    await stage.after(10);
    await stage.after(10);
    stage.now += 10_000;
    stage.crash = { afterWrites: 1, takesEffect: true };
    await expect(stage.tick()).rejects.toThrow('crash');
    stage.crash = undefined;
    await stage.until('Succeeded');
    const copies = stage.rows.flatMap((row) => row.writes).filter((w) => w === 'replace Deployment/podinfo-primary');
    expect(copies).toHaveLength(1);
  });

  test('F#635, C19: stepWeightPromotion with nothing left on the canary ends', async () => {
    const stage = await underWay({ stepWeightPromotion: 25 });
    await stage.until('Promoting');
    stage.edit('VirtualService', 'podinfo', (object) => {
      const route = (object as Raw).spec.http[0].route;
      route[0].weight = 100;
      route[1].weight = 0;
    });
    await stage.until('Succeeded', 60);
  });

  test('B10: unsorted stepWeights are refused, and from a foreign weight the next entry above follows', async () => {
    const problems = validate(aCanary({ stepWeights: [30, 10] } as never));
    expect(problems.map(({ path }) => path)).toContain('spec.analysis.stepWeights');
    const analysis = { interval: '1m', threshold: 1, stepWeights: [5, 30, 60] };
    expect([0, 4, 5, 17, 31, 60].map((live) => nextWeight(analysis, live))).toEqual([5, 5, 30, 30, 60, 60]);
  });

  test('C24: iterations of an A/B run that are lowered below its counter end it', async () => {
    const match = [{ headers: { 'x-user': { exact: 'insider' } } }];
    const stage = await underWay({ iterations: 10, match });
    for (let i = 0; i < 4; i++) await stage.after(10);
    expect(stage.status.iterations).toBe(5);
    editSpec(stage, (spec) => {
      spec.analysis.iterations = 3;
    });
    await stage.until('Succeeded', 60);
  });

  test('F#1810, B12, M8: every check of an analysis is recorded; one text, one failed check', async () => {
    const range = { max: 1 };
    const metrics = ['one', 'two', 'three'].map((name) => ({ name, query: 'x', thresholdRange: range }));
    const stage = await underWay({ metrics });
    Object.assign(stage.metrics, { one: 0, two: 5, three: 7 });
    await stage.after(10);
    expect(stage.status.failedChecks).toBe(1);
    expect(said(stage, 'Halt')).toEqual(['W Halt podinfo.test advancement two 5.00 > 1']);
    const checks = stage.status.runs!.at(-1)!.checks!;
    expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['one pass', 'two fail', 'three fail']);
  });

  test('B14: failed checks in a row can be what counts; a step that passes forgives them', async () => {
    const stage = await underWay({ threshold: 2, thresholdCounts: 'consecutive', maxWeight: 80 });
    const counts: (number | undefined)[] = [];
    for (const rate of [0, 100, 0, 100]) {
      stage.metrics['request-success-rate'] = rate;
      await stage.after(10);
      counts.push(stage.status.failedChecks);
    }
    expect([counts, stage.status.phase]).toEqual([[1, 0, 1, 0], 'Progressing']);
    stage.metrics['request-success-rate'] = 0;
    await stage.after(10);
    await stage.after(10);
    expect([stage.status.phase, routes(stage)]).toEqual(['Failed', '100/0']);
    expect(said(stage, 'failed checks threshold reached 2')).toHaveLength(1);
  });

  test('B12: rollout hooks come first, then all metrics are asked at once', async () => {
    const webhooks = [aHook('smoke', 'rollout')];
    const metrics = ['one', 'two'].map((name) => ({ name, query: 'x', thresholdRange: { max: 1 } }));
    const stage = await underWay({ webhooks, metrics });
    const seen = { canary: stage.canary, settings: stage.settings, templates: new Map() } as never;
    const ask = (gates: Map<string, { passed: true; body: string }>): AnalysisResult =>
      analyse(seen, { metrics: new Map(), gates, configs: new Map() }, { phase: 'Progressing', checksum: '' });
    const asked = (result: AnalysisResult) => (result.state === 'asking' ? result.questions.map(({ id }) => id) : []);
    expect(asked(ask(new Map()))).toEqual(['gate/0']);
    expect(asked(ask(new Map([['gate/0', { passed: true as const, body: '' }]])))).toEqual([
      'metric/0/inline',
      'metric/1/inline',
    ]);
  });

  test('C41: an iteration whose mirroring cannot be written does not count', async () => {
    const stage = await initialized({ iterations: 3, mirror: true });
    stage.setImage('a:2');
    await stage.tick();
    for (let i = 0; i < 4; i++) {
      stage.crash = { afterWrites: 0, takesEffect: false };
      await stage.tick().catch(() => undefined);
      stage.now += 10_000;
    }
    stage.crash = undefined;
    expect(stage.status.iterations ?? 0).toBe(0);
    await stage.settleTicks();
    expect([routes(stage), stage.status.iterations]).toEqual(['100/0m', 1]);
  });

  test('A#1905, F#1123, M9: with noData: pause a step without samples yet is no failed check', async () => {
    const metrics = [{ name: 'rate', query: 'x', thresholdRange: { min: 1 }, noData: 'pause' as const }];
    const stage = await underWay({ metrics });
    stage.metrics['rate'] = { outcome: 'noData', message: 'no values found', query: 'x' };
    await stage.after(10);
    expect([routes(stage), stage.status.failedChecks]).toEqual(['80/20', 0]);
    stage.metrics['rate'] = 5;
    await stage.after(10);
    expect(routes(stage)).toBe('60/40');
  });
});

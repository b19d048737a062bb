/** `spec.analysis`: how a run goes because of it. */
import { observe } from '../../controller/observe';
import { metricQuestions } from '../../controller/rollout/analysis';
import type { Measurement } from '../../controller/rollout/question';
import { DEFAULT_SETTINGS } from '../../controller/rollout/settings';
import { nextWeight, weightAfterPromotionStep } from '../../controller/rollout/steps';
import { judge } from '../../controller/rollout/verdict';
import { readinessOf, stepIntervalMs } from '../../controller/rollout/workloads';
import type { Canary, CanaryAnalysis, CanaryMetric } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { istioRoutes } from '../../model/traffic/istio-routes';
import { underWay } from '../controller/rollout/staged';
import { aCanary, aDeployment, START } from '../fixtures';
import { canaryWith, copiedTo, type Raw, routed, shows, type Table, virtualService } from './shown';

/** What the controller sees of a Canary and these objects. */
export function seenOf(canary: Canary, ...objects: KubeObject[]) {
  const all = [canary as KubeObject, ...objects];
  const views = {
    get: (type: { kind: string }, _namespace: string, name: string) =>
      all.find(({ kind, metadata }) => kind === type.kind && metadata.name === name),
    find: () => [],
  };
  return observe(views, 'test/podinfo', { now: START, settings: DEFAULT_SETTINGS, freshId: 'id' })!;
}

const steps = (analysis: Partial<CanaryAnalysis>) => ({ interval: '1m', threshold: 1, ...analysis });

/** 4 pods of which some are available. */
const podsOf = (name: string, available: number): KubeObject => ({
  ...aDeployment('a:1', { replicas: 4 }),
  metadata: { name, namespace: 'test', generation: 1 },
  status: { observedGeneration: 1, replicas: 4, updatedReplicas: 4, availableReplicas: available },
});

const threshold = (side: 'primary' | 'canary') =>
  shows((path) => {
    const readyWith = (canary: Canary) =>
      readinessOf(seenOf(canary, podsOf('podinfo', 2), podsOf('podinfo-primary', 2)), side).ready;
    expect([readyWith(aCanary()), readyWith(canaryWith(path, 50))]).toEqual([false, true]);
  });

const matching = () => aCanary({ iterations: 3 });

/** The first question of a metric with this field. */
const asked = (field: Partial<CanaryMetric>) =>
  metricQuestions(
    seenOf(aCanary({ metrics: [{ name: 'mine', query: 'x', thresholdRange: { max: 1 }, ...field } as CanaryMetric] })),
  )[0]!;

const verdict = (metric: Partial<CanaryMetric>, measured: Partial<Measurement> | number) =>
  judge(
    asked(metric),
    (typeof measured === 'number' ? { outcome: 'value', value: measured, query: '' } : measured) as Measurement,
    'podinfo.test',
  ).verdict;

const byTemplate = (ref: object) => asked({ query: undefined, templateRef: ref } as never);

/** The Set-Cookie header with which the canary hands its cookie out. */
function setCookie(path: string, value: unknown): string {
  const canary = canaryWith(path, value, aCanary({ sessionAffinity: { cookieName: 'c' } }));
  const { http } = istioRoutes(
    canary,
    { primary: 80, canary: 20, mirrored: false },
    { canary: 'c=1', primary: 'p=1' },
  ) as Raw;
  const [primary, other] = http.at(-1).route;
  return (path.endsWith('primaryCookieName') ? primary : other).headers.response.add['Set-Cookie'];
}

const attribute = (value: unknown, expected: string) =>
  shows((path) => {
    expect(setCookie('spec.analysis.sessionAffinity.cookieName', 'c').split('; ')).not.toContain(expected);
    expect(setCookie(path, value).split('; ')).toContain(expected);
  });

const STEPS: Table = {
  'spec.analysis.interval': shows((path) => expect(stepIntervalMs(seenOf(canaryWith(path, '90s')))).toBe(90_000)),
  'spec.analysis.threshold': shows(async () => {
    const stage = await underWay({ threshold: 3 });
    stage.metrics['request-success-rate'] = 0;
    const phases = [];
    for (let i = 0; i < 3; i++) {
      await stage.after(10);
      phases.push(stage.status.phase);
    }
    expect(phases).toEqual(['Progressing', 'Progressing', 'Failed']);
  }),
  'spec.analysis.thresholdCounts': shows(async () => {
    const failing = async (thresholdCounts: 'total' | 'consecutive') => {
      const stage = await underWay({ threshold: 2, thresholdCounts, maxWeight: 80 });
      for (const rate of [0, 100, 0]) {
        stage.metrics['request-success-rate'] = rate;
        await stage.after(10);
      }
      return stage.status.phase;
    };
    expect([await failing('total'), await failing('consecutive')]).toEqual(['Failed', 'Progressing']);
  }),
  'spec.analysis.stepWeight': shows(() => expect(nextWeight(steps({ stepWeight: 7 }), 14)).toBe(21)),
  'spec.analysis.stepWeights': shows(() => expect(nextWeight(steps({ stepWeights: [3, 9, 40] }), 3)).toBe(9)),
  'spec.analysis.maxWeight': shows(async () => {
    const stage = await underWay({ stepWeight: 20, maxWeight: 20 });
    await stage.after(10);
    expect(stage.texts()).toContain('N Copying podinfo.test template spec to podinfo-primary.test');
  }),
  'spec.analysis.stepWeightPromotion': shows(() =>
    expect(weightAfterPromotionStep(steps({ stepWeightPromotion: 30 }), 50)).toBe(20),
  ),
  'spec.analysis.iterations': shows(async () => {
    const stage = await underWay({ iterations: 4 });
    expect(stage.texts().at(-1)).toBe('N Advance podinfo.test canary iteration 1/4');
  }),
  'spec.analysis.mirror': shows(async () => {
    const stage = await underWay({ mirror: true });
    expect(stage.rows.at(-1)!.routes).toBe('100/0m');
  }),
  'spec.analysis.mirrorWeight': shows((path) => {
    const mirrored = { primary: 100, canary: 0, mirrored: true };
    const [route] = virtualService(canaryWith(path, 30), mirrored).spec.http;
    expect(route.mirrorPercentage).toEqual({ value: 30 });
  }),
  'spec.analysis.primaryReadyThreshold': threshold('primary'),
  'spec.analysis.canaryReadyThreshold': threshold('canary'),
  'spec.analysis.match[].*': copiedTo(virtualService, 'spec.analysis.match', 'spec.http[].match', matching),
  'spec.analysis.match[].headers{}.suffix': shows(() => {
    const canary = aCanary({ iterations: 3, match: [{ headers: { user: { suffix: '@a.b' } } }] });
    canary.spec.ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' };
    const backend = { service: { name: 'podinfo', port: { number: 80 } } };
    const ingress: KubeObject = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'test' },
      spec: { defaultBackend: backend },
    };
    const [copy] = routed(canary, 'nginx', { primary: 0, canary: 100, mirrored: false }, [ingress]);
    expect(copy.metadata.annotations['nginx.ingress.kubernetes.io/canary-by-header-pattern']).toBe('@a\\.b$');
  }),
};

const METRICS: Table = {
  'spec.analysis.metrics[].name': shows(() => {
    const [question] = metricQuestions(seenOf(aCanary({ metrics: [{ name: 'request-duration', threshold: 1 }] })));
    expect([question!.source, question!.metric.name]).toEqual(['builtin', 'request-duration']);
  }),
  'spec.analysis.metrics[].interval': shows(() => expect(asked({ interval: '5m' }).variables.interval).toBe('5m')),
  'spec.analysis.metrics[].thresholdRange.min': shows(() =>
    expect([4, 5].map((value) => verdict({ thresholdRange: { min: 5 } }, value))).toEqual(['fail', 'pass']),
  ),
  'spec.analysis.metrics[].thresholdRange.max': shows(() =>
    expect([5, 6].map((value) => verdict({ thresholdRange: { max: 5 } }, value))).toEqual(['pass', 'fail']),
  ),
  'spec.analysis.metrics[].threshold': shows(() =>
    expect([5, 6].map((v) => verdict({ thresholdRange: undefined, threshold: 5 } as never, v))).toEqual([
      'pass',
      'fail',
    ]),
  ),
  'spec.analysis.metrics[].query': shows(() =>
    expect(asked({ query: 'y' })).toMatchObject({ source: 'inline', metric: { query: 'y' } }),
  ),
  'spec.analysis.metrics[].templateRef.name': shows(() =>
    expect(byTemplate({ name: 't' })).toMatchObject({ source: 'template', templateKey: 't.test' }),
  ),
  'spec.analysis.metrics[].templateRef.namespace': shows(() =>
    expect(byTemplate({ name: 't', namespace: 'ops' })).toMatchObject({ templateKey: 't.ops' }),
  ),
  'spec.analysis.metrics[].templateVariables': shows(() =>
    expect(asked({ templateVariables: { a: 'b' } }).variables.variables).toEqual({ a: 'b' }),
  ),
  'spec.analysis.metrics[].noData': shows(() => {
    const none: Partial<Measurement> = { outcome: 'noData', message: 'none', query: '' };
    const verdicts = (['fail', 'pause', 'ignore'] as const).map((noData) => verdict({ noData }, none));
    expect(verdicts).toEqual(['noData', 'inconclusive', 'pass']);
  }),
  'spec.analysis.metrics[].minSamples': shows(() => {
    const few: Partial<Measurement> = { outcome: 'value', value: 0, samples: 9, query: '' };
    expect([9, 10].map((minSamples) => verdict({ minSamples }, few))).toEqual(['pass', 'noData']);
  }),
};

const SESSIONS: Table = {
  'spec.analysis.sessionAffinity.cookieName': shows(() => {
    const canary = aCanary({ sessionAffinity: { cookieName: 'mine' } });
    const { http } = istioRoutes(canary, { primary: 80, canary: 20, mirrored: false }, { canary: 'mine=1' }) as Raw;
    expect(http[0].match[0].headers.Cookie.regex).toContain('mine=1');
  }),
  'spec.analysis.sessionAffinity.primaryCookieName': shows((path) => expect(setCookie(path, 'p')).toContain('p=1')),
  'spec.analysis.sessionAffinity.maxAge': attribute(60, 'Max-Age=60'),
  'spec.analysis.sessionAffinity.domain': attribute('a.b', 'Domain=a.b'),
  'spec.analysis.sessionAffinity.path': attribute('/x', 'Path=/x'),
  'spec.analysis.sessionAffinity.httpOnly': attribute(true, 'HttpOnly'),
  'spec.analysis.sessionAffinity.secure': attribute(true, 'Secure'),
  'spec.analysis.sessionAffinity.partitioned': attribute(true, 'Partitioned'),
  'spec.analysis.sessionAffinity.sameSite': attribute('Lax', 'SameSite=Lax'),
};

export const ANALYSIS_FIELDS: Table = { ...STEPS, ...METRICS, ...SESSIONS };

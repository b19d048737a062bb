/** Which checks a Canary asks for, in which order, and whose series they read. */
import { metricQuestions } from '../../../controller/rollout/analysis';
import { payloadFor } from '../../../controller/rollout/gates';
import type { Observation } from '../../../controller/rollout/observation';
import { DEFAULT_SETTINGS, type Settings } from '../../../controller/rollout/settings';
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import { aCanary, aHook } from '../../fixtures';
import { underWay } from './staged';

const template = { metadata: { name: 't' }, spec: { provider: { type: 'prometheus' }, query: 'up' } };

const questions = (
  metrics: CanaryAnalysis['metrics'],
  spec: Partial<CanarySpec> = {},
  settings: Partial<Settings> = {},
) => {
  const seen = {
    canary: aCanary({ metrics: metrics ?? [] }, spec),
    settings: { ...DEFAULT_SETTINGS, ...settings },
    provider: spec.provider ?? settings.meshProvider ?? 'istio',
    templates: new Map([['test/t', template]]),
  };
  return metricQuestions(seen as unknown as Observation);
};

const check = (name: string, more = {}) => ({ name, thresholdRange: { max: 1 }, ...more });

test('built-in and inline ones in their order, then templates', () => {
  const asked = questions([
    check('mine', { templateRef: { name: 't' } }),
    check('other', { query: 'up' }),
    check('request-duration', { query: 'up' }),
    check('grpc-success-rate'),
    check('grpc-success-rate', { query: 'up' }),
    check('grpc-success-rate', { templateRef: { name: 't' } }),
    check('nothing'),
  ]);
  expect(asked.map(({ id }) => id)).toEqual([
    'metric/1/inline',
    'metric/2/builtin',
    'metric/2/inline',
    'metric/3/builtin',
    'metric/4/inline',
    'metric/6/inline',
    'metric/0/template',
    'metric/5/template',
  ]);
});

test('a template comes with its key, from its own namespace or the Canary’s', () => {
  const asked = questions([
    check('mine', { templateRef: { name: 't' } }),
    check('far', { templateRef: { name: 't', namespace: 'other' } }),
  ]);
  expect(asked.map(({ templateKey, template: found }) => [templateKey, found])).toEqual([
    ['t.test', template],
    ['t.other', undefined],
  ]);
});

test.each([
  [{ provider: 'nginx' }, 'linkerd', 'linkerd'],
  [{ provider: 'nginx' }, 'istio', 'nginx'],
  [{}, 'gatewayapi:v1,linkerd', 'gatewayapi:v1,linkerd'],
] as const)('%j with mesh %s reads the series of %s', (spec, meshProvider, observer) => {
  const [asked] = questions([check('request-duration')], spec as Partial<CanarySpec>, { meshProvider });
  expect(asked?.provider).toBe(observer);
});

test('the variables name what the Canary moves', () => {
  const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' as const, name: 'front' };
  const routeRef = { apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute' as const, name: 'way' };
  const [plain] = questions([check('request-duration')]);
  const [named] = questions([check('request-duration', { interval: '5m', templateVariables: { a: 'b' } })], {
    ingressRef,
    routeRef,
    metricsServer: 'http://mine:9090',
  });
  expect(plain).toMatchObject({
    metricsServer: 'http://prometheus:9090',
    variables: { name: 'podinfo', target: 'podinfo', ingress: 'podinfo', route: 'podinfo', interval: '1m' },
  });
  expect(named).toMatchObject({
    metricsServer: 'http://mine:9090',
    variables: { ingress: 'front', route: 'way', interval: '5m', variables: { a: 'b' } },
  });
});

test('a hook hears of the Canary, and of its own metadata where it has any', () => {
  const canary = aCanary();
  const nowhere = { ...canary, metadata: { name: 'podinfo' } };
  const payload = (of: unknown, more = {}) =>
    payloadFor({ canary: of } as Observation, aHook('h', 'rollout', more), { phase: 'Progressing', checksum: 'c' });
  const base = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: 'c' };
  expect(payload(canary)).toEqual(base);
  expect(payload(canary, { metadata: { cmd: 'x' } })).toEqual({ ...base, metadata: { cmd: 'x' } });
  expect(payload(nowhere, { metadata: {} })).toEqual({ ...base, namespace: 'default' });
});

test('after an outage, what the metrics servers answered before it tells nothing', async () => {
  const stage = await underWay({}, { progressDeadlineSeconds: 20 });
  stage.metrics['request-success-rate'] = { outcome: 'error', reason: 'QueryFailed', message: 'refused' };
  stage.probe = { ok: false, message: 'no route to host' };
  for (let i = 0; i < 4; i++) await stage.after(10);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Progressing', routes: '100/0' });
  expect(stage.texts()).toContain('W Error checking metric providers: no route to host');
});

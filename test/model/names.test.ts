import {
  cookieMaxAgeSeconds,
  failureThreshold,
  gateways,
  hosts,
  intervalMs,
  maxWeight,
  strategyOf,
  targetPort,
  webhookTimeoutMs,
} from '../../model/defaults';
import {
  apexName,
  canaryServiceName,
  nameProblems,
  primaryServiceName,
  primaryWorkloadName,
  selectorLabel,
  selectorLabelError,
} from '../../model/names';
import { aCanary, aDeployment } from './tutorial';

test('Services are named after the apex, workloads after the target', () => {
  const canary = aCanary((c) => Object.assign(c.spec.service ?? {}, { name: 'web' }));
  expect([
    apexName(canary),
    primaryServiceName(canary),
    canaryServiceName(canary),
    primaryWorkloadName(canary),
  ]).toEqual(['web', 'web-primary', 'web-canary', 'podinfo-primary']);
  expect(apexName(aCanary())).toBe('podinfo');
});

test('the selector label is the first candidate, in the order of the flag', () => {
  const target = aDeployment((d) => {
    d.spec.selector.matchLabels = { name: 'n', app: 'a' };
  });
  expect(selectorLabel(target)).toEqual({ key: 'app', value: 'a' });
  expect(selectorLabel(target, ['name', 'app'])).toEqual({ key: 'name', value: 'n' });
  expect(selectorLabel(target, ['k8s'])).toBeUndefined();
  expect(selectorLabelError(target)).toBe(
    'deployment podinfo.test spec.selector.matchLabels must contain one of [app name app.kubernetes.io/name]',
  );
  expect(selectorLabelError({ ...target, kind: 'DaemonSet' })).toMatch(/^daemonset .*\]'$/);
});

test('W23: names that the API server would refuse are named', () => {
  const canary = aCanary((c) => Object.assign(c.spec.targetRef, { name: 'x'.repeat(56) }));
  expect(nameProblems(canary)).toEqual([expect.stringContaining('has 64 characters, 63 are allowed')]);
  expect(nameProblems(aCanary(), { key: 'app', value: 'v'.repeat(60) })).toEqual([
    expect.stringContaining('label app'),
  ]);
  expect(nameProblems(aCanary())).toEqual([]);
});

test.each([
  ['1m', 60_000],
  ['5s', 10_000],
  ['soon', 60_000],
  ['2h', 7_200_000],
])('interval %s is %d ms', (interval, ms) => {
  expect(intervalMs({ interval })).toBe(ms);
});

test('a lower floor lets shorter intervals pass', () => {
  expect(intervalMs({ interval: '1s' }, 100)).toBe(1000);
});

test.each([
  [undefined, 9898],
  [0, 9898],
  ['0', 9898],
  ['8080', 8080],
  ['web', 'web'],
  [80, 80],
])('targetPort %p is %p', (given, port) => {
  expect(targetPort(aCanary((c) => Object.assign(c.spec.service ?? {}, { targetPort: given })))).toBe(port);
});

test('hosts hold the apex, gateways are the mesh only by default', () => {
  const withService = (fields: object) => aCanary((c) => Object.assign(c.spec.service ?? {}, fields));
  expect(hosts(aCanary(), 'podinfo')).toEqual(['app.example.com', 'podinfo']);
  expect(hosts(withService({ hosts: ['*'] }), 'podinfo')).toEqual(['*']);
  expect(hosts(withService({ hosts: undefined }), 'podinfo')).toEqual(['podinfo']);
  expect(gateways(withService({ gateways: [] }))).toEqual(['mesh']);
  expect(gateways(aCanary())).toEqual(['public-gateway.istio-system.svc.cluster.local']);
});

test('thresholds, weights and timeouts that are unset or useless', () => {
  expect([failureThreshold({ threshold: 0 }), failureThreshold({ threshold: 5 })]).toEqual([1, 5]);
  expect([
    maxWeight({}),
    maxWeight({ maxWeight: 0 }),
    maxWeight({ maxWeight: 50 }),
    maxWeight({ stepWeights: [1, 30] }),
  ]).toEqual([100, 100, 50, 30]);
  expect([
    webhookTimeoutMs({}),
    webhookTimeoutMs({ timeout: '5' }),
    webhookTimeoutMs({ timeout: '5s' }),
    webhookTimeoutMs({ timeout: 'xyz' }),
  ]).toEqual([10_000, 10_000, 5000, undefined]);
  expect([cookieMaxAgeSeconds({}), cookieMaxAgeSeconds({ maxAge: 60 })]).toEqual([86_400, 60]);
});

test('strategy', () => {
  const withAnalysis = (fields: object) => strategyOf(aCanary((c) => Object.assign(c.spec.analysis, fields)));
  expect(withAnalysis({})).toBe('canary');
  expect(withAnalysis({ iterations: 3 })).toBe('blue-green');
  expect(withAnalysis({ iterations: 3, match: [{}] })).toBe('ab-testing');
});

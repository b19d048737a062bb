import fc from 'fast-check';
import type { AlertProvider, MetricTemplate } from '../../model/canary';
import { isError, problemText, validate, validateAlertProvider, validateMetricTemplate } from '../../model/validate';
import { all, errors, load, metric, mirrored, set, warnings } from './mistakes';
import { aCanary } from './tutorial';

test('the tutorial is fine, but for the deprecated autoscaler version', () => {
  expect(validate(aCanary())).toEqual([
    expect.objectContaining({ path: 'spec.autoscalerRef.apiVersion', severity: 'warning' }),
  ]);
});

test.each(errors)('error: %s', (_, change, path) => {
  const found = validate(aCanary(change)).filter(isError);
  expect(found.map((problem) => problem.path)).toEqual([path]);
  expect(found[0]?.remedy).not.toBe('');
});

test('error: another namespace, where that is blocked', () => {
  const canary = aCanary((c) => {
    metric({ name: 'm', thresholdRange: { max: 1 }, templateRef: { name: 't', namespace: 'other' } })(c);
    set('analysis.alerts', [{ name: 'a', providerRef: { name: 'p', namespace: 'other' } }])(c);
    set('upstreamRef', { apiVersion: 'x', kind: 'Upstream', name: 'u', namespace: 'test' })(c);
  });
  expect(validate(canary).filter(isError)).toEqual([]);
  expect(
    validate(canary, { noCrossNamespaceRefs: true })
      .filter(isError)
      .map((problem) => problem.path),
  ).toEqual(['spec.analysis.metrics[0].templateRef.namespace', 'spec.analysis.alerts[0].providerRef.namespace']);
});

test.each(warnings)('warning: %s', (_, change, path) => {
  const found = validate(aCanary(all(set('autoscalerRef.apiVersion', 'autoscaling/v2'), change)));
  expect(found.map((problem) => [problem.severity, problem.path])).toEqual([['warning', path]]);
});

test('no warning of in-mesh load when mesh is listed', () => {
  const listed = set('service.gateways', ['public', 'mesh']);
  const found = validate(aCanary(all(mirrored, load('hey http://podinfo.test:9898/'), listed)));
  expect(found.map((problem) => problem.path)).toEqual(['spec.autoscalerRef.apiVersion']);
});

test('a problem reads as one line', () => {
  const [problem] = validate(aCanary(set('service.port', 70_000)));
  expect(problem && problemText(problem)).toBe('spec.service.port: must be 1 to 65535 (70000): set port to 1 to 65535');
});

const template = (provider: object, query: unknown = 'up') =>
  ({ metadata: { name: 't' }, spec: { provider, query } }) as unknown as MetricTemplate;

test.each([
  ['fine', template({ type: 'prometheus', address: 'http://p:9090' }), []],
  ['no address', template({ type: 'prometheus' }), ['spec.provider.address']],
  ['no URL', template({ type: 'graphite', address: 'p:9090' }), ['spec.provider.address']],
  ['a socket', template({ type: 'splunk', address: 'wss://s', secretRef: { name: 's' } }), []],
  ['no region', template({ type: 'cloudwatch' }), ['spec.provider.region']],
  ['no secret', template({ type: 'datadog' }), ['spec.provider.secretRef']],
  ['unknown type', template({ type: 'promethius' }), ['spec.provider.type']],
  ['empty query', template({ type: 'keptn' }, ''), ['spec.query']],
  ['a query without end', template({ type: 'keptn' }, 'x'.repeat(65_537)), ['spec.query']],
  ['headers', template({ type: 'prometheus', address: 'http://p', headers: { a: ['b'] } }), []],
  [
    'headers without end',
    template({
      type: 'prometheus',
      address: 'http://p',
      headers: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`h${index}`, ['x']])),
    }),
    ['spec.provider.headers'],
  ],
  [
    'values of a header without end',
    template({ type: 'prometheus', address: 'http://p', headers: { a: Array(17).fill('b') } }),
    ['spec.provider.headers.a'],
  ],
  [
    'a value of a header without end',
    template({ type: 'prometheus', address: 'http://p', headers: { a: ['x'.repeat(8193)] } }),
    ['spec.provider.headers.a'],
  ],
  ['ignored headers', template({ type: 'keptn', headers: {} }), ['spec.provider.headers']],
  ['ignored TLS', template({ type: 'keptn', insecureSkipVerify: true }), ['spec.provider.insecureSkipVerify']],
])('template: %s', (_, object, paths) => {
  expect(validateMetricTemplate(object).map((problem) => problem.path)).toEqual(paths);
});

const provider = (spec: unknown) => ({ metadata: { name: 'p' }, spec }) as unknown as AlertProvider;

test.each([
  ['both destinations', provider({ type: 'slack', address: 'https://x', secretRef: { name: 's' } }), []],
  ['no destination', provider({ type: 'slack' }), ['spec.address']],
  ['unknown type', provider({ type: 'irc', address: 'x' }), ['spec.type']],
  ['no spec', provider(undefined), ['spec']],
  [
    'a channel without end',
    provider({ type: 'slack', address: 'https://x', channel: 'x'.repeat(1025) }),
    ['spec.channel'],
  ],
])('alert provider: %s', (_, object, paths) => {
  expect(validateAlertProvider(object).map((problem) => problem.path)).toEqual(paths);
});

test('garbage is a Problem, never an exception', () => {
  const anything = fc.anything({ maxDepth: 3 });
  const paths = [
    'targetRef',
    'service',
    'service.match',
    'service.gateways',
    'analysis',
    'analysis.metrics',
    'analysis.webhooks',
    'analysis.match',
    'analysis.stepWeights',
    'analysis.sessionAffinity',
    'provider',
    'autoscalerRef',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(anything, fc.array(anything), fc.dictionary(fc.string(), anything)),
      (path, value) => {
        const found = validate(aCanary(set(path, value)));
        for (const problem of found) expect(problemText(problem)).toContain(problem.path);
      },
    ),
    { numRuns: 300 },
  );
  for (const nothing of [undefined, null, 5, 'x', [], {}, { spec: [] }]) {
    expect(validate(nothing as never).some(isError)).toBe(true);
    expect(validateMetricTemplate(nothing as never).some(isError)).toBe(true);
    expect(validateAlertProvider(nothing as never).some(isError)).toBe(true);
  }
});

import { App, Chart, Duration } from 'cdk8s';
import {
  Canary as CanaryConstruct,
  CanaryPolicy,
  DestinationRule,
  Gateway,
  HouseRules,
  HTTPRoute,
  HttpBackend,
  HttpRouteAction,
  LoadBalancing,
  MeshHost,
  PolicyAction,
  RouteAction,
  TlsMode,
  VirtualService,
} from '../../constructs';
import type { Canary, MetricTemplate } from '../../model/canary';
import { type Problem, validate, validateMetricTemplate } from '../../model/validate';
import { all, type Change, hook, set, warnings } from '../model/mistakes';
import { aCanary } from '../model/tutorial';
import { attachedPlane } from './control-plane/plane';
import { type AnyObject, installCrds, prepareNamespace } from './tutorial-fixture';

/**
 * Policies as code on a real API server: what kubectl says of a Canary is what `validate` says of it. And the routing
 * objects of users around a Canary, against the real schemas.
 */
const plane = attachedPlane();
const warned = 'policy-warned';
const denied = 'policy-denied';
const HOUSE = new HouseRules({
  minMetrics: 3,
  needsRollbackOrAlert: true,
  maxStepWeight: 5,
  minSteps: 100,
  minInterval: Duration.minutes(2),
  minProgressDeadline: Duration.minutes(30),
  allowSkipAnalysis: false,
});

const chart = new Chart(new App(), 'policies');
const only = (namespace: string) => ({ 'kubernetes.io/metadata.name': namespace });
new CanaryPolicy(chart, 'hints', { namespaceLabels: only(warned), excludedNames: [`${warned}/left-alone`] });
new CanaryPolicy(chart, 'house', {
  metadata: { name: 'house' },
  namespaceLabels: only(denied),
  houseRules: HOUSE,
  warnings: false,
  action: PolicyAction.DENY,
});
const POLICIES = ['serin-canary-policy', 'serin-canary-policy-templates', 'house'];

beforeAll(async () => {
  await installCrds(plane);
  await prepareNamespace(plane, warned);
  await prepareNamespace(plane, denied);
  await plane.apply(chart.toJson());
  await until(async () => (await submit(warned, set('skipAnalysis', true))).stderr.includes('serin-canary-policy'));
  await until(async () => (await submit(denied, set('skipAnalysis', true))).stderr.includes("'house' denied"));
});

afterAll(async () => {
  await plane.tryKubectl(['delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', ...POLICIES]);
  await plane.kubectl(['delete', 'namespace', warned, denied, '--wait=false']);
});

/** The API server learns of a policy from a watch of its own. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the policy says nothing after 10 s');
}

const dryRun = (object: AnyObject) =>
  plane.tryKubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) });

const spoilt = (namespace: string, change: Change, name = 'spoilt') => {
  const { spec, apiVersion, kind } = aCanary(all(set('autoscalerRef.apiVersion', 'autoscaling/v2'), change));
  return { apiVersion, kind, metadata: { name, namespace }, spec } as Canary;
};
const submit = (namespace: string, change: Change) => dryRun(spoilt(namespace, change) as AnyObject);

const asSaid = ({ path, message, remedy }: Problem) => `${path.replace(/\[\d+\]/g, '[]')}: ${message}: ${remedy}`;
const WARNING = /^Warning: Validation failed for ValidatingAdmissionPolicy '([^']+)' with binding '\1': (.*)$/gm;
const warningsIn = (stderr: string) => [...stderr.matchAll(WARNING)].map(([, , text]) => text);

test.each(POLICIES)('the API server finds nothing wrong with the types of %s', async (name) => {
  await plane.kubectl([
    ...['wait', '--for=jsonpath={.status.observedGeneration}=1', '--timeout=30s'],
    ...['validatingadmissionpolicy', name],
  ]);
  const { status } = JSON.parse(await plane.kubectl(['get', 'validatingadmissionpolicy', name, '-o', 'json']));
  expect(status.typeChecking).toEqual({});
});

test.each(warnings)('kubectl is warned: %s', async (_, change) => {
  const { code, stderr } = await submit(warned, change);
  expect({ code, warnings: warningsIn(stderr) }).toEqual({
    code: 0,
    warnings: validate(spoilt(warned, change)).map(asSaid),
  });
});

test('what is right, or excluded, or in another namespace is taken in silence', async () => {
  const wrong = set('skipAnalysis', true);
  for (const canary of [
    spoilt(warned, () => undefined),
    spoilt(warned, wrong, 'left-alone'),
    spoilt('default', wrong),
  ]) {
    expect(await dryRun(canary as AnyObject)).toMatchObject({ code: 0, stderr: '' });
  }
});

test('an error that the definitions let through', async () => {
  const knative = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'x' };
  const change = all(set('provider', 'knative'), set('targetRef', knative));
  const { stderr } = await submit(warned, change);
  expect(warningsIn(stderr)).toEqual(validate(spoilt(warned, change)).map(asSaid));
});

const metrics = [1, 2, 3].map((n) => ({ name: `m${n}`, threshold: 1, query: 'up' }));
const kept = all(
  set('analysis.metrics', metrics),
  set('analysis.stepWeight', 1),
  set('analysis.maxWeight', 100),
  set('analysis.interval', '2m'),
  set('progressDeadlineSeconds', 1800),
  hook({ type: 'rollback' }),
);
const HOUSE_CASES: [string, Change][] = [
  ['metrics', set('analysis.metrics', metrics.slice(1))],
  ['rollback or alert', set('analysis.webhooks', [])],
  ['step weight', set('analysis.stepWeight', 6)],
  ['steps', set('analysis.stepWeight', 2)],
  ['interval', set('analysis.interval', '119s')],
  ['deadline', set('progressDeadlineSeconds', undefined)],
  ['skipAnalysis', set('skipAnalysis', true)],
  [
    'weights',
    all(
      set('analysis.stepWeight', undefined),
      set('analysis.maxWeight', undefined),
      set('analysis.stepWeights', [5, 10, 16]),
    ),
  ],
];

test('a Canary that keeps the house rules is taken', async () => {
  expect(await submit(denied, kept)).toMatchObject({ code: 0, stderr: '' });
});

test.each(HOUSE_CASES)('a Canary that breaks a house rule is refused: %s', async (_, change) => {
  const { code, stderr } = await submit(denied, all(kept, change));
  const [first] = validate(spoilt(denied, all(kept, change)), { houseRules: HOUSE._rules() });
  expect(code).toBe(1);
  expect(stderr).toContain(`ValidatingAdmissionPolicy 'house' with binding 'house' denied request: ${asSaid(first!)}`);
});

test('a Canary that was there before can be labelled, not changed', async () => {
  const canary = spoilt(denied, set('suspend', true), 'old');
  await plane.kubectl(['delete', 'validatingadmissionpolicybinding', 'house']);
  await until(async () => (await submit(denied, set('skipAnalysis', true))).code === 0);
  await plane.apply(canary as AnyObject);
  await plane.apply(chart.toJson());
  await until(async () => (await submit(denied, set('skipAnalysis', true))).code === 1);
  expect(await plane.tryKubectl(['-n', denied, 'label', 'canary', 'old', 'a=b'])).toMatchObject({ code: 0 });
  const patch = ['-n', denied, 'patch', 'canary', 'old', '--type=merge', '-p', '{"spec":{"revertOnDeletion":true}}'];
  const { code, stderr } = await plane.tryKubectl(patch);
  expect({ code, isByPolicy: stderr.includes("'house' denied request: spec.") }).toEqual({ code: 1, isByPolicy: true });
  expect(await plane.tryKubectl(['-n', denied, 'delete', 'canary', 'old'])).toMatchObject({ code: 0 });
});

test.each([
  { type: 'influxdb', address: 'http://i.test', headers: { a: ['b'] } },
  { type: 'influxdb', address: 'http://i.test', insecureSkipVerify: true },
])('a MetricTemplate: %j', async (provider) => {
  const template = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata: { name: 'spoilt', namespace: warned },
    spec: { provider, query: 'up' },
  };
  const { code, stderr } = await dryRun(template);
  const said = validateMetricTemplate(template as unknown as MetricTemplate).map(asSaid);
  expect({ code, warnings: warningsIn(stderr) }).toEqual({ code: 0, warnings: said });
  expect(said).toHaveLength(1);
});

/** Everything that the typed routing constructs can write, around a Canary that is delegated to. */
function routing(): AnyObject[] {
  const chart = new Chart(new App(), 'routing', { namespace: warned });
  const canary = new CanaryConstruct(chart, 'canary', {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 9898, delegation: true },
    suspend: true,
    analysis: { interval: Duration.minutes(1), threshold: 5, stepWeight: 10 },
  });
  const gateway = new Gateway(chart, 'gateway', {
    metadata: { name: 'edge' },
    servers: [{ port: { number: 80, name: 'http' }, hosts: ['*'] }],
  });
  const reviews = MeshHost.of('reviews');
  new VirtualService(chart, 'root', {
    metadata: { name: 'root' },
    hosts: ['shop.example.com'],
    gateways: [gateway, Gateway.MESH],
    exportTo: ['.'],
    tcp: [{ match: [{ port: 5432 }], route: [{ destination: { host: 'db' } }] }],
    routes: [
      { match: [{ uri: { prefix: '/podinfo' } }], action: RouteAction.delegate(canary) },
      {
        name: 'reviews',
        match: [{ uri: { prefix: '/reviews' }, headers: { 'x-user': { regex: 'a.*' } } }],
        action: RouteAction.split([
          { destination: { host: reviews, port: 80, subset: 'v1' }, weight: 90 },
          {
            destination: { host: reviews, port: 80, subset: 'v2' },
            weight: 10,
            headers: { request: { add: { a: 'b' } } },
          },
        ]),
        rewrite: { uri: '/' },
        timeout: Duration.minutes(1),
        retries: { attempts: 3, perTryTimeout: Duration.seconds(2), retryOn: '5xx' },
        headers: { response: { remove: ['server'] } },
        corsPolicy: { allowOrigins: [{ exact: 'https://a.test' }], maxAge: Duration.hours(24) },
        mirror: { host: MeshHost.apexOf(canary) },
        mirrorPercentage: 0.5,
        fault: { abort: { httpStatus: 503, percentage: { value: 0.1 } } },
      },
      {
        match: [{ uri: { exact: '/old' } }],
        action: RouteAction.redirect({ authority: 'new.test', redirectCode: 308 }),
      },
      { action: RouteAction.respond(404, 'nothing here') },
    ],
  });
  new DestinationRule(chart, 'rule', {
    metadata: { name: 'reviews' },
    host: reviews,
    trafficPolicy: {
      connectionPool: { http: { http1MaxPendingRequests: 10, idleTimeout: Duration.seconds(30) } },
      loadBalancer: { simple: LoadBalancing.LEAST_REQUEST, warmupDurationSecs: Duration.minutes(1) },
      outlierDetection: { consecutive5xxErrors: 5, baseEjectionTime: Duration.minutes(1) },
      tls: { mode: TlsMode.ISTIO_MUTUAL },
    },
    subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
  });
  const stock = HttpBackend.of({ name: 'stock', port: 80 });
  new HTTPRoute(chart, 'route', {
    metadata: { name: 'shop' },
    parents: [{ name: 'public', namespace: 'edge', sectionName: 'https' }],
    hostnames: ['shop.example.com'],
    rules: [
      {
        match: [{ uri: { prefix: '/stock' }, method: { exact: 'GET' }, headers: { a: { exact: 'b' } } }],
        action: HttpRouteAction.split([
          { backend: stock, weight: 9 },
          { backend: HttpBackend.apexOf(canary), weight: 1 },
        ]),
        headers: { request: { set: { a: 'b' } } },
        rewrite: { uri: '/', type: 'ReplacePrefixMatch' },
        mirror: stock,
        timeout: Duration.seconds(90),
        backendTimeout: Duration.seconds(10),
      },
      { match: [{ uri: { exact: '/old' } }], action: HttpRouteAction.redirect({ scheme: 'https', statusCode: 301 }) },
    ],
  });
  return chart.toJson();
}

test('the routing objects around a Canary apply, and the API server keeps every field', async () => {
  const objects = routing();
  await plane.kubectl(['apply', '--server-side', '-f', plane.assets.httpRouteCrd]);
  await plane.kubectl(['wait', '--for=condition=established', '--timeout=30s', '-f', plane.assets.httpRouteCrd]);
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const { code, stderr } = await plane.tryKubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const { kind, metadata, spec } of objects) {
    const live = JSON.parse(await plane.kubectl(['-n', warned, 'get', kind, metadata.name, '-o', 'json']));
    expect(live.spec).toMatchObject(spec);
  }
});

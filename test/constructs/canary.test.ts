import { ApiObject, Chart, Duration, JsonPatch } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderType,
  AlertSeverity,
  Canary,
  Gateway,
  LoadBalancing,
  Metric,
  MetricProviderType,
  MetricTemplate,
  SameSite,
  TrafficDistribution,
  TrafficProvider,
  Webhook,
} from '../../constructs';
import { ANALYSIS, aCanary, aChart, aDeployment, PLUS_VERSIONS, synthesised } from './fixtures';

const specOf = (chart: Chart) => synthesised(chart)['Canary/podinfo'].spec;

describe.each(PLUS_VERSIONS)('a Canary of a Deployment of $name', ({ plus }) => {
  function program() {
    const chart = aChart();
    const target = new plus.Deployment(chart, 'web', {
      metadata: { name: 'web' },
      containers: [
        { image: 'web:1', resources: { cpu: { request: plus.Cpu.millis(10), limit: plus.Cpu.millis(20) } } },
      ],
    });
    const autoscaler = new plus.HorizontalPodAutoscaler(chart, 'scaler', {
      metadata: { name: 'web' },
      target,
      maxReplicas: 3,
      metrics: [plus.Metric.resourceCpu(plus.MetricTarget.averageUtilization(80))],
    });
    // The label that cdk8s-plus selects by unless it is told another.
    const selectorLabels = ['cdk8s.io/metadata.addr'];
    new Canary(chart, 'canary', { target, autoscaler, selectorLabels, service: { port: 80 }, analysis: ANALYSIS });
    return synthesised(chart);
  }

  it('refers to the constructs and has the name and namespace of the target', () => {
    const canary = program()['Canary/web'];
    expect(canary.metadata).toEqual({ name: 'web', namespace: 'test' });
    expect(canary.spec.targetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
    expect(canary.spec.autoscalerRef).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name: 'web',
    });
  });

  it('comes after them in the manifest', () => {
    expect(Object.keys(program())).toEqual(['Deployment/web', 'HorizontalPodAutoscaler/web', 'Canary/web']);
  });
});

it('leaves out what is not given', () => {
  const chart = aChart();
  aCanary(chart);
  expect(specOf(chart)).toEqual({
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 9898 },
    analysis: { interval: '1m', threshold: 5, stepWeight: 10 },
  });
});

it('does not order charts, so that their files keep their names', () => {
  const chart = aChart();
  const other = new Chart(chart.node.root, 'release', { namespace: 'test' });
  new Canary(other, 'canary', { target: aDeployment(chart), service: { port: 9898 }, analysis: ANALYSIS });
  expect(other.node.dependencies).toEqual([]);
  expect(synthesised(other)['Canary/podinfo'].metadata.namespace).toBe('test');
});

it('takes the namespace of a target that names its own', () => {
  const chart = aChart();
  const target = new ApiObject(chart, 'web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
  });
  expect(aCanary(chart, { target }).namespace).toBe('shop');
});

it.each([
  [Duration.millis(500), '500ms'],
  [Duration.seconds(30), '30s'],
  [Duration.seconds(90), '90s'],
  [Duration.minutes(1), '1m'],
  [Duration.hours(2), '120m'],
  [Duration.seconds(0), '0s'],
])('writes a duration as the API takes it: %s is %s', (timeout, text) => {
  const chart = aChart();
  aCanary(chart, { service: { port: 80, timeout } });
  expect(specOf(chart).service.timeout).toBe(text);
});

it('reaches every part of the spec', () => {
  const chart = aChart();
  const ref = (kind: string) => ({ apiVersion: 'x/v1', kind, name: 'x' });
  const ports = [{ name: 'http', containerPort: 9898 }];
  aCanary(chart, {
    target: aDeployment(chart, { containers: [{ name: 'podinfod', image: 'podinfo:1', ports }] }),
    provider: TrafficProvider.ISTIO,
    metricsServer: 'http://prometheus:9090',
    progressDeadline: Duration.minutes(2),
    autoscaler: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
    primaryScaler: { minReplicas: 2, queries: { cpu: 'q' } },
    ingress: ref('Ingress'),
    route: ref('ApisixRoute'),
    upstream: ref('Upstream'),
    upstreamNamespace: 'gloo',
    skipAnalysis: false,
    revertOnDeletion: true,
    suspend: true,
    service: {
      name: 'web',
      port: 80,
      targetPortName: 'http',
      trafficDistribution: TrafficDistribution.PREFER_SAME_ZONE,
      gateways: [Gateway.MESH, Gateway.fromName('istio-system/public')],
      trafficPolicy: {
        loadBalancer: { simple: LoadBalancing.ROUND_ROBIN, warmupDurationSecs: Duration.seconds(30) },
        connectionPool: { http: { idleTimeout: Duration.minutes(5) }, tcp: { maxConnections: 100 } },
        outlierDetection: { baseEjectionTime: Duration.seconds(15) },
      },
      corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }], maxAge: Duration.hours(1) },
      headers: { request: { add: { 'x-a': 'b' } } },
      match: [{ uri: { prefix: '/api' } }],
    },
    analysis: {
      ...ANALYSIS,
      sessionAffinity: { cookieName: 'c', maxAge: Duration.hours(1), secure: true, sameSite: SameSite.NONE },
    },
  });
  expect(specOf(chart)).toEqual({
    provider: 'istio',
    metricsServer: 'http://prometheus:9090',
    progressDeadlineSeconds: 120,
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    autoscalerRef: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      name: 'podinfo',
      primaryScalerReplicas: { minReplicas: 2 },
      primaryScalerQueries: { cpu: 'q' },
    },
    ingressRef: ref('Ingress'),
    routeRef: ref('ApisixRoute'),
    upstreamRef: { ...ref('Upstream'), namespace: 'gloo' },
    skipAnalysis: false,
    revertOnDeletion: true,
    suspend: true,
    service: {
      name: 'web',
      port: 80,
      targetPort: 'http',
      trafficDistribution: 'PreferSameZone',
      gateways: ['mesh', 'istio-system/public'],
      trafficPolicy: {
        loadBalancer: { simple: 'ROUND_ROBIN', warmupDurationSecs: '30s' },
        connectionPool: { http: { idleTimeout: '5m' }, tcp: { maxConnections: 100 } },
        outlierDetection: { baseEjectionTime: '15s' },
      },
      corsPolicy: { allowOrigins: [{ exact: 'https://a.example' }], maxAge: '60m' },
      headers: { request: { add: { 'x-a': 'b' } } },
      match: [{ uri: { prefix: '/api' } }],
    },
    analysis: {
      interval: '1m',
      threshold: 5,
      stepWeight: 10,
      sessionAffinity: { cookieName: 'c', maxAge: 3600, secure: true, sameSite: 'None' },
    },
  });
});

it('adds checks, webhooks and alerts after it was made', () => {
  const chart = aChart();
  const room = new AlertProvider(chart, 'room', {
    metadata: { name: 'room', namespace: 'ops' },
    type: AlertProviderType.SLACK,
    secret: { name: 'slack' },
  });
  const latency = new MetricTemplate(chart, 'latency', {
    metadata: { name: 'latency' },
    provider: { type: MetricProviderType.PROMETHEUS, address: 'http://prometheus:9090' },
    query: 'up',
  });
  const canary = aCanary(chart);
  canary.addMetric(Metric.template(latency, { max: 0.5, interval: Duration.minutes(1), variables: { a: 'b' } }));
  canary.addWebhook(Webhook.confirmPromotion('gate', { url: 'http://gate/', muteAlert: true }));
  canary.addAlert({ name: 'ops', provider: room, severity: AlertSeverity.ERROR });
  const objects = synthesised(chart);
  expect(objects['Canary/podinfo'].spec.analysis).toMatchObject({
    metrics: [
      {
        name: 'latency',
        templateRef: { name: 'latency', namespace: 'test' },
        templateVariables: { a: 'b' },
        thresholdRange: { max: 0.5 },
        interval: '1m',
      },
    ],
    webhooks: [{ name: 'gate', type: 'confirm-promotion', url: 'http://gate/', muteAlert: true }],
    alerts: [{ name: 'ops', providerRef: { name: 'room', namespace: 'ops' }, severity: 'error' }],
  });
  expect(objects['AlertProvider/room'].spec).toEqual({ type: 'slack', secretRef: { name: 'slack' } });
  expect(objects['MetricTemplate/latency'].spec).toEqual({
    provider: { type: 'prometheus', address: 'http://prometheus:9090' },
    query: 'up',
  });
});

it('gives each kind of webhook its type', () => {
  const options = { url: 'http://hook/' };
  const chart = aChart();
  const webhooks = [
    Webhook.confirmRollout('a', options),
    Webhook.preRollout('a', options),
    Webhook.rollout('a', options),
    Webhook.confirmTrafficIncrease('a', options),
    Webhook.confirmPromotion('a', options),
    Webhook.postRollout('a', options),
    Webhook.rollback('a', options),
    Webhook.event('a', options),
  ];
  aCanary(chart, { analysis: { ...ANALYSIS, webhooks } });
  expect(specOf(chart).analysis.webhooks.map((hook: { type?: string }) => hook.type)).toEqual([
    'confirm-rollout',
    'pre-rollout',
    undefined,
    'confirm-traffic-increase',
    'confirm-promotion',
    'post-rollout',
    'rollback',
    'event',
  ]);
});

it('can be patched like every ApiObject', () => {
  const chart = aChart();
  aCanary(chart).apiObject.addJsonPatch(JsonPatch.add('/spec/analysis/threshold', 7));
  expect(specOf(chart).analysis.threshold).toBe(7);
});

it('names a gateway construct by its host, and one without namespace by its name', () => {
  const chart = aChart();
  const servers = [{ port: { number: 80, name: 'http' }, hosts: ['*'] }];
  const far = new Gateway(chart, 'far', { metadata: { name: 'public', namespace: 'istio-system' }, servers });
  const near = new Gateway(new Chart(chart.node.root, 'other'), 'near', { metadata: { name: 'public' }, servers });
  expect([far.reference, near.reference]).toEqual(['public.istio-system.svc.cluster.local', 'public']);
});

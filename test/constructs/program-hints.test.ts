import { ApiObject, Chart } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderType,
  Gateway,
  Metric,
  MetricProviderType,
  MetricTemplate,
  Webhook,
} from '../../constructs';
import { ANALYSIS, aCanary, aChart, aChartWithoutNamespace, aDeployment, PLUS_VERSIONS, synthesised } from './fixtures';

let print: jest.SpyInstance;
beforeEach(() => {
  print = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => print.mockRestore());

const hintsOf = (...charts: Chart[]) => {
  print.mockClear();
  for (const chart of charts) chart.toJson();
  return print.mock.calls.map(([text]) => text);
};

const scaler = (scope: Chart, kind: string, scaleTargetRef: object, name = 'scaler') =>
  new ApiObject(scope, name, {
    apiVersion: kind === 'ScaledObject' ? 'keda.sh/v1alpha1' : 'autoscaling/v2',
    kind,
    metadata: { name },
    spec: { scaleTargetRef },
  });
const HPA = 'HorizontalPodAutoscaler';
const podinfo = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
const unknown = (kind: string, path = 'podinfo/scaler') =>
  `[podinfo/canary] autoscaler: ${kind} scaler [${path}] scales the target Deployment podinfo, and is not given, so that ` +
  'the primary is not scaled and the two fight over the replicas: give it as autoscaler';

describe('an autoscaler of the target', () => {
  it.each([
    [HPA, podinfo],
    ['ScaledObject', { name: 'podinfo' }],
  ])('that is not given: %s', (kind, target) => {
    const chart = aChart();
    aCanary(chart);
    scaler(chart, kind, target);
    expect(hintsOf(chart)).toEqual([unknown(kind).replace('[podinfo/scaler]', '[podinfo]')]);
  });

  it.each(PLUS_VERSIONS)('of $name', ({ plus }) => {
    const chart = aChart();
    const target = new plus.Deployment(chart, 'web', {
      metadata: { name: 'podinfo' },
      select: false,
      podMetadata: { labels: { app: 'podinfo' } },
      containers: [{ image: 'web:1', portNumber: 80, resources: { cpu: { request: plus.Cpu.millis(10) } } }],
    });
    target.select(plus.LabelSelector.of({ labels: { app: 'podinfo' } }));
    new plus.HorizontalPodAutoscaler(chart, 'scaler', {
      metadata: { name: 'scaler' },
      target,
      maxReplicas: 3,
      metrics: [plus.Metric.resourceCpu(plus.MetricTarget.averageUtilization(70))],
    });
    aCanary(chart, { target });
    expect(hintsOf(chart)).toEqual([unknown(HPA)]);
  });

  it('that comes after another one', () => {
    const chart = aChart();
    const autoscaler = scaler(chart, HPA, podinfo, 'first');
    aCanary(chart, { autoscaler });
    expect(hintsOf(chart)).toEqual([]);
    scaler(chart, 'ScaledObject', { name: 'podinfo' });
    expect(hintsOf(chart)).toEqual([
      '[podinfo/canary] autoscaler: ScaledObject scaler [podinfo] scales the target Deployment podinfo, and autoscaler is ' +
        'HorizontalPodAutoscaler first: keep one of them',
    ]);
  });

  it('of another target, chart or namespace is none', () => {
    const chart = aChart();
    aCanary(chart);
    scaler(chart, HPA, { ...podinfo, name: 'other' });
    scaler(new Chart(chart.node.root, 'other', { namespace: 'test' }), HPA, podinfo);
    const spec = { scaleTargetRef: podinfo };
    const away = { name: 'a', namespace: 'away' };
    new ApiObject(chart, 'away', { apiVersion: 'autoscaling/v2', kind: HPA, metadata: away, spec });
    expect(hintsOf(chart)).toEqual([]);
  });

  it('is looked for once in a synthesis of many Canaries, and again in the next', () => {
    const chart = aChart();
    const walk = jest.spyOn(chart.node.root.node, 'findAll');
    for (let index = 0; index < 20; index++) {
      aCanary(chart, { target: { ...podinfo, name: `app-${index}` } }, `canary-${index}`);
    }
    hintsOf(chart);
    const first = walk.mock.calls.length;
    scaler(chart, HPA, { ...podinfo, name: 'app-7' });
    expect(hintsOf(chart)).toEqual([expect.stringContaining('[podinfo/canary-7] autoscaler:')]);
    expect(first).toBe(2); // cdk8s' own walk for validations, and ours
    walk.mockRestore();
  });
});

const template = (scope: Chart, secret?: { name: string; namespace?: string }) =>
  new MetricTemplate(scope, 'latency', {
    metadata: { name: 'latency' },
    provider: { type: MetricProviderType.PROMETHEUS, address: 'http://prometheus:9090', ...(secret && { secret }) },
    query: 'up',
  });
const room = (scope: Chart, secret?: { name: string; namespace?: string }) =>
  new AlertProvider(scope, 'room', {
    metadata: { name: 'room' },
    type: AlertProviderType.SLACK,
    ...(secret ? { secret } : { address: 'http://chat.test/' }),
  });
const gateway = (scope: Chart) => new Gateway(scope, 'gateway', { metadata: { name: 'public' }, servers: [] });

describe('references', () => {
  it('name the namespace of the construct', () => {
    const chart = aChart();
    const ops = new Chart(chart.node.root, 'ops', { namespace: 'ops' });
    const canary = aCanary(chart, { service: { port: 80, gateways: [gateway(ops)] } });
    canary.addMetric(Metric.template(template(ops), { max: 1 }));
    canary.addAlert({ name: 'ops', provider: room(ops) });
    const { analysis, service } = synthesised(chart)['Canary/podinfo'].spec;
    expect(analysis.metrics[0].templateRef).toEqual({ name: 'latency', namespace: 'ops' });
    expect(analysis.alerts[0].providerRef).toEqual({ name: 'room', namespace: 'ops' });
    expect(service.gateways).toEqual(['public.ops.svc.cluster.local']);
    expect(hintsOf(chart)).toEqual([]);
  });

  it('name none where nothing has one', () => {
    const chart = aChartWithoutNamespace();
    const canary = aCanary(chart, { service: { port: 80, gateways: [gateway(chart)] } });
    canary.addMetric(Metric.template(template(chart), { max: 1 }));
    canary.addAlert({ name: 'ops', provider: room(chart) });
    const { analysis, service } = synthesised(chart)['Canary/podinfo'].spec;
    expect(analysis.metrics[0].templateRef).toEqual({ name: 'latency' });
    expect(analysis.alerts[0].providerRef).toEqual({ name: 'room' });
    expect(service.gateways).toEqual(['public']);
    expect(hintsOf(chart)).toEqual([]);
  });

  it('to a construct without a namespace may miss it', () => {
    const chart = aChart();
    const loose = new Chart(chart.node.root, 'loose');
    const canary = aCanary(chart, { service: { port: 80, gateways: [gateway(loose)] } });
    canary.addMetric(Metric.template(template(loose), { max: 1 }));
    canary.addAlert({ name: 'ops', provider: room(loose) });
    const text = (prop: string, what: string) =>
      `[podinfo/canary] ${prop}: ${what} has no namespace, and is looked for in test, where the Canary is: give its chart ` +
      'or its metadata a namespace';
    expect(hintsOf(chart)).toEqual([
      text('metric latency', 'MetricTemplate latency'),
      text('alert ops', 'AlertProvider room'),
      text('service.gateways', 'Gateway public'),
    ]);
  });

  it('by name are taken as they are', () => {
    const chart = aChart();
    aCanary(chart).addAlert({ name: 'ops', provider: { name: 'room' } });
    expect(hintsOf(chart)).toEqual([]);
  });
});

describe('refuses', () => {
  it.each([
    ['template', template, 'latency', 'provider.secret', 'MetricTemplate'],
    ['chat room', room, 'room', 'secret', 'AlertProvider'],
  ] as const)('a Secret of a %s in another namespace', (_, make, id, prop, kind) => {
    const chart = aChart();
    make(chart, { name: 'keys', namespace: 'ops' });
    expect(() => chart.toJson()).toThrow(
      `[podinfo/${id}] ${prop}: Secret keys is in namespace ops, and is looked for in test, where the ${kind} is: put both ` +
        'into one namespace',
    );
    const right = aChart();
    make(right, { name: 'keys', namespace: 'test' });
    expect(() => right.toJson()).not.toThrow();
  });

  it.each(PLUS_VERSIONS)('a Secret of $name in another namespace', ({ plus }) => {
    const chart = aChart();
    const ops = new Chart(chart.node.root, 'ops', { namespace: 'ops' });
    room(chart, new plus.Secret(ops, 'keys', { metadata: { name: 'keys' } }));
    expect(() => chart.toJson()).toThrow('[podinfo/room] secret: Secret keys is in namespace ops');
  });

  it('a target and an autoscaler in another namespace', () => {
    const chart = aChart();
    const ops = new Chart(chart.node.root, 'ops', { namespace: 'ops' });
    const autoscaler = scaler(ops, HPA, podinfo);
    aCanary(chart, { target: aDeployment(ops), autoscaler, metadata: { namespace: 'test' } });
    const text = (prop: string, what: string) =>
      `  [podinfo/canary] ${prop}: ${what} is in namespace ops, and is looked for in test, where the Canary is: put both ` +
      'into one namespace';
    expect(() => chart.toJson()).toThrow(
      `Validation failed with the following errors:\n${text('target', 'Deployment podinfo')}\n` +
        text('autoscaler', 'HorizontalPodAutoscaler scaler'),
    );
  });

  it('a gate at a relative address', () => {
    const chart = aChart();
    const webhooks = [Webhook.rollout('load', { url: 'loadtester/' })];
    aCanary(chart, { analysis: { ...ANALYSIS, webhooks } });
    expect(() => chart.toJson()).toThrow(
      'Validation failed with the following errors:\n  [podinfo/canary] spec.analysis.webhooks[0].url: must be an absolute ' +
        'http or https URL ("loadtester/"): write it like http://flagger-loadtester.test/',
    );
  });

  it('a name that leaves no room for -primary', () => {
    const chart = aChart();
    const name = 'x'.repeat(56);
    aCanary(chart, { target: { ...podinfo, name } });
    const shown = `{"apiVersion":"apps/v1","kind":"Deployment","name":"${name}"}`;
    expect(() => chart.toJson()).toThrow(
      `[podinfo/canary] spec.targetRef: gives an apex name of 56 characters, 55 are allowed (${shown.slice(0, 77)}...): set a ` +
        'shorter service.name',
    );
  });

  it('a kind of target that is not delivered', () => {
    const chart = aChart();
    aCanary(chart, { target: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' } });
    expect(() => chart.toJson()).toThrow(
      '[podinfo/canary] spec.targetRef.kind: is not a known value ("StatefulSet"): use one of DaemonSet, Deployment, Service',
    );
  });
});

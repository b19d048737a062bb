import { ApiObject, Chart, Duration } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderType,
  Bootstrap,
  type Canary,
  type CanaryProps,
  Metric,
  MetricProviderType,
  MetricTemplate,
} from '../../constructs';
import { ANALYSIS, aCanary, aChart, aDeployment, type Manifest, PLUS_VERSIONS, synthesised } from './fixtures';

const container = { name: 'podinfod', image: 'podinfo:1' };
const PORTS = [
  { containerPort: 8125, protocol: 'UDP' },
  { name: 'grpc', containerPort: 9999 },
  { containerPort: 9898 },
];

/** The service of a Canary whose target's container has those ports. */
function serviceOf(service: CanaryProps['service'], ports: object[] = PORTS): Manifest {
  const chart = aChart();
  const target = aDeployment(chart, { containers: [{ ...container, ports }] });
  // Without the key, as users leave it out.
  const canary = aCanary(chart, { target, ...(service && { service }) });
  return canary.apiObject.toJson().spec.service;
}

describe('the port of the service', () => {
  it('is the first TCP port of the containers, with its name', () => {
    expect(serviceOf({})).toEqual({ port: 9999, portName: 'grpc' });
  });

  it('is the container port that is named', () => {
    expect(serviceOf({ targetPort: 9898 })).toEqual({ port: 9898, targetPort: 9898 });
    expect(serviceOf({ targetPortName: 'grpc', portName: 'rpc' })).toEqual({
      port: 9999,
      portName: 'rpc',
      targetPort: 'grpc',
    });
  });

  it('is what is given', () => {
    expect(serviceOf({ port: 80 })).toEqual({ port: 80 });
  });

  it.each(PLUS_VERSIONS)('is read from a Deployment of $name without any service', ({ plus }) => {
    const chart = aChart();
    const target = new plus.Deployment(chart, 'web', {
      metadata: { name: 'web' },
      select: false,
      podMetadata: { labels: { app: 'web' } },
      containers: [{ image: 'web:1', ports: [{ number: 8080, name: 'http' }] }],
    });
    target.select(plus.LabelSelector.of({ labels: { app: 'web' } }));
    const { service: _, ...rest } = { service: undefined, target, analysis: ANALYSIS };
    new (require('../../constructs').Canary)(chart, 'canary', rest);
    expect(synthesised(chart)['Canary/web'].spec.service).toEqual({ port: 8080, portName: 'http' });
  });

  it('must be given when the target has none', () => {
    expect(() => serviceOf({}, [])).toThrow(
      'service.port: is missing, and target Deployment podinfo declares no container port: set service.port, or give the container a port',
    );
  });

  it('must be given when the target is a reference', () => {
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
    expect(synthesising(() => ({ target, service: {} }))).toThrow(
      '[podinfo/canary] service.port: is missing, and target Deployment podinfo is a reference: set service.port, or give the construct',
    );
  });
});

const synthesising = (propsOf: (chart: Chart) => Partial<CanaryProps>) => () => {
  const chart = aChart();
  aCanary(chart, propsOf(chart));
  chart.toJson();
};

describe('refuses', () => {
  it('a target without a label that the controller selects by', () => {
    const propsOf = (chart: Chart) => ({ target: aDeployment(chart, {}, { tier: 'web' }) });
    expect(synthesising(propsOf)).toThrow(
      '[podinfo/canary] target: deployment podinfo.test spec.selector.matchLabels must contain one of ' +
        '[app name app.kubernetes.io/name] ({"tier":"web"}): select the pods of the target by app, or list the ' +
        "controller's -selector-labels in selectorLabels",
    );
    expect(synthesising((chart) => ({ ...propsOf(chart), selectorLabels: ['tier'] }))).not.toThrow();
    const bootstrap = Bootstrap.SYNTH;
    expect(synthesising((chart) => ({ ...propsOf(chart), bootstrap, selectorLabels: ['tier'] }))).not.toThrow();
  });

  it('a label value that leaves no room for -primary', () => {
    const value = 'x'.repeat(56);
    expect(synthesising((chart) => ({ target: aDeployment(chart, {}, { app: value }) }))).toThrow(
      `[podinfo/canary] target: value of label app ${value}-primary has 64 characters, 63 are allowed: give the label a shorter value`,
    );
    expect(synthesising((chart) => ({ target: aDeployment(chart, {}, { app: value.slice(1) }) }))).not.toThrow();
  });

  it('a name that leaves no room for -primary', () => {
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x'.repeat(56) };
    expect(synthesising(() => ({ target }))).toThrow(
      /\[podinfo\/canary\] spec\.targetRef: gives an apex name of 56 characters, 55 are allowed .*: set a shorter service\.name/,
    );
  });

  const scaling = (chart: Chart, name: string) =>
    new ApiObject(chart, 'scaler', {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 3 },
    });

  it('the autoscaler of another workload', () => {
    expect(synthesising((chart) => ({ autoscaler: scaling(chart, 'other') }))).toThrow(
      '[podinfo/canary] autoscaler: HorizontalPodAutoscaler web scales Deployment other, not the target Deployment ' +
        'podinfo: point its scaleTargetRef at the target, or give the autoscaler of the target',
    );
    expect(synthesising((chart) => ({ autoscaler: scaling(chart, 'podinfo') }))).not.toThrow();
  });

  it('a deadline before which no pod can be available', () => {
    const propsOf = (seconds: number) => (chart: Chart) => ({
      progressDeadline: Duration.seconds(seconds),
      target: aDeployment(chart, { containers: [{ ...container, readinessProbe: { initialDelaySeconds: 60 } }] }),
    });
    expect(synthesising(propsOf(60))).toThrow(
      '[podinfo/canary] progressDeadline: 60 s pass before a pod of Deployment podinfo can be available, which takes ' +
        '60 s (initialDelaySeconds and minReadySeconds), so that no weight is reached: lengthen progressDeadline, or shorten them',
    );
    expect(synthesising(propsOf(61))).not.toThrow();
  });

  it('the name of a container port that is not there', () => {
    const propsOf = (targetPortName: string) => (chart: Chart) => ({
      service: { port: 80, targetPortName },
      target: aDeployment(chart, { containers: [{ ...container, ports: PORTS }] }),
    });
    expect(synthesising(propsOf('http'))).toThrow(
      '[podinfo/canary] service.targetPortName: no container of Deployment podinfo has a port of that name ("http"): use one of grpc, 9898',
    );
    expect(synthesising(propsOf('grpc'))).not.toThrow();
  });

  it('a template or a chat room of another kind', () => {
    const chart = aChart();
    const room = new AlertProvider(chart, 'room', { type: AlertProviderType.SLACK, address: 'http://chat.test/' });
    const template = new MetricTemplate(chart, 'template', {
      provider: { type: MetricProviderType.PROMETHEUS, address: 'http://prometheus:9090' },
      query: 'up',
    });
    expect(() => Metric.template(room, { max: 1 })).toThrow(
      'Metric.template: [podinfo/room] is a construct of kind AlertProvider: give one of kind MetricTemplate',
    );
    aCanary(chart).addAlert({ name: 'ops', provider: template });
    expect(() => chart.toJson()).toThrow(
      '[podinfo/canary] alert ops: [podinfo/template] is a construct of kind MetricTemplate: give one of kind AlertProvider',
    );
  });
});

describe('two Canaries on one target', () => {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
  const TEXT =
    '[podinfo/second] target: Deployment podinfo is the target of [podinfo/first] too, and two Canaries fight over one primary: keep one of them';

  const both = (targetOf: (chart: Chart) => CanaryProps['target'][]) => () => {
    const chart = aChart();
    const [first = reference, second = reference] = targetOf(chart);
    const canaries: Canary[] = [
      aCanary(chart, { target: first }, 'first'),
      aCanary(chart, { target: second }, 'second'),
    ];
    expect(canaries).toHaveLength(2);
    chart.toJson();
  };

  it('are refused, whether the target is a construct or a reference', () => {
    expect(both(() => [reference, { ...reference }])).toThrow(TEXT);
    expect(both((chart) => [aDeployment(chart), reference])).toThrow(TEXT);
    expect(both((chart) => Array(2).fill(aDeployment(chart)))).toThrow(TEXT);
  });

  it('are two targets in two charts or namespaces', () => {
    const app = aChart().node.root;
    for (const id of ['staging', 'production']) aCanary(new Chart(app, id), { target: reference });
    const away = new Chart(app, 'away');
    const targetIn = (namespace: string) =>
      new ApiObject(away, namespace, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace },
      });
    for (const namespace of ['a', 'b']) aCanary(away, { target: targetIn(namespace) }, `canary-${namespace}`);
    for (const chart of app.node.findAll().filter(Chart.isChart)) expect(() => chart.toJson()).not.toThrow();
  });
});

it('refuses two Canaries of one apex', () => {
  const both = (name: string) => () => {
    const chart = aChart();
    aCanary(chart, {}, 'first');
    const target = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web' };
    aCanary(chart, { target, service: { name, port: 80 } }, 'second');
    chart.toJson();
  };
  expect(both('podinfo')).toThrow(
    '[podinfo/second] service.name: podinfo is the apex of [podinfo/first] too, and two Canaries fight over its ' +
      'Services and routes: give one of them another service.name',
  );
  expect(both('web')).not.toThrow();
});

it('refers to templates and chat rooms of other namespaces and charts', () => {
  const chart = aChart();
  const ops = new Chart(chart.node.root, 'ops', { namespace: 'ops' });
  const provider = new AlertProvider(ops, 'room', {
    metadata: { name: 'room' },
    type: AlertProviderType.SLACK,
    address: 'http://chat.test/',
  });
  const template = new MetricTemplate(ops, 'latency', {
    metadata: { name: 'latency' },
    provider: { type: MetricProviderType.PROMETHEUS, address: 'http://prometheus:9090' },
    query: 'up',
  });
  const canary = aCanary(chart);
  canary.addMetric(Metric.template(template, { max: 1 }));
  canary.addAlert({ name: 'ops', provider });
  const { metrics, alerts } = synthesised(chart)['Canary/podinfo'].spec.analysis;
  expect(metrics[0].templateRef).toEqual({ name: 'latency', namespace: 'ops' });
  expect(alerts[0].providerRef).toEqual({ name: 'room', namespace: 'ops' });
});

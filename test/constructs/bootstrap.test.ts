import { ApiObject, type Chart, JsonPatch } from 'cdk8s';
import { Bootstrap } from '../../constructs';
import type { Canary } from '../../model/canary';
import { primaryAutoscaler } from '../../model/objects/autoscaler';
import { canaryServices } from '../../model/objects/services';
import { render } from '../../model/traffic/istio';
import {
  aCanary,
  aChart,
  aChartWithoutNamespace,
  aDeployment,
  type Manifest,
  PLUS_VERSIONS,
  synthesised,
} from './fixtures';

const bootstrap = Bootstrap.SYNTH;

function both(chart: Chart, props: Parameters<typeof aCanary>[1] = {}) {
  const canary = aCanary(chart, { bootstrap, ...props });
  return { ordinary: synthesised(chart), once: synthesised(canary.bootstrapChart as Chart) };
}

describe.each(PLUS_VERSIONS)('with a Deployment of $name', ({ plus }) => {
  function program(image: string) {
    const chart = aChart();
    const target = new plus.Deployment(chart, 'podinfo', {
      metadata: { name: 'podinfo' },
      select: false,
      podMetadata: { labels: { app: 'podinfo' } },
      containers: [{ image, resources: { cpu: { request: plus.Cpu.millis(10), limit: plus.Cpu.millis(20) } } }],
    });
    target.select(plus.LabelSelector.of({ labels: { app: 'podinfo' } }));
    const autoscaler = new plus.HorizontalPodAutoscaler(chart, 'scaler', {
      metadata: { name: 'podinfo' },
      target,
      maxReplicas: 3,
      metrics: [plus.Metric.resourceCpu(plus.MetricTarget.averageUtilization(80))],
    });
    return both(chart, { target, autoscaler });
  }

  it('puts what the controller will own into a manifest of its own', () => {
    const { ordinary, once } = program('podinfo:1');
    expect(Object.keys(ordinary)).toEqual(['Deployment/podinfo', 'HorizontalPodAutoscaler/podinfo', 'Canary/podinfo']);
    expect(Object.keys(once)).toEqual([
      'Deployment/podinfo-primary',
      'Service/podinfo-canary',
      'Service/podinfo-primary',
      'Service/podinfo',
      'HorizontalPodAutoscaler/podinfo-primary',
      'DestinationRule/podinfo-canary',
      'DestinationRule/podinfo-primary',
      'VirtualService/podinfo',
    ]);
  });

  it('makes them with the functions of the controller', () => {
    const { ordinary, once } = program('podinfo:1');
    const canary: Canary = ordinary['Canary/podinfo'];
    const services = canaryServices(canary, { key: 'app', value: 'podinfo' }, ordinary['Deployment/podinfo']);
    const routing = render(canary, { primary: 100, canary: 0, mirrored: false });
    for (const object of [
      ...Object.values(services),
      ...routing.destinationRules,
      routing.virtualService,
      primaryAutoscaler(canary, ordinary['HorizontalPodAutoscaler/podinfo']),
    ]) {
      expect(once[`${object.kind}/${object.metadata.name}`]).toEqual(object);
    }
  });

  it('has a primary that runs the template of the target and selects its own pods', () => {
    const { ordinary, once } = program('podinfo:1');
    const primary = once['Deployment/podinfo-primary'];
    const target = ordinary['Deployment/podinfo'];
    expect(primary.spec.template.spec).toEqual(target.spec.template.spec);
    expect(primary.spec.selector).toEqual({ matchLabels: { app: 'podinfo-primary' } });
    expect(primary.spec.template.metadata.labels).toEqual({
      ...target.spec.template.metadata.labels,
      app: 'podinfo-primary',
    });
  });

  it('changes the ordinary manifest alone with a new version that is applied without the other', () => {
    const [first, second] = [program('podinfo:1'), program('podinfo:2')];
    expect(first.ordinary['Deployment/podinfo']).not.toEqual(second.ordinary['Deployment/podinfo']);
    const { 'Deployment/podinfo-primary': _, ...rest } = first.once;
    expect(second.once).toMatchObject(rest);
  });
});

it('marks every object with its Canary, in place of an owner reference', () => {
  for (const object of Object.values(both(aChart()).once)) {
    expect(object.metadata.annotations['serin.dev/canary']).toBe('podinfo');
    expect(object.metadata.ownerReferences).toBeUndefined();
  }
});

it('says how many replicas the primary has only without an autoscaler', () => {
  expect(both(aChart()).once['Deployment/podinfo-primary'].spec.replicas).toBe(2);
  const chart = aChart();
  const autoscaler = new ApiObject(chart, 'scaler', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'podinfo' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }, maxReplicas: 3 },
  });
  const { once } = both(chart, { autoscaler });
  expect(once['Deployment/podinfo-primary'].spec).not.toHaveProperty('replicas');
});

it('says nothing about revisions, whose hash depends on what the API server fills in', () => {
  expect(Object.keys(both(aChart()).once['Deployment/podinfo-primary'].metadata.annotations)).toEqual([
    'serin.dev/canary',
  ]);
});

it('synthesises the same from the same program', () => {
  expect(both(aChart()).once).toEqual(both(aChart()).once);
});

it('copies the configs that the target uses', () => {
  const chart = aChart();
  const config = (kind: string, name: string, fields: object) =>
    new ApiObject(chart, name, { apiVersion: 'v1', kind, metadata: { name }, ...fields });
  config('ConfigMap', 'colours', { data: { a: 'red' } });
  config('Secret', 'key', { stringData: { k: 'grün' } });
  config('ConfigMap', 'other', { data: { a: 'b' } });
  const target = aDeployment(chart, {
    volumes: [{ name: 'key', secret: { secretName: 'key' } }],
    containers: [
      {
        name: 'a',
        image: 'a',
        envFrom: [{ configMapRef: { name: 'colours' } }, { configMapRef: { name: 'maybe', optional: true } }],
      },
    ],
  });
  const { once } = both(chart, { target });
  expect(once['ConfigMap/colours-primary'].data).toEqual({ a: 'red' });
  expect(once['Secret/key-primary'].data).toEqual({ k: Buffer.from('grün').toString('base64') });
  expect(once['ConfigMap/other-primary']).toBeUndefined();
  const podSpec = once['Deployment/podinfo-primary'].spec.template.spec;
  expect(podSpec.volumes[0].secret.secretName).toBe('key-primary');
  expect(podSpec.containers[0].envFrom.map((each: Manifest) => each.configMapRef.name)).toEqual([
    'colours-primary',
    'maybe',
  ]);
});

it('leaves the namespace to kubectl when the program has none', () => {
  for (const object of Object.values(both(aChartWithoutNamespace()).once))
    expect(object.metadata.namespace).toBeUndefined();
});

it('follows patches of the target and of the Canary, and takes patches itself', () => {
  const chart = aChart();
  const target = aDeployment(chart);
  const canary = aCanary(chart, { bootstrap, target });
  target.addJsonPatch(JsonPatch.add('/spec/template/spec/hostNetwork', true));
  canary.apiObject.addJsonPatch(JsonPatch.add('/spec/service/portName', 'web'));
  const chartOnce = canary.bootstrapChart as Chart;
  const routes = chartOnce.node.findAll().find((each) => each.node.id === 'VirtualService-podinfo');
  ApiObject.of(routes as ApiObject).addJsonPatch(JsonPatch.add('/metadata/labels', { mine: 'yes' }));
  const once = synthesised(chartOnce);
  expect(once['Deployment/podinfo-primary'].spec.template.spec.hostNetwork).toBe(true);
  expect(once['Service/podinfo'].spec.ports[0].name).toBe('web');
  expect(once['VirtualService/podinfo'].metadata.labels).toEqual({ mine: 'yes' });
});

it('shares one bootstrap manifest among the Canaries of a chart', () => {
  const chart = aChart();
  const first = aCanary(chart, { bootstrap });
  const target = new ApiObject(chart, 'web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template: {} },
  });
  const second = aCanary(chart, { bootstrap, target }, 'second');
  expect(second.bootstrapChart).toBe(first.bootstrapChart);
  expect(Object.keys(synthesised(first.bootstrapChart as Chart))).toHaveLength(14);
});

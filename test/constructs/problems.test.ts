import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderType,
  Bootstrap,
  type CanaryProps,
  Metric,
  MetricProviderType,
  MetricTemplate,
  Webhook,
} from '../../constructs';
import { ANALYSIS, aCanary, aChart, aDeployment } from './fixtures';

const synthesising = (props: Partial<CanaryProps>) => () => {
  const chart = aChart();
  aCanary(chart, props);
  chart.toJson();
};

const { stepWeight: _, ...NO_STRATEGY } = ANALYSIS;

// Program, and the text behind the construct's path.
const WRONG: [string, Partial<CanaryProps>, string][] = [
  [
    'no strategy',
    { analysis: NO_STRATEGY },
    'spec.analysis: must have exactly one of stepWeight, stepWeights, iterations: keep one of them',
  ],
  [
    'weights that fall',
    { analysis: { ...NO_STRATEGY, stepWeights: [50, 10] } },
    'spec.analysis.stepWeights: must be strictly increasing ([50,10]): sort the weights and remove repeated ones',
  ],
  [
    'an interval of half a second',
    { analysis: { ...ANALYSIS, interval: Duration.millis(500) } },
    'spec.analysis.interval: must be at least 1s ("500ms"): write it like 1m or 30s',
  ],
  [
    'a range the wrong way round',
    { analysis: { ...ANALYSIS, metrics: [Metric.template({ name: 'latency' }, { min: 2, max: 1 })] } },
    'spec.analysis.metrics[0].thresholdRange: has its min above its max ({"max":1,"min":2}): swap them',
  ],
  [
    'a range without bounds',
    { analysis: { ...ANALYSIS, metrics: [Metric.query('errors', 'up', {})] } },
    'spec.analysis.metrics[0].thresholdRange: is empty ({}): set min, max or both',
  ],
  [
    'a hook at a relative address',
    { analysis: { ...ANALYSIS, webhooks: [Webhook.rollout('load', { url: 'loadtester/' })] } },
    'spec.analysis.webhooks[0].url: must be an absolute http or https URL ("loadtester/")',
  ],
  ['a target of another kind', { target: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' } }, 'StatefulSet'],
  [
    'two container ports',
    { service: { port: 80, targetPort: 80, targetPortName: 'http' } },
    'service: targetPort 80 and targetPortName http are both set; remove one',
  ],
  ['a port out of range', { service: { port: 70_000 } }, 'spec.service.port'],
];

it.each(WRONG)('refuses %s, with path, value and remedy', (_name, props, text) => {
  expect(synthesising(props)).toThrow(/^Validation failed with the following errors:\n {2}\[podinfo\/canary\] /);
  expect(synthesising(props)).toThrow(text);
});

it('names every wrong Canary of a program', () => {
  const chart = aChart();
  const target = aDeployment(chart);
  aCanary(chart, { target, analysis: { ...ANALYSIS, threshold: -1 } });
  new MetricTemplate(chart, 'template', { provider: { type: MetricProviderType.PROMETHEUS }, query: 'up' });
  new AlertProvider(chart, 'room', { type: AlertProviderType.SLACK });
  expect(() => chart.toJson()).toThrow(/\[podinfo\/canary\] spec\.analysis\.threshold/);
  expect(() => chart.toJson()).toThrow(/\[podinfo\/template\] spec\.provider\.address: is missing/);
  expect(() => chart.toJson()).toThrow(/\[podinfo\/room\] spec\.address: is missing: set address or secretRef/);
});

it('prints what works but hardly as meant, once', () => {
  const print = jest.spyOn(process, 'emitWarning').mockImplementation();
  const chart = aChart();
  aCanary(chart, { analysis: { ...ANALYSIS, stepWeight: 60, maxWeight: 50 } });
  chart.toJson();
  chart.toJson();
  expect(print.mock.calls).toEqual([
    [expect.stringContaining('[podinfo/canary] spec.analysis.stepWeight'), 'SerinWarning'],
  ]);
  print.mockRestore();
});

describe('with Bootstrap.SYNTH', () => {
  const bootstrap = Bootstrap.SYNTH;

  it('needs the manifest of the target', () => {
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
    expect(synthesising({ bootstrap, target })).toThrow(
      '[podinfo/canary] bootstrap: target Deployment podinfo is a reference, and its manifest is needed: give the construct',
    );
  });

  it('needs a selector label', () => {
    const chart = aChart();
    aCanary(chart, { bootstrap, target: aDeployment(chart, {}, { tier: 'web' }) });
    expect(() => chart.toJson()).toThrow(
      'deployment podinfo.test spec.selector.matchLabels must contain one of [app name app.kubernetes.io/name]',
    );
  });

  it('needs the configs of the target', () => {
    const chart = aChart();
    const envFrom = [{ configMapRef: { name: 'colours' } }];
    aCanary(chart, { bootstrap, target: aDeployment(chart, { containers: [{ name: 'a', image: 'a', envFrom }] }) });
    expect(() => chart.toJson()).toThrow('bootstrap: ConfigMap colours, which the target uses, is not in this program');
  });

  it('needs a provider that is built', () => {
    const chart = aChart();
    const canary = aCanary(chart, { bootstrap });
    canary.apiObject.addJsonPatch(JsonPatch.add('/spec/provider', 'kuma'));
    expect(() => chart.toJson()).toThrow('provider kuma is not supported');
  });

  it('needs the target to be complete before the Canary', () => {
    const chart = aChart();
    const target = new ApiObject(chart, 'podinfo', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'podinfo' },
      spec: { selector: { matchLabels: {} }, template: {} },
    });
    aCanary(chart, { bootstrap, target });
    target.addJsonPatch(JsonPatch.add('/spec/selector/matchLabels/app', 'a'));
    expect(() => chart.toJson()).toThrow('came after the Canary: create the Canary after its target is complete');
  });
});

import { App, Chart, Duration } from 'cdk8s';
import { HouseRules } from '../../constructs';
import { ANALYSIS, aCanary } from './fixtures';

const inApp = (propsOf: (app: App, chart: Chart) => void) => () => {
  const app = new App();
  const chart = new Chart(app, 'podinfo', { namespace: 'test' });
  propsOf(app, chart);
  aCanary(chart);
  chart.toJson();
};

test('hold for every Canary below their scope, at synth', () => {
  const rules = new HouseRules({ minMetrics: 1, minInterval: Duration.minutes(5) });
  for (const pick of [(app: App) => app, (_: App, chart: Chart) => chart]) {
    expect(inApp((app, chart) => rules.applyTo(pick(app, chart)))).toThrow(
      'Validation failed with the following errors:\n' +
        '  [podinfo/canary] spec.analysis.metrics: must have at least 1 by the house rules: add a metric that tells ' +
        'whether users are served well\n' +
        '  [podinfo/canary] spec.analysis.interval: must be at least 5m0s by the house rules ("1m"): lengthen the interval',
    );
  }
});

test('hold for nobody else', () => {
  const rules = new HouseRules({ minMetrics: 1 });
  expect(inApp((app) => rules.applyTo(new Chart(app, 'other')))).not.toThrow();
  expect(inApp(() => rules)).not.toThrow();
  const kept = new HouseRules({ maxStepWeight: ANALYSIS.stepWeight!, minSteps: 10, allowSkipAnalysis: true });
  expect(inApp((app) => kept.applyTo(app))).not.toThrow();
});

test('add up over scopes', () => {
  expect(
    inApp((app, chart) => {
      new HouseRules({ minMetrics: 1 }).applyTo(app);
      new HouseRules({ maxStepWeight: 5 }).applyTo(chart);
    }),
  ).toThrow(
    /spec\.analysis\.metrics[\s\S]*spec\.analysis\.stepWeight: must be at most 5 by the house rules \(10\): lower stepWeight/,
  );
});

test.each([
  [{ minMetrics: 0 }, 'HouseRules: minMetrics: must be a whole number of at least 1 (0): correct it, or leave it out'],
  [{ minSteps: 1.5 }, 'HouseRules: minSteps: must be a whole number of at least 1 (1.5): correct it, or leave it out'],
  [
    { maxStepWeight: 101 },
    'HouseRules: maxStepWeight: must be a whole number from 1 to 100 (101): correct it, or leave it out',
  ],
])('%j makes no sense', (props, text) => {
  expect(() => new HouseRules(props)).toThrow(text);
});

import { Duration } from 'cdk8s';
import { Metric, NoData } from '../../constructs';
import { ANALYSIS, aCanary, aChart, synthesised } from './fixtures';

function rendered(...metrics: Metric[]): unknown {
  const chart = aChart();
  aCanary(chart, { analysis: { ...ANALYSIS, metrics } });
  return synthesised(chart)['Canary/podinfo'].spec.analysis.metrics;
}

it('counts gRPC calls by their own status', () => {
  expect(rendered(Metric.grpcSuccessRate({ min: 99.5 }))).toEqual([
    { name: 'grpc-success-rate', thresholdRange: { min: 99.5 } },
  ]);
});

it('says what no data and too little data mean', () => {
  expect(
    rendered(
      Metric.successRate({ min: 99, noData: NoData.PAUSE, minSamples: 100 }),
      Metric.duration({ max: Duration.millis(500), interval: Duration.seconds(30), minSamples: 20 }),
      Metric.template({ name: 'errors' }, { max: 1, noData: NoData.IGNORE }),
      Metric.query('old', 'vector(1)', { max: 1, noData: NoData.FAIL }),
    ),
  ).toEqual([
    { name: 'request-success-rate', thresholdRange: { min: 99 }, noData: 'pause', minSamples: 100 },
    { name: 'request-duration', thresholdRange: { max: 500 }, interval: '30s', minSamples: 20 },
    { name: 'errors', templateRef: { name: 'errors' }, thresholdRange: { max: 1 }, noData: 'ignore' },
    { name: 'old', query: 'vector(1)', thresholdRange: { max: 1 }, noData: 'fail' },
  ]);
});

/** A release as an app repo has it: a chart with a workload and its Canary. */
import { ApiObject, App, Chart, Duration } from 'cdk8s';
import { Canary, type CanaryAnalysis, Metric, Strategy } from 'serin';

export const GATES = 'http://flagger-loadtester.test';

/** podinfo with a Canary: 10 % a minute up to 50 %, five failed checks, success rate and duration. */
export function podinfo(analysis: Partial<CanaryAnalysis> = {}, canary: Record<string, unknown> = {}): Chart {
  const chart = new Chart(new App(), 'podinfo', { namespace: 'test' });
  new ApiObject(chart, 'deployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'podinfo' } },
      template: {
        metadata: { labels: { app: 'podinfo' } },
        spec: { containers: [{ name: 'podinfod', image: 'ghcr.io/podinfo:v1', ports: [{ containerPort: 9898 }] }] },
      },
    },
  });
  new Canary(chart, 'canary', {
    target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    progressDeadline: Duration.minutes(2),
    service: { port: 9898 },
    ...canary,
    analysis: {
      interval: Duration.seconds(30),
      threshold: 3,
      strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
      metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
      ...analysis,
    },
  });
  return chart;
}

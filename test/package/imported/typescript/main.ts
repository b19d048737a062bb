/** A release in TypeScript, with what `cdk8s import` makes of the definitions in crds/ and without `serin`. */
import { App, Chart } from 'cdk8s';
import {
  AlertProvider,
  AlertProviderSpecType,
  Canary,
  CanarySpecAnalysisAlertsSeverity,
  CanarySpecTargetRefKind,
  MetricTemplate,
  MetricTemplateSpecProviderType,
} from './imports/flagger.app';

const app = new App();
const chart = new Chart(app, 'release', { namespace: 'test' });

new MetricTemplate(chart, 'errors', {
  metadata: { name: 'errors' },
  spec: {
    provider: { type: MetricTemplateSpecProviderType.PROMETHEUS, address: 'http://prometheus.test:9090' },
    query: 'sum(errors) / sum(requests)',
  },
});

new AlertProvider(chart, 'room', {
  metadata: { name: 'room' },
  spec: { type: AlertProviderSpecType.SLACK, address: 'http://chat.test/hook' },
});

new Canary(chart, 'canary', {
  metadata: { name: 'podinfo' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: CanarySpecTargetRefKind.DEPLOYMENT, name: 'podinfo' },
    service: { port: 9898, targetPort: 'http' },
    analysis: {
      interval: '1m',
      threshold: 5,
      stepWeights: [1, 10, 50],
      match: [{ headers: { 'x-canary': { exact: 'insider' } } }],
      metrics: [{ name: 'errors', templateRef: { name: 'errors' }, thresholdRange: { max: 0.5 } }],
      webhooks: [
        {
          name: 'load',
          url: 'http://flagger-loadtester.test/',
          metadata: { cmd: 'hey -z 1m http://podinfo-canary.test:9898/' },
        },
      ],
      alerts: [{ name: 'room', severity: CanarySpecAnalysisAlertsSeverity.ERROR, providerRef: { name: 'room' } }],
    },
  },
});

app.synth();

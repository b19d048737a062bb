/**
 * Blue/green: the new version runs beside the old one and is tested there; then it gets everything at once.
 *
 * Use it where traffic cannot be split: this one needs neither a mesh nor an ingress controller, only Services. As
 * users do not test the new version, a hook does.
 *
 *   npx cdk8s synth --app 'node examples/gallery/blue-green.ts' && kubectl apply -f dist/blue-green.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy, TrafficProvider, Webhook } from 'serin';

const LOADTESTER = 'http://flagger-loadtester.test/';

const app = new App();
const chart = new Chart(app, 'blue-green', { namespace: 'test' });

const reports = new kplus.Deployment(chart, 'reports', {
  metadata: { name: 'reports' },
  podMetadata: { labels: { app: 'reports' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
reports.select(kplus.LabelSelector.of({ labels: { app: 'reports' } }));

new Canary(chart, 'canary', {
  target: reports,
  provider: TrafficProvider.KUBERNETES,
  analysis: {
    interval: Duration.seconds(30),
    threshold: 2,
    strategy: Strategy.blueGreen({ iterations: 10 }),
    metrics: [Metric.successRate({ min: 99 })],
    webhooks: [
      Webhook.preRollout('smoke-test', {
        url: LOADTESTER,
        timeout: Duration.seconds(30),
        metadata: { type: 'bash', cmd: 'curl -sf http://reports-canary.test:9898/readyz' },
      }),
      Webhook.loadTest('load', { url: LOADTESTER, cmd: 'hey -z 30s -q 10 -c 2 http://reports-canary.test:9898/' }),
    ],
  },
});

app.synth();

/**
 * Progressive delivery: the new version gets 10 % of the traffic, then 20 %, up to half, and is checked before each
 * step.
 *
 * Use it for most services: a bad version is seen by few, and for as long as one step takes. It needs traffic at
 * every step.
 *
 *   npx cdk8s synth --app 'node examples/gallery/progressive.ts' && kubectl apply -f dist/progressive.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'progressive', { namespace: 'test' });

const checkout = new kplus.Deployment(chart, 'checkout', {
  metadata: { name: 'checkout' },
  podMetadata: { labels: { app: 'checkout' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
checkout.select(kplus.LabelSelector.of({ labels: { app: 'checkout' } }));

new Canary(chart, 'canary', {
  target: checkout,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
  },
});

app.synth();

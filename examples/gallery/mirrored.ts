/**
 * Mirrored: the new version gets copies of a fifth of the requests, and its answers are thrown away; users see
 * nothing of it until it has passed.
 *
 * Use it for what only reads. Requests that change something would be processed twice.
 *
 *   npx cdk8s synth --app 'node examples/gallery/mirrored.ts' && kubectl apply -f dist/mirrored.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'mirrored', { namespace: 'test' });

const catalogue = new kplus.Deployment(chart, 'catalogue', {
  metadata: { name: 'catalogue' },
  podMetadata: { labels: { app: 'catalogue' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
catalogue.select(kplus.LabelSelector.of({ labels: { app: 'catalogue' } }));

new Canary(chart, 'canary', {
  target: catalogue,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.mirrored({ iterations: 10, mirrorWeight: 20 }),
    metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(300) })],
  },
});

app.synth();

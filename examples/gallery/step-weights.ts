/**
 * Steps of your own: 1 %, 5 %, 25 %, 50 %. The first ones are small, for they find what is plainly broken; the last
 * ones are large, for they find what breaks under load. The promotion gives the primary its traffic back in steps
 * too.
 *
 * Use it for services with much traffic, where 1 % is enough to judge.
 *
 *   npx cdk8s synth --app 'node examples/gallery/step-weights.ts' && kubectl apply -f dist/step-weights.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'step-weights', { namespace: 'test' });

const search = new kplus.Deployment(chart, 'search', {
  metadata: { name: 'search' },
  podMetadata: { labels: { app: 'search' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
search.select(kplus.LabelSelector.of({ labels: { app: 'search' } }));

new Canary(chart, 'canary', {
  target: search,
  analysis: {
    interval: Duration.minutes(2),
    threshold: 3,
    strategy: Strategy.stepWeights({ weights: [1, 5, 25, 50], stepWeightPromotion: 25 }),
    metrics: [Metric.successRate({ min: 99.9 }), Metric.duration({ max: Duration.millis(200) })],
  },
});

app.synth();

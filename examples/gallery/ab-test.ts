/**
 * A/B test: employees, and whoever has taken the cookie, get the new version with all of their requests; nobody else
 * does.
 *
 * Use it for front ends, where a user must not jump between two versions, and where people are to try a version
 * first.
 *
 *   npx cdk8s synth --app 'node examples/gallery/ab-test.ts' && kubectl apply -f dist/ab-test.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy } from 'serin';

const app = new App();
const chart = new Chart(app, 'ab-test', { namespace: 'test' });

const frontend = new kplus.Deployment(chart, 'frontend', {
  metadata: { name: 'frontend' },
  podMetadata: { labels: { app: 'frontend' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
frontend.select(kplus.LabelSelector.of({ labels: { app: 'frontend' } }));

new Canary(chart, 'canary', {
  target: frontend,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 2,
    strategy: Strategy.abTest({
      iterations: 30,
      match: [
        { headers: { 'x-employee': { exact: 'yes' } } },
        { headers: { cookie: { regex: '^(.*?;\\s*)?(preview=on)(;.*)?$' } } },
      ],
    }),
    metrics: [Metric.successRate({ min: 99 })],
  },
});

app.synth();

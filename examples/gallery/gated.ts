/**
 * Gates: somebody says when the release starts, and again before everybody gets it; at any moment they may call it
 * off.
 *
 *   curl -d '{"name": "billing", "namespace": "test"}' http://flagger-loadtester.test/gate/open
 *   curl -d '{"name": "billing", "namespace": "test"}' http://flagger-loadtester.test/rollback/open
 *
 * Use it where a person or a change window decides. The load tester keeps the gates here, closed at first; any other
 * address that answers with a 2xx is a yes too.
 *
 *   npx cdk8s synth --app 'node examples/gallery/gated.ts' && kubectl apply -f dist/gated.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Gate, Metric, Strategy } from 'serin';

const gates = Gate.onLoadTester('http://flagger-loadtester.test/');

const app = new App();
const chart = new Chart(app, 'gated', { namespace: 'test' });

const billing = new kplus.Deployment(chart, 'billing', {
  metadata: { name: 'billing' },
  podMetadata: { labels: { app: 'billing' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
billing.select(kplus.LabelSelector.of({ labels: { app: 'billing' } }));

new Canary(chart, 'canary', {
  target: billing,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 20, maxWeight: 60 }),
    metrics: [Metric.successRate({ min: 99 })],
    webhooks: [
      gates.confirmRollout('start'),
      gates.confirmPromotion('for everybody', { muteAlert: true }),
      gates.rollback('call it off'),
    ],
  },
});

app.synth();

/**
 * Progressive delivery with the Gateway API: the shares are written into an HTTPRoute of your gateway.
 *
 * Use it on clusters without a mesh, with any gateway that implements HTTPRoute.
 *
 *   npx cdk8s synth --app 'node examples/gallery/gateway-api.ts' && kubectl apply -f dist/gateway-api.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Canary, Metric, Strategy, TrafficProvider } from 'serin';

const app = new App();
const chart = new Chart(app, 'gateway-api', { namespace: 'test' });

const shop = new kplus.Deployment(chart, 'shop', {
  metadata: { name: 'shop' },
  podMetadata: { labels: { app: 'shop' } },
  select: false,
  containers: [{ image: 'stefanprodan/podinfo:6.7.1', ports: [{ name: 'http', number: 9898 }] }],
});
shop.select(kplus.LabelSelector.of({ labels: { app: 'shop' } }));

new Canary(chart, 'canary', {
  target: shop,
  provider: TrafficProvider.GATEWAY_API_V1,
  service: {
    hosts: ['shop.example.com'],
    gatewayRefs: [{ name: 'public', namespace: 'gateways' }],
    timeout: Duration.seconds(15),
  },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
  },
});

app.synth();

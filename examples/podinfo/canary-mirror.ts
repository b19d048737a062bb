/**
 * The tutorial's other Canary: for ten minutes the new version gets a copy of each request, and nobody sees its answers;
 * then it is promoted. It takes the place of the Canary in main.ts, for requests that may be processed twice.
 *
 *   npx cdk8s synth --app 'node examples/podinfo/canary-mirror.ts' && kubectl apply -f dist/podinfo-mirror.k8s.yaml
 */
import { App, Chart, Duration } from 'cdk8s';
import { Canary, Gateway, Metric, TlsMode, Webhook } from 'serin';

const LOADTESTER = 'http://flagger-loadtester.test/';

const app = new App();
const chart = new Chart(app, 'podinfo-mirror', { namespace: 'test' });

// The workload is in another program: a reference is enough.
new Canary(chart, 'canary', {
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  autoscaler: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
  progressDeadline: Duration.seconds(60),
  service: {
    port: 9898,
    targetPort: 9898,
    // The load comes from inside the mesh: without MESH nothing would be mirrored.
    gateways: [Gateway.fromName('public-gateway.istio-system.svc.cluster.local'), Gateway.MESH],
    hosts: ['app.example.com'],
    trafficPolicy: { tls: { mode: TlsMode.DISABLE } },
  },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    iterations: 10,
    mirror: true,
    mirrorWeight: 100,
    metrics: [
      Metric.successRate({ min: 99, interval: Duration.minutes(1) }),
      Metric.duration({ max: Duration.millis(500), interval: Duration.minutes(1) }),
    ],
    webhooks: [
      Webhook.preRollout('acceptance-test', {
        url: LOADTESTER,
        timeout: Duration.seconds(30),
        metadata: { type: 'bash', cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" },
      }),
      Webhook.loadTest('load-test', {
        url: LOADTESTER,
        timeout: Duration.seconds(5),
        cmd: 'hey -z 1m -q 10 -c 2 http://podinfo.test:9898/',
      }),
    ],
  },
});

app.synth();

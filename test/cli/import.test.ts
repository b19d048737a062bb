/** What `serin import` writes. That it compiles and synthesises the same is in import-round-trip.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentsOf } from '../../cli/import/documents';
import { programOf } from '../../cli/import/program';
import { base, ODD, target } from './odd-manifests';

const TUTORIAL = join(__dirname, '../cluster/manifests/tutorial-canary.yaml');

it('writes the tutorial as one would', () => {
  const objects = documentsOf(readFileSync(TUTORIAL, 'utf8'), TUTORIAL).map(({ object }) => object);
  expect(programOf(objects, 'canary.yaml')).toBe(`/** Written by \`serin import canary.yaml\`. */
import { App, Chart, Duration } from 'cdk8s';
import { Canary, Gateway, Metric, Strategy, TlsMode, Webhook } from 'serin';

const app = new App();
const chart = new Chart(app, 'podinfo', { namespace: 'test' });

new Canary(chart, 'podinfo-canary', {
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  autoscaler: { apiVersion: 'autoscaling/v2beta1', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
  progressDeadline: Duration.minutes(1),
  service: {
    port: 9898,
    targetPort: 9898,
    gateways: [Gateway.fromName('public-gateway.istio-system.svc.cluster.local')],
    hosts: ['app.example.com'],
    trafficPolicy: { tls: { mode: TlsMode.DISABLE } },
    retries: {
      attempts: 3,
      perTryTimeout: Duration.seconds(1),
      retryOn: 'gateway-error,connect-failure,refused-stream',
    },
  },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ maxWeight: 50, stepWeight: 10 }),
    metrics: [
      Metric.successRate({ min: 99, interval: Duration.minutes(1) }),
      Metric.duration({ max: Duration.millis(500), interval: Duration.seconds(30) }),
    ],
    webhooks: [
      Webhook.preRollout('acceptance-test', {
        url: 'http://flagger-loadtester.test/',
        timeout: Duration.seconds(30),
        metadata: { type: 'bash', cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" },
      }),
      Webhook.loadTest('load-test', {
        url: 'http://flagger-loadtester.test/',
        timeout: Duration.seconds(5),
        cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/',
      }),
    ],
  },
});

app.synth();
`);
});

it('says in patches what props cannot', () => {
  const text = programOf(ODD, 'odd.yaml');
  expect(text).toContain("_1stWebCanary.apiObject.addJsonPatch(JsonPatch.replace('/spec/analysis/interval', '60s'))");
  expect(text).toContain("addJsonPatch(JsonPatch.add('/spec/service/x~1y~0z', { unknown: true }))");
});

it('refers to what it imports by constructs', () => {
  const text = programOf(ODD, 'odd.yaml');
  expect(text).toContain("Metric.template({ name: latTemplate.name }, { name: 'near'");
  expect(text).toContain('Metric.template(latTemplate, { max: 1 })');
  expect(text).toContain("Metric.template({ name: 'lat', namespace: 'ops' }, { name: 'far'");
  expect(text).toContain("{ name: 'ops', provider: roomAlerts, severity: AlertSeverity.ERROR }");
});

it('writes every strategy as one', () => {
  const strategyOf = (analysis: object) => {
    const spec = { targetRef: target, analysis: { interval: '1m', threshold: 1, ...analysis } };
    const text = programOf([{ ...base, kind: 'Canary', metadata: { name: 'a' }, spec }], 'a.yaml');
    return /strategy: (Strategy\..*?\}\))/.exec(text)?.[1];
  };
  const match = [{ headers: { a: { exact: 'b' } } }];
  expect(strategyOf({ stepWeight: 5, mirror: true })).toBe(
    'Strategy.progressive({ stepWeight: 5, mirrorFirst: true })',
  );
  expect(strategyOf({ stepWeights: [1, 2] })).toBe('Strategy.stepWeights({ weights: [1, 2] })');
  expect(strategyOf({ iterations: 2 })).toBe('Strategy.blueGreen({ iterations: 2 })');
  expect(strategyOf({ iterations: 2, match })).toBe(
    "Strategy.abTest({ iterations: 2, match: [{ headers: { a: { exact: 'b' } } }] })",
  );
  expect(strategyOf({ iterations: 2, mirror: true, mirrorWeight: 5 })).toBe(
    'Strategy.mirrored({ iterations: 2, mirrorWeight: 5 })',
  );
  expect(strategyOf({ iterations: 2, stepWeight: 5 })).toBeUndefined();
});

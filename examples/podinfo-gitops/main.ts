/**
 * A release that kubectl, Flux or Argo CD applies as often as it likes (docs/gitops.md).
 *
 *   DELIVERY=flux npx cdk8s synth --app 'node examples/podinfo-gitops/main.ts'
 *
 * Flux and Argo CD: commit podinfo.k8s.yaml and podinfo-bootstrap.k8s.yaml, with each new version.
 * kubectl: apply podinfo-bootstrap.k8s.yaml once, and podinfo.k8s.yaml with each new version.
 * Argo CD: application.k8s.yaml is the Application.
 */
import { ApiObject, App, Chart, Duration } from 'cdk8s';
import { ArgoCdApplication, Bootstrap, Canary, Delivery, Metric } from 'serin';

const DELIVERIES = [Delivery.KUBECTL, Delivery.FLUX, Delivery.ARGO_CD];
const delivery = DELIVERIES.find((each) => each === process.env['DELIVERY']) ?? Delivery.KUBECTL;
const image = process.env['PODINFO_IMAGE'] ?? 'stefanprodan/podinfo:3.1.0';

const app = new App();
const chart = new Chart(app, 'podinfo', { namespace: 'test' });
const labels = { app: 'podinfo' };
const target = new ApiObject(chart, 'podinfo', {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'podinfo' },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'podinfod', image, ports: [{ name: 'http', containerPort: 9898 }] }] },
    },
  },
});
new Canary(chart, 'canary', {
  target,
  bootstrap: Bootstrap.SYNTH,
  delivery,
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    maxWeight: 50,
    stepWeight: 10,
    metrics: [Metric.successRate({ min: 99 })],
  },
});

if (delivery === Delivery.ARGO_CD) {
  new ArgoCdApplication(new Chart(app, 'application'), 'application', {
    metadata: { name: 'podinfo' },
    releases: [chart],
    source: { repoURL: 'https://git.example.com/podinfo', path: 'dist', targetRevision: 'main' },
    destination: { name: 'in-cluster', namespace: 'test' },
    automated: true,
  });
}
app.synth();

/**
 * Everything synthesised: the primary, the Services and the routes come from the program too, in a manifest of their own.
 *
 *   npx cdk8s synth --app 'node examples/podinfo-synth/main.ts'
 *   kubectl apply -f dist/guard.k8s.yaml                                        # once for a cluster
 *   kubectl apply -f dist/podinfo-bootstrap.k8s.yaml -f dist/podinfo.k8s.yaml   # once for a release, in this order
 *   kubectl apply -f dist/podinfo.k8s.yaml                                      # each new version
 *
 * Who applies the bootstrap manifest again gets an error for each object that it would change, and nothing moves. Who runs
 * the controller as somebody else than the ServiceAccount istio-system/serin adds that user to `allowedUsers`.
 */
import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Bootstrap, Canary, ControllerGuard, Metric } from 'serin';

/** The version to release. */
const IMAGE = process.env['PODINFO_IMAGE'] ?? 'stefanprodan/podinfo:3.1.0';

class Podinfo extends Chart {
  public constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'test' });
    const podinfo = new kplus.Deployment(this, 'podinfo', {
      metadata: { name: 'podinfo', labels: { app: 'podinfo' } },
      podMetadata: { labels: { app: 'podinfo' } },
      select: false,
      containers: [
        {
          name: 'podinfod',
          image: IMAGE,
          command: ['./podinfo', '--port=9898'],
          ports: [{ name: 'http', number: 9898 }],
          readiness: kplus.Probe.fromHttpGet('/readyz', { port: 9898 }),
          resources: {
            cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(2) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
          },
          securityContext: { user: 100, group: 101 },
        },
      ],
    });
    podinfo.select(kplus.LabelSelector.of({ labels: { app: 'podinfo' } }));
    const autoscaler = new kplus.HorizontalPodAutoscaler(this, 'autoscaler', {
      metadata: { name: 'podinfo' },
      target: podinfo,
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(99))],
    });
    new Canary(this, 'canary', {
      target: podinfo,
      autoscaler,
      bootstrap: Bootstrap.SYNTH,
      service: { port: 9898 },
      analysis: {
        interval: Duration.minutes(1),
        threshold: 5,
        maxWeight: 50,
        stepWeight: 10,
        metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
      },
    });
  }
}

const app = new App();
new Podinfo(app, 'podinfo');
new ControllerGuard(new Chart(app, 'guard'), 'guard', {
  controllerNamespace: 'istio-system',
  controllerServiceAccount: 'serin',
});
app.synth();

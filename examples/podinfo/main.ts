/**
 * The tutorial as one program: podinfo with an autoscaler, a gateway, a load tester, and a Canary that moves 10 % of the
 * traffic a minute to each new version while it stays healthy.
 *
 *   npx cdk8s synth && kubectl apply -f dist/podinfo.k8s.yaml
 *   kubectl -n test set image deployment/podinfo podinfod=stefanprodan/podinfo:3.1.1
 */
import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { Canary, Gateway, Metric, TlsMode, Webhook } from 'serin';

const LOADTESTER = 'http://flagger-loadtester.test/';

class Podinfo extends Chart {
  public constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'test' });
    new kplus.Namespace(this, 'namespace', { metadata: { name: 'test', labels: { 'istio-injection': 'enabled' } } });

    const podinfo = new kplus.Deployment(this, 'podinfo', {
      metadata: { name: 'podinfo', labels: { app: 'podinfo' } },
      podMetadata: {
        labels: { app: 'podinfo' },
        annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' },
      },
      select: false,
      strategy: kplus.DeploymentStrategy.rollingUpdate({ maxUnavailable: kplus.PercentOrAbsolute.absolute(0) }),
      minReady: Duration.seconds(5),
      progressDeadline: Duration.seconds(60),
      containers: [
        {
          name: 'podinfod',
          image: 'stefanprodan/podinfo:3.1.0',
          imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
          command: ['./podinfo', '--port=9898', '--port-metrics=9797', '--level=info'],
          ports: [
            { name: 'http', number: 9898 },
            { name: 'http-metrics', number: 9797 },
          ],
          liveness: kplus.Probe.fromHttpGet('/healthz', { port: 9898, initialDelaySeconds: Duration.seconds(5) }),
          readiness: kplus.Probe.fromHttpGet('/readyz', { port: 9898, initialDelaySeconds: Duration.seconds(5) }),
          resources: {
            cpu: { request: kplus.Cpu.millis(100), limit: kplus.Cpu.units(2) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
          },
          securityContext: { user: 100, group: 101 },
        },
      ],
    });
    // The label that tells canary pods (podinfo) from primary pods (podinfo-primary).
    podinfo.select(kplus.LabelSelector.of({ labels: { app: 'podinfo' } }));

    const autoscaler = new kplus.HorizontalPodAutoscaler(this, 'autoscaler', {
      metadata: { name: 'podinfo' },
      target: podinfo,
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [kplus.Metric.resourceCpu(kplus.MetricTarget.averageUtilization(99))],
    });

    const gateway = new Gateway(this, 'gateway', {
      metadata: { name: 'public-gateway', namespace: 'istio-system' },
      servers: [{ port: { number: 80, name: 'http' }, hosts: ['*'] }],
    });

    new Canary(this, 'canary', {
      target: podinfo,
      autoscaler,
      progressDeadline: Duration.seconds(60),
      service: {
        port: 9898,
        targetPort: 9898,
        // From the outside, and from inside the mesh.
        gateways: [gateway, Gateway.MESH],
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
        maxWeight: 50,
        stepWeight: 10,
        metrics: [
          Metric.successRate({ min: 99, interval: Duration.minutes(1) }),
          Metric.duration({ max: Duration.millis(500), interval: Duration.seconds(30) }),
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
            cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/',
          }),
        ],
      },
    });
  }
}

/** `serin loadtester` in the cluster, at the address that the tutorial's hooks call. */
class LoadTester extends Chart {
  public constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'test' });
    const tester = new kplus.Deployment(this, 'loadtester', {
      metadata: { name: 'flagger-loadtester', labels: { app: 'flagger-loadtester' } },
      podMetadata: { labels: { app: 'flagger-loadtester' } },
      replicas: 1,
      containers: [
        {
          name: 'loadtester',
          image: 'serin:0.1.0',
          command: ['serin', 'loadtester', '--port', '8080'],
          ports: [{ name: 'http', number: 8080 }],
          readiness: kplus.Probe.fromHttpGet('/healthz', { port: 8080 }),
          securityContext: { user: 1000 },
        },
      ],
    });
    tester.exposeViaService({ name: 'flagger-loadtester', ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
  }
}

const app = new App();
new Podinfo(app, 'podinfo');
new LoadTester(app, 'loadtester');
app.synth();

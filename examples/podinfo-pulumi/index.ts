/**
 * The tutorial's release as a Pulumi program. `pulumi up` ends well when the version that it applied has been promoted, and
 * fails with the run's reason when it was rolled back.
 *
 *   pulumi up
 *   pulumi up -c image=stefanprodan/podinfo:3.1.1
 *
 * Settings besides `image`: `interval` (seconds of a step), `window` (seconds that a check looks back), `deadline` (seconds
 * after which `pulumi up` waits no longer), `loadtester` (its URL).
 */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Gateway, Metric, Strategy, TlsMode, Webhook } from 'serin';
import { Canary, TARGET_ANNOTATIONS } from 'serin/pulumi';

const config = new pulumi.Config();
const seconds = (name: string, otherwise: number) => Duration.seconds(config.getNumber(name) ?? otherwise);
const labels = { app: 'podinfo' };
const deadline = config.getNumber('deadline');

const namespace = new k8s.core.v1.Namespace('test', {
  metadata: { name: 'test', labels: { 'istio-injection': 'enabled' } },
});

const podinfo = new k8s.apps.v1.Deployment('podinfo', {
  metadata: { name: 'podinfo', namespace: namespace.metadata.name, labels, annotations: TARGET_ANNOTATIONS },
  spec: {
    minReadySeconds: 5,
    progressDeadlineSeconds: 60,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' } },
      spec: {
        containers: [
          {
            name: 'podinfod',
            image: config.get('image') ?? 'stefanprodan/podinfo:3.1.0',
            command: ['./podinfo', '--port=9898', '--port-metrics=9797', '--level=info'],
            ports: [
              { name: 'http', containerPort: 9898 },
              { name: 'http-metrics', containerPort: 9797 },
            ],
            readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, initialDelaySeconds: 5 },
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '2', memory: '512Mi' } },
          },
        ],
      },
    },
  },
});

const autoscaler = new k8s.autoscaling.v2.HorizontalPodAutoscaler('podinfo', {
  metadata: { name: 'podinfo', namespace: namespace.metadata.name },
  spec: {
    scaleTargetRef: { apiVersion: podinfo.apiVersion, kind: podinfo.kind, name: podinfo.metadata.name },
    minReplicas: 2,
    maxReplicas: 4,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 99 } } }],
  },
});

const canary = new Canary('podinfo', {
  target: podinfo,
  autoscaler,
  progressDeadline: Duration.seconds(60),
  service: {
    gateways: [Gateway.fromName('public-gateway.istio-system.svc.cluster.local'), Gateway.MESH],
    hosts: ['app.example.com'],
    trafficPolicy: { tls: { mode: TlsMode.DISABLE } },
  },
  analysis: {
    interval: seconds('interval', 60),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [
      Metric.successRate({ min: 99, interval: seconds('window', 60) }),
      Metric.duration({ max: Duration.millis(500), interval: seconds('window', 30) }),
    ],
    webhooks: [
      Webhook.loadTest('load-test', {
        url: config.get('loadtester') ?? 'http://flagger-loadtester.test/',
        timeout: Duration.seconds(5),
        cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/',
      }),
    ],
  },
  wait: deadline === undefined ? {} : { deadline: Duration.seconds(deadline) },
});

/** How the release ended. */
export const outcome = canary.outcome;

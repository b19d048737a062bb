/**
 * The tutorial's release as a Pulumi program. `pulumi up` ends well when the version that it applied has been promoted, and
 * fails with the run's reason when it was rolled back.
 *
 *   pulumi up
 *   pulumi up -c image=stefanprodan/podinfo:3.1.1
 */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Gateway, Metric, Strategy, TlsMode, Webhook } from 'serin';
import { Canary, TARGET_ANNOTATIONS } from 'serin/pulumi';

const LOADTESTER = 'http://flagger-loadtester.test/';
const labels = { app: 'podinfo' };

/** The version to release. */
const image = new pulumi.Config().get('image') ?? 'stefanprodan/podinfo:3.1.0';

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
            image,
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
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
    metrics: [
      Metric.successRate({ min: 99, interval: Duration.minutes(1) }),
      Metric.duration({ max: Duration.millis(500), interval: Duration.seconds(30) }),
    ],
    webhooks: [
      Webhook.loadTest('load-test', {
        url: LOADTESTER,
        timeout: Duration.seconds(5),
        cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/',
      }),
    ],
  },
});

/** How the release ended. */
export const outcome = canary.outcome;

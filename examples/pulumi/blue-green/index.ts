/** Blue/green: the new version is tested under load without any users, then all of them move at once. */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Metric, Strategy, Webhook } from 'serin';
import { Canary, TARGET_ANNOTATIONS } from 'serin/pulumi';

const labels = { app: 'podinfo' };
const namespace = new k8s.core.v1.Namespace('blue-green', { metadata: { name: 'blue-green' } }).metadata.name;

const podinfo = new k8s.apps.v1.Deployment('podinfo', {
  metadata: { name: 'podinfo', namespace, annotations: TARGET_ANNOTATIONS },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: 'podinfod',
            image: new pulumi.Config().get('image') ?? 'stefanprodan/podinfo:3.1.0',
            ports: [{ name: 'http', containerPort: 9898 }],
            readinessProbe: { httpGet: { path: '/readyz', port: 9898 } },
          },
        ],
      },
    },
  },
});

const canary = new Canary('podinfo', {
  target: podinfo,
  provider: 'istio',
  analysis: {
    interval: Duration.seconds(30),
    threshold: 2,
    strategy: Strategy.blueGreen({ iterations: 3 }),
    metrics: [Metric.successRate({ min: 99, interval: Duration.minutes(1) })],
    webhooks: [
      Webhook.preRollout('load-test', {
        url: 'http://flagger-loadtester.blue-green/',
        metadata: { type: 'cmd', cmd: 'hey -z 3m -q 10 -c 2 http://podinfo-canary.blue-green:9898/' },
      }),
    ],
  },
});

/** How the release ended. */
export const outcome = canary.outcome;

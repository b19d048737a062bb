/** Steps of your own: 5, 20, then 80 percent of the traffic, and the promotion in halves. */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Metric, Strategy } from 'serin';
import { Canary, TARGET_ANNOTATIONS } from 'serin/pulumi';

const labels = { app: 'podinfo' };
const namespace = new k8s.core.v1.Namespace('step-weights', { metadata: { name: 'step-weights' } }).metadata.name;

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
    interval: Duration.minutes(1),
    threshold: 2,
    strategy: Strategy.stepWeights({ weights: [5, 20, 80], stepWeightPromotion: 50 }),
    metrics: [Metric.successRate({ min: 99, interval: Duration.minutes(1) })],
  },
});

/** How the release ended. */
export const outcome = canary.outcome;

/** A/B testing: insiders get the new version, by header or by cookie, and nobody else does. */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { Metric, Strategy } from 'serin';
import { Canary, TARGET_ANNOTATIONS } from 'serin/pulumi';

const labels = { app: 'podinfo' };
const namespace = new k8s.core.v1.Namespace('ab-test', { metadata: { name: 'ab-test' } }).metadata.name;

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
    strategy: Strategy.abTest({
      match: [
        { headers: { 'x-canary': { exact: 'insider' } } },
        { headers: { cookie: { regex: '^(.*?;\\s*)?(canary=always)(;.*)?$' } } },
      ],
      iterations: 3,
    }),
    metrics: [Metric.successRate({ min: 99, interval: Duration.minutes(1) })],
  },
});

/** How the release ended. */
export const outcome = canary.outcome;

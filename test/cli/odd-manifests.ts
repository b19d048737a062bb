import type { KubeObject } from '../../model/kube';

export const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: '1st.web' };
const url = 'http://flagger-loadtester.test/';
export const base = { apiVersion: 'flagger.app/v1beta1' };

/** What factories and durations cannot say, references of every sort, texts that are hard to quote. */
export const ODD: KubeObject[] = [
  {
    ...base,
    kind: 'Canary',
    metadata: { name: '1st.web', namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web' } },
    spec: {
      targetRef: target,
      upstreamRef: { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', name: 'web', namespace: 'gloo' },
      autoscalerRef: {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        name: 'web',
        primaryScalerReplicas: { minReplicas: 2 },
        primaryScalerQueries: {},
      },
      service: { port: 80, targetPort: 'http', gateways: ['mesh', 'a/b'], 'x/y~z': { unknown: true } },
      analysis: {
        interval: '60s',
        threshold: 2,
        iterations: 3,
        maxWeight: 50,
        sessionAffinity: { cookieName: 'c', maxAge: 90, sameSite: 'Lax' },
        metrics: [
          { name: 'request-success-rate', threshold: 99 },
          { name: 'request-success-rate', thresholdRange: { min: 99, max: 100 }, interval: '1h' },
          { name: 'request-duration', thresholdRange: { min: 1 } },
          { name: 'errors', query: 'sum(\n  rate(a{b="c\'\\d"}[1m])\n)', thresholdRange: { max: 1 } },
          {
            name: 'near',
            templateRef: { name: 'lat' },
            thresholdRange: { max: 1 },
            templateVariables: { a: '`{b}`' },
          },
          { name: 'lat', templateRef: { name: 'lat', namespace: 'shop' }, thresholdRange: { max: 1 } },
          { name: 'far', templateRef: { name: 'lat', namespace: 'ops' }, thresholdRange: { max: 1 }, minSamples: 3 },
        ],
        webhooks: [
          { name: 'load', type: 'rollout', url, metadata: { cmd: 'hey', type: 'cmd' } },
          { name: 'plain', url, retries: 2, muteAlert: true },
          { name: 'gate', type: 'confirm-promotion', url, muteAlert: true },
          { name: 'all', type: 'event', url, timeout: '1m30s' },
        ],
        alerts: [
          { name: 'ops', severity: 'error', providerRef: { name: 'room', namespace: 'ops' } },
          { name: 'all', severity: '', providerRef: { name: 'elsewhere' } },
        ],
      },
    },
  },
  {
    ...base,
    kind: 'MetricTemplate',
    metadata: { name: 'lat', namespace: 'shop' },
    spec: {
      provider: { type: 'externalmetrics', secretRef: { name: 's' }, headers: { a: ['b'] } },
      query: 'up\n*2',
    },
  },
  {
    ...base,
    kind: 'AlertProvider',
    metadata: { name: 'room', namespace: 'ops', annotations: { a: 'b' } },
    spec: { type: 'msteams', address: 'http://chat.test/', channel: "it's" },
  },
];

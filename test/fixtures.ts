/** Fixtures that speak: the tutorial's objects, with the one thing that a test is about changed. */
import type { Canary, CanaryAnalysis, CanarySpec, CanaryWebhook } from '../model/canary';
import type { KubeObject } from '../model/kube';

export const NAMESPACE = 'test';
export const START = Date.parse('2026-11-24T12:00:00Z');

/** The target: one container, `app: podinfo`. */
export function aDeployment(image = 'stefanprodan/podinfo:3.1.0', more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo', namespace: NAMESPACE, labels: { app: 'podinfo' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'podinfo' } },
      template: {
        metadata: { labels: { app: 'podinfo' } },
        spec: { containers: [{ name: 'podinfod', image, ports: [{ name: 'http', containerPort: 9898 }] }] },
      },
      ...more,
    },
  };
}

export const anHpa = (): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'podinfo', namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    minReplicas: 2,
    maxReplicas: 4,
  },
});

/** A progressive Canary of podinfo: step 20, max 50, threshold 2, one built-in check, every 10 s. */
export function aCanary(analysis: Partial<CanaryAnalysis> = {}, spec: Partial<CanarySpec> = {}): Canary {
  const steps = analysis.iterations === undefined ? { stepWeight: 20, maxWeight: 50 } : {};
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: NAMESPACE, uid: 'canary-uid', generation: 1 },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      service: { port: 9898, gateways: ['mesh'] },
      analysis: {
        interval: '10s',
        threshold: 2,
        ...steps,
        metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' }],
        ...analysis,
      },
      ...spec,
    },
  };
}

export const aHook = (name: string, type: CanaryWebhook['type'], more: Partial<CanaryWebhook> = {}): CanaryWebhook => ({
  name,
  type: type ?? '',
  url: `http://hooks.test/${name}`,
  ...more,
});

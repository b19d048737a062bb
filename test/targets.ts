/** Other targets and scalers than a Deployment with a HorizontalPodAutoscaler, for tests of every level. */
import type { KubeObject } from '../model/kube';
import { aDeployment, NAMESPACE } from './fixtures';

export const VERSION_1 = 'stefanprodan/podinfo:3.1.0';
export const VERSION_2 = 'stefanprodan/podinfo:3.1.1';

/** podinfo on every node. */
export function aDaemonSet(image = VERSION_1): KubeObject {
  const { selector, template } = aDeployment(image)['spec'] as { selector: object; template: object };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'podinfo', namespace: NAMESPACE, labels: { app: 'podinfo' } },
    spec: { selector, template, updateStrategy: { type: 'RollingUpdate' } },
  };
}

/** KEDA's definition as far as Serin is concerned: any ScaledObject goes. */
export const SCALED_OBJECTS: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: { kind: 'ScaledObject', plural: 'scaledobjects', singular: 'scaledobject', listKind: 'ScaledObjectList' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

/** A ScaledObject with one query about podinfo. */
export function aScaledObject(more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'podinfo-so', namespace: NAMESPACE, labels: { app: 'podinfo' } },
    spec: {
      scaleTargetRef: { name: 'podinfo' },
      minReplicaCount: 2,
      maxReplicaCount: 6,
      pollingInterval: 10,
      initialCooldownPeriod: 30,
      triggers: [
        {
          type: 'prometheus',
          name: 'requests',
          useCachedMetrics: true,
          metadata: {
            serverAddress: 'http://prometheus:9090',
            threshold: '10',
            query: 'sum(rate(http_requests_total{app="podinfo"}[1m]))',
          },
        },
      ],
      ...more,
    },
  };
}

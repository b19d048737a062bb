/** Canaries of other targets than a Deployment, on the embedded cluster. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aDeployment, NAMESPACE } from '../../fixtures';
import { Cluster } from './cluster';
import { GATEWAY, tutorialCanary } from './podinfo';

export interface TargetOptions {
  analysis?: Partial<CanaryAnalysis>;
  /** Requests of users a second; 0 where time has to pass quickly. */
  perSecond?: number;
}

/** A running cluster with these objects, whose Canary is Initialized, with users who call through the gateway. */
export async function aClusterOf(
  objects: KubeObject[],
  spec: Partial<CanarySpec>,
  { analysis, perSecond = 20 }: TargetOptions = {},
): Promise<Cluster> {
  const cluster = new Cluster({
    ...(process.env['SERIN_LOG'] && { log: (line: string) => process.stderr.write(line) }),
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };
  for (const object of [namespace, GATEWAY, ...objects]) cluster.create(object);
  await cluster.start();
  cluster.create(tutorialCanary({ maxWeight: 20, ...analysis }, spec));
  await cluster.until('Initialized');
  // A Service is initialized before its pods are up.
  await cluster.clock.advance(5_000);
  if (perSecond > 0) cluster.sandbox.ingress({ host: 'app.example.com', perSecond });
  await cluster.clock.advance(30_000);
  return cluster;
}

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

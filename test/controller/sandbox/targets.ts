/** Canaries of other targets than a Deployment, on the embedded cluster. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
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

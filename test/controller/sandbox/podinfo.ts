/** The tutorial's podinfo on the embedded cluster, under steady users from outside. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment, anHpa } from '../../fixtures';
import { Cluster, type ClusterOptions } from './cluster';

export const WEBHOOKS = [
  {
    name: 'acceptance-test',
    type: 'pre-rollout' as const,
    url: 'http://flagger-loadtester.test/',
    timeout: '30s',
    metadata: { type: 'bash', cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" },
  },
  {
    name: 'load-test',
    url: 'http://flagger-loadtester.test/',
    timeout: '5s',
    metadata: { cmd: 'hey -z 1m -q 10 -c 2 http://podinfo.test:9898/' },
  },
];

const METRICS = [
  { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' },
  { name: 'request-duration', thresholdRange: { max: 500 }, interval: '30s' },
];

export const GATEWAY: KubeObject = {
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'Gateway',
  metadata: { name: 'public-gateway', namespace: 'istio-system' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
};

/** Progress texts of waits: the reference's once an interval, Serin's once each. */
export const isWait = (text: string): boolean => text.includes('waiting for rollout to finish');

export function tutorialCanary(analysis: Partial<CanaryAnalysis> = {}, spec: Partial<CanarySpec> = {}) {
  const steps = analysis.iterations === undefined ? { stepWeight: 10, maxWeight: 50 } : {};
  return aCanary(
    { ...steps, threshold: 5, metrics: METRICS, webhooks: WEBHOOKS, ...analysis },
    {
      autoscalerRef: { apiVersion: 'autoscaling/v2beta1', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
      progressDeadlineSeconds: 60,
      service: {
        port: 9898,
        targetPort: 9898,
        gateways: ['public-gateway.istio-system.svc.cluster.local', 'mesh'],
        hosts: ['app.example.com'],
      },
      ...spec,
    },
  );
}

/** A cluster whose Canary is Initialized and idle, with 20 requests a second through the gateway. */
export async function bootstrapped(
  analysis: Partial<CanaryAnalysis> = {},
  change?: (deployment: KubeObject) => void,
  config?: KubeObject,
  spec: Partial<CanarySpec> = {},
  options: ClusterOptions = {},
): Promise<Cluster> {
  const cluster = await new Cluster({
    ...options,
    ...(process.env['SERIN_LOG'] && { log: (line: string) => process.stderr.write(line) }),
  }).start();
  const deployment = aDeployment();
  change?.(deployment);
  if (config) cluster.create(config);
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } });
  for (const object of [GATEWAY, deployment, anHpa(), tutorialCanary(analysis, spec)]) cluster.create(object);
  await cluster.until('Initialized');
  cluster.sandbox.ingress({ host: 'app.example.com', perSecond: 20 });
  await cluster.clock.advance(30_000);
  return cluster;
}

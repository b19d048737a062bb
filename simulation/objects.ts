/** The objects of a scenario, as a user would write them. */
import type { Canary, CanaryAnalysis, CanaryService, CanarySpec, CanaryWebhook, WebhookType } from '../model/canary';
import type { KubeObject } from '../model/kube';
import type { Scenario } from './scenario';

export const NAMESPACE = 'test';
export const NAME = 'app';
export const HOOKS_HOST = 'hooks.test';
export const METRICS_HOST = 'metrics.test';

export const GATE_TYPES = [
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
];
const HOOK_TYPES: readonly WebhookType[] = [...(GATE_TYPES as WebhookType[]), 'rollback', 'post-rollout', 'event'];

const hook = (type: WebhookType): CanaryWebhook => ({
  name: type,
  type,
  url: `http://${HOOKS_HOST}/${type}`,
  timeout: '5s',
});

export function targetOf({ config }: Scenario, image: string): KubeObject {
  const envFrom = config ? [{ configMapRef: { name: 'settings' } }] : [];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: NAMESPACE, labels: { app: NAME } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: NAME } },
      template: {
        metadata: { labels: { app: NAME } },
        spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }], envFrom }] },
      },
    },
  };
}

export const configOf = (value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: NAMESPACE },
  data: { value },
});

export function canaryOf(scenario: Scenario): Canary {
  const { provider, autoscaler, revertOnDeletion } = scenario;
  const scaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' as const, name: NAME };
  const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' as const, name: NAME };
  const spec: CanarySpec = {
    provider,
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
    progressDeadlineSeconds: 60,
    service: serviceOf(scenario),
    analysis: analysisOf(scenario),
    ...(scenario.users ? {} : { metricsServer: `http://${METRICS_HOST}` }),
    ...(autoscaler && { autoscalerRef: scaler }),
    ...(provider === 'nginx' && { ingressRef: ingress }),
    ...(revertOnDeletion && { revertOnDeletion }),
  };
  return { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata: { name: NAME, namespace: NAMESPACE }, spec };
}

function serviceOf({ provider, users }: Scenario): CanaryService {
  const gateway = { name: 'public', namespace: NAMESPACE, group: 'gateway.networking.k8s.io', kind: 'Gateway' };
  if (provider.startsWith('gatewayapi')) return { port: 8080, gatewayRefs: [gateway] } as CanaryService;
  if (users) return { port: 8080, gateways: [`${NAMESPACE}/public`, 'mesh'], hosts: ['app.example.com'] };
  return { port: 8080 };
}

const WEIGHTS = { stepWeight: 30, maxWeight: 60 };

const PER_STRATEGY: Record<Scenario['strategy'], Partial<CanaryAnalysis>> = {
  progressive: WEIGHTS,
  promotedInSteps: { ...WEIGHTS, stepWeightPromotion: 50 },
  mirrored: { ...WEIGHTS, mirror: true },
  abTest: { iterations: 2, match: [{ headers: { 'x-tester': { exact: 'yes' } } }] },
  blueGreen: { iterations: 2 },
  blueGreenMirrored: { iterations: 2, mirror: true },
};

function analysisOf({ strategy, hooks, sessionAffinity }: Scenario): CanaryAnalysis {
  return {
    interval: '10s',
    threshold: 2,
    ...PER_STRATEGY[strategy],
    metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '30s' }],
    ...(hooks && { webhooks: HOOK_TYPES.map(hook) }),
    ...(sessionAffinity && { sessionAffinity: { cookieName: 'side', maxAge: 600 } }),
  };
}

/** What else the scenario stands on. */
export function surroundings({ provider, autoscaler, config, users }: Scenario): KubeObject[] {
  return [
    ...(config ? [configOf('one')] : []),
    ...(autoscaler ? [autoscalerObject] : []),
    ...(provider === 'nginx' ? [ingressObject] : []),
    ...(users ? [gatewayObject] : []),
  ];
}

const autoscalerObject: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME }, minReplicas: 1, maxReplicas: 2 },
};

const ingressObject: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: {
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: NAME, port: { number: 8080 } } } }],
        },
      },
    ],
  },
};

const gatewayObject: KubeObject = {
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'Gateway',
  metadata: { name: 'public', namespace: NAMESPACE },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
};

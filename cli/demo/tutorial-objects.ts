/** The tutorial's objects, with the demo's shorter times. */
import type { CanaryAnalysis } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { LOADTESTER_HOST } from '../embedded-cluster';
import { FIRST_VERSION, IMAGE, INTERVAL_SECONDS, LIMITS, type Scenario, THRESHOLD } from './scenarios';

export const NAMESPACE = 'test';
export const APP = 'podinfo';
export const HOST = 'app.example.com';

/** Long enough for two scrapes, short enough that a run is judged by its own requests. */
const WINDOW = '20s';

/** Everything that a person would apply, in an order in which it can be applied. */
export function tutorialObjects(first: Scenario): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { 'istio-injection': 'enabled' } } },
    gateway(),
    podinfo(),
    autoscaler(),
    ...loadTester(),
    canary(first),
  ];
}

export function canary(scenario: Scenario): KubeObject {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: APP, namespace: NAMESPACE },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: APP },
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: APP },
      progressDeadlineSeconds: 60,
      service: {
        port: 9898,
        targetPort: 9898,
        // The load tester calls from inside the mesh: without `mesh` nothing would be split or mirrored for it.
        gateways: ['public-gateway.istio-system.svc.cluster.local', 'mesh'],
        hosts: [HOST],
        trafficPolicy: { tls: { mode: 'DISABLE' } },
        retries: { attempts: 3, perTryTimeout: '1s', retryOn: 'gateway-error,connect-failure,refused-stream' },
      },
      analysis: analysis(scenario),
    },
  };
}

/** The part of the Canary that differs between scenarios. */
export function analysis({ strategy }: Scenario): CanaryAnalysis {
  const mirrored = 'mirror' in strategy;
  const steps = mirrored
    ? { iterations: strategy.iterations, mirror: true, mirrorWeight: 100 }
    : { maxWeight: strategy.maxWeight, stepWeight: strategy.stepWeight };
  const tested = mirrored ? `${APP}.${NAMESPACE}` : `${APP}-canary.${NAMESPACE}`;
  return {
    interval: `${INTERVAL_SECONDS}s`,
    threshold: THRESHOLD,
    ...steps,
    metrics: [
      { name: 'request-success-rate', thresholdRange: { min: LIMITS.successPercent }, interval: WINDOW },
      { name: 'request-duration', thresholdRange: { max: LIMITS.p99Ms }, interval: WINDOW },
    ],
    webhooks: [
      {
        name: 'acceptance-test',
        type: 'pre-rollout',
        url: `http://${LOADTESTER_HOST}/`,
        timeout: '30s',
        metadata: { type: 'bash', cmd: `curl -sd 'test' http://${APP}-canary.${NAMESPACE}:9898/token | grep token` },
      },
      {
        name: 'load-test',
        url: `http://${LOADTESTER_HOST}/`,
        timeout: '5s',
        metadata: { cmd: `hey -z ${INTERVAL_SECONDS}s -q 10 -c 2 http://${tested}:9898/` },
      },
    ],
  };
}

function gateway(): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'Gateway',
    metadata: { name: 'public-gateway', namespace: 'istio-system' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  };
}

function podinfo(): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: APP, namespace: NAMESPACE, labels: { app: APP } },
    spec: {
      progressDeadlineSeconds: 60,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      selector: { matchLabels: { app: APP } },
      template: {
        metadata: {
          labels: { app: APP },
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' },
        },
        spec: { containers: [podinfod()] },
      },
    },
  };
}

function podinfod() {
  return {
    name: 'podinfod',
    image: `${IMAGE}:${FIRST_VERSION}`,
    command: ['./podinfo', '--port=9898', '--port-metrics=9797', '--level=info'],
    ports: [
      { name: 'http', containerPort: 9898, protocol: 'TCP' },
      { name: 'http-metrics', containerPort: 9797, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '2000m', memory: '512Mi' } },
  };
}

function autoscaler(): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: APP, namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: APP },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 99 } } },
      ],
    },
  };
}

function loadTester(): KubeObject[] {
  const name = 'flagger-loadtester';
  const container = {
    name: 'loadtester',
    image: 'serin:0.1.0',
    args: ['loadtester', '--port', '8080'],
    ports: [{ name: 'http', containerPort: 8080 }],
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: NAMESPACE, labels: { app: name } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: NAMESPACE },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
  ];
}

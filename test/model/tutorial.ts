/** The objects of the tutorial, fresh for every test. */
import { parse } from 'yaml';
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';

export const TUTORIAL_CANARY = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: podinfo
  namespace: test
  uid: uid-canary
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  progressDeadlineSeconds: 60
  autoscalerRef: { apiVersion: autoscaling/v2beta1, kind: HorizontalPodAutoscaler, name: podinfo }
  service:
    port: 9898
    targetPort: 9898
    gateways: [public-gateway.istio-system.svc.cluster.local]
    hosts: [app.example.com]
    trafficPolicy: { tls: { mode: DISABLE } }
    retries: { attempts: 3, perTryTimeout: 1s, retryOn: "gateway-error,connect-failure,refused-stream" }
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
    - { name: request-success-rate, thresholdRange: { min: 99 }, interval: 1m }
    - { name: request-duration, thresholdRange: { max: 500 }, interval: 30s }
    webhooks:
    - name: acceptance-test
      type: pre-rollout
      url: http://flagger-loadtester.test/
      timeout: 30s
      metadata: { type: bash, cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" }
    - name: load-test
      url: http://flagger-loadtester.test/
      timeout: 5s
      metadata: { cmd: "hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/" }
`;

/** The tutorial's Canary; `change` edits the fresh copy. */
export function aCanary(change: (canary: Canary) => void = () => {}): Canary {
  const canary = parse(TUTORIAL_CANARY) as Canary;
  change(canary);
  return canary;
}

/** The tutorial's Deployment, with one config of every kind of reference. */
export function aDeployment(change: (made: ReturnType<typeof deployment>) => void = () => {}): KubeObject {
  const made = deployment();
  change(made);
  return made as unknown as KubeObject;
}

function deployment() {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'podinfo',
      namespace: 'test',
      labels: { app: 'podinfo', team: 'blue' } as Record<string, string>,
      annotations: {
        'deployment.kubernetes.io/revision': '3',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'kustomize.toolkit.fluxcd.io/checksum': 'x',
        note: 'kept',
      } as Record<string, string>,
    },
    spec: {
      replicas: 2,
      paused: true,
      minReadySeconds: 5,
      progressDeadlineSeconds: 60,
      revisionHistoryLimit: 5,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      newField: { of: 'a later Kubernetes' },
      selector: { matchLabels: { app: 'podinfo', tier: 'web' } as Record<string, string> },
      template: {
        metadata: {
          labels: { app: 'podinfo', tier: 'web', 'kustomize.toolkit.fluxcd.io/name': 'x' } as Record<string, string>,
          annotations: { 'prometheus.io/scrape': 'true' } as Record<string, string>,
        },
        spec: {
          containers: [
            {
              name: 'podinfod',
              image: 'stefanprodan/podinfo:3.1.0',
              ports: [
                { name: 'http', containerPort: 9898, protocol: 'TCP' },
                { name: 'grpc', containerPort: 9999, protocol: 'TCP' },
              ] as Record<string, unknown>[],
              env: [
                { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'colors', key: 'color' } } },
                { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'passwords', key: 'p', optional: true } } },
              ],
              envFrom: [{ configMapRef: { name: 'colors', optional: true } }, { secretRef: { name: 'all' } }],
              futureField: { stays: true },
            },
          ] as Record<string, unknown>[],
          initContainers: [] as Record<string, unknown>[],
          volumes: [
            { name: 'a', configMap: { name: 'files' } },
            { name: 'b', secret: { secretName: 'certs', defaultMode: 420 } },
            { name: 'c', projected: { sources: [{ configMap: { name: 'extra' } }, { secret: { name: 'token' } }] } },
            { name: 'd', emptyDir: {} },
          ] as Record<string, unknown>[],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 100,
                  podAffinityTerm: {
                    topologyKey: 'kubernetes.io/hostname',
                    labelSelector: { matchLabels: { app: 'podinfo', tier: 'web' } },
                  },
                },
              ],
            },
          } as Record<string, unknown>,
        },
      },
    },
  };
}

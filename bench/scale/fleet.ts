/** The Canaries that are measured, and their Deployments: small, alike, spread over namespaces of a hundred. */

const IN_NAMESPACE = 100;
/** Nodes that the pods are bound to from the start: what a scheduler costs is not the question. */
export const NODES = Array.from({ length: 20 }, (_, index) => `bench-${index}`);

export interface Canaries {
  intervalSeconds: number;
  /** Each takes 10 % of the weight. */
  steps: number;
  /** Nodes to bind pods to. Absent: the scheduler does it. */
  nodes?: readonly string[];
}

export const namespaceOf = (index: number): string => `bench-${Math.floor(index / IN_NAMESPACE)}`;
/** Names tell the namespace, so that the Prometheus stand-in knows it too. */
export const nameOf = (index: number): string => `app-${Math.floor(index / IN_NAMESPACE)}-${index % IN_NAMESPACE}`;
export const keyOf = (index: number): string => `${namespaceOf(index)}/${nameOf(index)}`;

/** Namespaces of Canaries number `from` up to `to`. */
export const namespacesOf = (from: number, to: number): string[] => [
  ...new Set(Array.from({ length: to - from }, (_, index) => namespaceOf(from + index))),
];

export function deployment(index: number, { nodes }: Pick<Canaries, 'nodes'>): object {
  const labels = { app: nameOf(index) };
  const env = [
    { name: 'LOG_LEVEL', value: 'info' },
    { name: 'PODINFO_UI_COLOR', value: '#34577c' },
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: nameOf(index), namespace: namespaceOf(index), labels },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' } },
        spec: {
          ...(nodes && { nodeName: nodes[index % nodes.length] }),
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'app',
              image: image(1),
              ports: [{ name: 'http', containerPort: 9898 }],
              env,
              readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, timeoutSeconds: 5 },
              resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '512Mi' } },
            },
          ],
        },
      },
    },
  };
}

const image = (version: number): string => `registry.test/app:${version}`;

/** A new version: a strategic merge patch of the Deployment. */
export const edit = (version: number): object => ({
  spec: { template: { spec: { containers: [{ name: 'app', image: image(version) }] } } },
});

export function canary(index: number, { intervalSeconds, steps }: Canaries): object {
  const interval = `${intervalSeconds}s`;
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: nameOf(index), namespace: namespaceOf(index) },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: nameOf(index) },
      progressDeadlineSeconds: 600,
      service: { port: 9898, targetPort: 9898 },
      analysis: {
        interval,
        threshold: 5,
        stepWeight: 10,
        maxWeight: 10 * steps,
        metrics: [
          { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' },
          { name: 'request-duration', thresholdRange: { max: 500 }, interval: '1m' },
        ],
      },
    },
  };
}

/** The controller's pods: what they run, and how little they may do. */

/** HTTP port of /metrics, /healthz and /readyz. */
const PORT = 8080;

/**
 * What the Deployment and the Service are made from.
 * @internal
 */
export interface Workload {
  readonly serviceAccountName: string;
  readonly labels: { [key: string]: string };
  readonly image: string;
  readonly imagePullSecrets: string[];
  readonly replicas: number;
  readonly args: string[];
  readonly env: object[];
  readonly resources: object;
}

/** @internal */
export function deploymentSpec(workload: Workload): object {
  const { labels, replicas } = workload;
  return {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: {
        labels,
        annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(PORT) },
      },
      spec: podSpec(workload),
    },
  };
}

function podSpec(workload: Workload): object {
  const { labels, serviceAccountName, imagePullSecrets } = workload;
  const labelSelector = { matchLabels: labels };
  const byNode = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector,
  };
  // No second constraint: the scheduler heeds none of them on nodes that lack one's label, and many clusters have no zones.
  const byZone = { weight: 100, podAffinityTerm: { topologyKey: 'topology.kubernetes.io/zone', labelSelector } };
  return {
    serviceAccountName,
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [byNode],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [byZone] } },
    containers: [container(workload)],
  };
}

function container({ image, args, env, resources }: Workload): object {
  const probe = (path: string) => ({ httpGet: { path, port: 'http' }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    name: 'serin',
    image,
    args,
    ...(env.length > 0 && { env }),
    ports: [{ name: 'http', containerPort: PORT }],
    // Filling the caches of a big cluster takes its time; it is not alive only after minutes without the API server.
    livenessProbe: { ...probe('/healthz'), initialDelaySeconds: 10 },
    readinessProbe: probe('/readyz'),
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}

/** @internal */
export const serviceSpec = (labels: object): object => ({
  type: 'ClusterIP',
  selector: labels,
  ports: [{ name: 'http', port: PORT, targetPort: 'http', protocol: 'TCP' }],
});

/** @internal */
export const networkPolicySpec = (labels: object, from: object | undefined): object => ({
  podSelector: { matchLabels: labels },
  policyTypes: ['Ingress'],
  ingress: [
    {
      ...(from && { from: [{ namespaceSelector: { matchLabels: from } }] }),
      ports: [{ port: PORT, protocol: 'TCP' }],
    },
  ],
});

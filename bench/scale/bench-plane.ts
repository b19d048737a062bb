/** The real control plane as the bench wants it: more pods, fewer brakes, and only the contestants in the audit log. */
import { type Api, apiClient } from '../../test/cluster/control-plane/api';
import type { Assets } from '../../test/cluster/control-plane/assets';
import { type ControlPlane, startControlPlane } from '../../test/cluster/control-plane/control-plane';
import { kubeconfig, writeSecret } from '../../test/cluster/control-plane/kubeconfig';
import { type Plane, planeOf } from '../../test/cluster/control-plane/plane';
import { NODES } from './fleet';

/** Namespace of the contestants' ServiceAccounts. */
const ACCOUNTS = 'bench-controllers';
const GROUP = `system:serviceaccounts:${ACCOUNTS}`;

/** Who writes what beside the contestant is not asked: leaving it out keeps the API server's own work small. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'Panic'],
  rules: [{ level: 'Metadata', userGroups: [GROUP] }, { level: 'None' }],
};

/** What workloads need; endpoints, garbage, quotas and autoscalers have nothing to do with the question. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
];

/**
 * The API server keeps each change of a minute in memory. Its collector would go through all of that again each few seconds, with
 * every core that is idle for a moment: here that is the contestant's.
 */
const COLLECT_SELDOM = { GOGC: '400' };

/**
 * For the address of a Service the API server of 1.34 counts all addresses there are, twice: 1.6 s for each of eight at once when there
 * are 10,000 Services. Its older allocator keeps a bitmap.
 */
const ADDRESSES = ['--emulated-version=1.33', '--feature-gates=MultiCIDRServiceAllocator=false'];

export interface BenchPlane {
  plane: Plane;
  api: Api;
  pids: Record<string, number>;
  stop(): Promise<void>;
}

export async function startBenchPlane(assets: Assets, crds: string): Promise<BenchPlane> {
  const running = await startControlPlane(assets, {
    nodes: NODES,
    podsPerNode: 1000,
    auditPolicy: AUDIT_POLICY,
    // Pods are born with the name of their node.
    without: ['kube-scheduler'],
    environment: { 'kube-apiserver': COLLECT_SELDOM },
    arguments: {
      'kube-apiserver': ['--max-requests-inflight=800', '--max-mutating-requests-inflight=400', ...ADDRESSES],
      'kube-controller-manager': [
        `--controllers=${CONTROLLERS.join(',')}`,
        '--kube-api-qps=2000',
        '--kube-api-burst=4000',
        '--concurrent-deployment-syncs=20',
        '--concurrent-replicaset-syncs=20',
      ],
    },
  });
  try {
    const plane = planeOf(running.facts);
    await installKinds(plane, crds);
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ACCOUNTS } });
    const api = apiClient(running.facts.server, running.facts.caCertificate, running.facts.token, 'serin-bench');
    return { plane, api, pids: running.pids(), stop: () => stopped(running, api) };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function stopped(running: ControlPlane, api: Api): Promise<void> {
  api.close();
  await running.stop();
}

async function installKinds(plane: Plane, crds: string): Promise<void> {
  const files = ['-f', plane.assets.istioCrds, '-f', crds];
  await plane.kubectl(['apply', '--server-side', ...files]);
  for (;;) {
    const { code, stderr } = await plane.tryKubectl(['wait', '--for=condition=established', '--timeout=30s', ...files]);
    if (code === 0) return;
    // `kubectl wait` fails on a definition that has no conditions at all yet.
    if (!stderr.includes('conditions accessor error')) throw new Error(stderr);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A kubeconfig under a name of its own, by which its requests are told apart in the audit log. */
export async function identity(plane: Plane, name: string): Promise<{ user: string; kubeconfigPath: string }> {
  const metadata = { name, namespace: ACCOUNTS };
  await plane.apply([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `${ACCOUNTS}-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ]);
  const token = (await plane.kubectl(['create', 'token', name, '-n', ACCOUNTS, '--duration=4h'])).trim();
  const text = kubeconfig(plane.server, plane.caCertificate, { token });
  return {
    user: `system:serviceaccount:${ACCOUNTS}:${name}`,
    kubeconfigPath: writeSecret(`${plane.folder}/${name}.kubeconfig`, text),
  };
}

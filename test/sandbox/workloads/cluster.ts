import type { KubeObject } from '../../../model/kube';
import { ObjectStore } from '../../../sandbox/api/store';
import { VirtualClock } from '../../../sandbox/clock';
import { Behaviours } from '../../../sandbox/workloads/behaviour';
import { conditionOf } from '../../../sandbox/workloads/condition';
import {
  type Condition,
  type DaemonSet,
  DEPLOYMENT,
  type Deployment,
  type DeploymentStatus,
  POD,
  type Pod,
  REPLICA_SET,
  type ReplicaSet,
} from '../../../sandbox/workloads/objects';
import { isReady } from '../../../sandbox/workloads/pods';
import { startWorkloads } from '../../../sandbox/workloads/workloads';

export interface ClusterOptions {
  nodes?: number;
  /** CPU of each pod in percent. @default 50 */
  cpu?: () => number;
}

/** A store with workload controllers on a virtual clock. */
export function aCluster(options: ClusterOptions = {}) {
  const clock = new VirtualClock();
  let uids = 0;
  const store = new ObjectStore({ clock, uid: () => `uid-${++uids}` });
  const behaviours = new Behaviours();
  const workloads = startWorkloads({ store, behaviours, cpuOf: options.cpu ?? (() => 50), nodes: options.nodes ?? 3 });
  const get = (name: string) => store.get({ ...DEPLOYMENT, namespace: 'default', name }) as Deployment;
  return {
    clock,
    store,
    behaviours,
    workloads,
    deployment: get,
    status: (name = 'web'): DeploymentStatus => get(name).status ?? {},
    condition: (type: string, name = 'web'): Condition | undefined => conditionOf(get(name).status?.conditions, type),
    pods: () => store.list(POD, 'default') as Pod[],
    readyPods: () => (store.list(POD, 'default') as Pod[]).filter(isReady),
    sets: () => store.list(REPLICA_SET, 'default') as ReplicaSet[],
    edit: (name: string, change: (draft: Deployment) => void) =>
      store.modify({ ...DEPLOYMENT, namespace: 'default', name }, (draft) => change(draft as Deployment)),
  };
}

export function aDeployment(spec: Partial<Deployment['spec']> = {}, name = 'web'): Deployment {
  return {
    ...DEPLOYMENT,
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'podinfo:1', ports: [{ name: 'http', containerPort: 9898 }] }] },
      },
      ...spec,
    },
  };
}

export function aDaemonSet(spec: Partial<DaemonSet['spec']> = {}, name = 'agent'): DaemonSet {
  const { selector, template } = aDeployment({}, name).spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: { selector, template, ...spec },
  };
}

export function aService(
  name: string,
  selector: Record<string, string>,
  targetPort: number | string = 9898,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort }] },
  };
}

export function imageOf(pod: Pod): string {
  return pod.spec.containers[0]!.image;
}

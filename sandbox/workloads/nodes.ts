import type { ObjectStore } from '../api/store';
import { kubeTime } from './condition';
import { NODE, type Node, type Pod } from './objects';

/** Puts virtual nodes into the cluster, `node-1` and so on. */
export function createNodes(store: ObjectStore, count: number): void {
  for (let i = 1; i <= count; i++) {
    const name = `node-${i}`;
    if (store.get({ ...NODE, name })) continue;
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    store.create({ ...NODE, metadata: { name, labels }, spec: { podCIDR: `10.244.${i}.0/24` } });
    store.modify(
      { ...NODE, name },
      (node) => {
        node['status'] = nodeStatus(name, i, kubeTime(store.clock));
      },
      { subresource: 'status' },
    );
  }
}

function nodeStatus(name: string, index: number, now: string): Record<string, unknown> {
  const resources = { cpu: '8', memory: '32Gi', pods: '110' };
  return {
    capacity: resources,
    allocatable: resources,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
    addresses: [
      { type: 'InternalIP', address: `10.0.0.${index}` },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: {
      kubeletVersion: 'v1.34.4',
      osImage: 'Serin sandbox',
      containerRuntimeVersion: 'sandbox://1',
      kernelVersion: '6.0',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}

/** Nodes that a pod may run on: every label of its nodeSelector is there. */
export function fittingNodes(nodes: readonly Node[], nodeSelector: Record<string, string> | undefined): Node[] {
  return nodes.filter((node) => {
    const wanted = Object.entries(nodeSelector ?? {});
    return wanted.every(([name, value]) => node.metadata.labels?.[name] === value);
  });
}

/** The fitting node with the fewest pods; the first of equals. */
export function emptiestNode(nodes: readonly Node[], pod: Pod, podsOn: (node: string) => number): Node | undefined {
  let best: Node | undefined;
  for (const node of fittingNodes(nodes, pod.spec.nodeSelector)) {
    if (!best || podsOn(node.metadata.name) < podsOn(best.metadata.name)) best = node;
  }
  return best;
}

export function addressOf(node: Node | undefined): string {
  return node?.status?.addresses?.find((one) => one.type === 'InternalIP')?.address ?? '10.0.0.254';
}

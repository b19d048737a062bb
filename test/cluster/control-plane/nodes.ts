/** A node that kwok plays: big enough for all test pods. */
export function fakeNode(name: string, pods = 250): object {
  const capacity = { cpu: '64', memory: '256Gi', pods: String(pods), 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        type: 'kwok',
      },
    },
    status: { capacity, allocatable: capacity, nodeInfo: { kubeletVersion: 'kwok', operatingSystem: 'linux' } },
  };
}

import { type Autoscaler, type Condition, DEPLOYMENT, type Deployment, NODE } from '../../../sandbox/workloads/objects';
import { aCluster, aDaemonSet, aDeployment, aService, imageOf } from './cluster';

type Cluster = ReturnType<typeof aCluster>;
const at = (name: string, kind: string, apiVersion: string) => ({ apiVersion, kind, namespace: 'default', name });
const DAEMON = at('agent', 'DaemonSet', 'apps/v1');

describe('DaemonSets', () => {
  test('one pod a node that fits the nodeSelector', async () => {
    const { store, clock, pods } = aCluster({ nodes: 3 });
    store.modify({ ...NODE, name: 'node-2' }, (node) => {
      node.metadata.labels = { ...node.metadata.labels, disk: 'ssd' };
    });
    const daemonSet = aDaemonSet();
    store.create(daemonSet);
    await clock.advance(5000);
    expect(store.get(DAEMON)!['status']).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
    });
    store.modify(DAEMON, (draft) => {
      (draft as Deployment).spec.template.spec.nodeSelector = { disk: 'ssd' };
    });
    await clock.advance(10_000);
    expect(pods().map((pod) => pod.spec.nodeName)).toEqual(['node-2']);
    store.modify(DAEMON, (draft) => {
      (draft as Deployment).spec.template.spec.nodeSelector = { nowhere: 'true' };
    });
    await clock.advance(5000);
    expect(store.get(DAEMON)!['status']).toMatchObject({
      desiredNumberScheduled: 0,
      numberReady: 0,
      observedGeneration: 3,
    });
  });

  test('an update replaces pods one at a time and leaves a revision behind', async () => {
    const { store, clock, pods, readyPods } = aCluster({ nodes: 3 });
    store.create(aDaemonSet());
    await clock.advance(5000);
    let fewest = 3;
    store.watch({ apiVersion: 'v1', kind: 'Pod' }, undefined, () => {
      fewest = Math.min(fewest, readyPods().length);
    });
    store.modify(DAEMON, (draft) => {
      (draft as Deployment).spec.template.spec.containers[0]!.image = 'podinfo:2';
    });
    await clock.advance(20_000);
    expect(pods().map(imageOf)).toEqual(['podinfo:2', 'podinfo:2', 'podinfo:2']);
    expect(fewest).toBe(2);
    const revisions = store.list({ apiVersion: 'apps/v1', kind: 'ControllerRevision' }, 'default');
    expect(revisions.map((one) => one['revision']).sort()).toEqual([1, 2]);
  });
});

describe('Endpoints', () => {
  test('follow selector and readiness; named ports are looked up', async () => {
    const { store, clock, behaviours, pods } = aCluster();
    store.create(aService('web', { app: 'web' }, 'http'));
    store.create(aDeployment({ replicas: 2 }));
    await clock.advance(1500);
    const endpoints = () => store.get(at('web', 'Endpoints', 'v1'))!['subsets'] as Record<string, { ip: string }[]>[];
    expect(endpoints()[0]).not.toHaveProperty('addresses');
    expect(endpoints()[0]!['notReadyAddresses']).toHaveLength(2);
    await clock.advance(2000);
    expect(
      endpoints()[0]!
        ['addresses']!.map((one) => one.ip)
        .sort(),
    ).toEqual(
      pods()
        .map((pod) => pod.status!.podIP)
        .sort(),
    );
    const [slice] = store.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, 'default');
    expect(slice).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
      ports: [{ name: 'http', port: 9898, protocol: 'TCP' }],
      endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }],
    });
    behaviours.set('podinfo:1', { neverReady: true });
    await clock.advance(1000);
    expect(endpoints()[0]).not.toHaveProperty('addresses');
    store.delete(at('web', 'Service', 'v1'));
    await clock.advance(1000);
    expect(store.get(at('web', 'Endpoints', 'v1'))).toBeUndefined();
    expect(store.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, 'default')).toEqual([]);
  });
});

describe('autoscalers', () => {
  const anAutoscaler = (spec: Partial<Autoscaler['spec']> = {}): Autoscaler => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      scaleTargetRef: { ...DEPLOYMENT, name: 'web' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      ...spec,
    },
  });
  const status = ({ store }: Cluster) =>
    (store.get(at('web', 'HorizontalPodAutoscaler', 'autoscaling/v2')) as Autoscaler).status!;
  const condition = (cluster: Cluster, type: string): Condition | undefined =>
    status(cluster).conditions?.find((one) => one.type === type);

  test('keep the replicas between the bounds and follow the load', async () => {
    let cpu = 50;
    const cluster = aCluster({ cpu: () => cpu });
    cluster.store.create(aDeployment());
    cluster.store.create(anAutoscaler());
    await cluster.clock.advance(1000);
    expect(cluster.deployment('web').spec.replicas).toBe(2);
    expect(condition(cluster, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooFewReplicas' });
    cpu = 90;
    await cluster.clock.advance(20_000);
    expect(cluster.deployment('web').spec.replicas).toBe(4);
    cpu = 10;
    await cluster.clock.advance(240_000);
    expect(cluster.deployment('web').spec.replicas).toBe(4);
    await cluster.clock.advance(120_000);
    expect(cluster.deployment('web').spec.replicas).toBe(2);
  });

  test('are disabled while the target has no replicas', async () => {
    const cluster = aCluster();
    cluster.store.create(aDeployment({ replicas: 0 }));
    cluster.store.create(anAutoscaler());
    await cluster.clock.advance(16_000);
    expect(cluster.deployment('web').spec.replicas).toBe(0);
    expect(condition(cluster, 'ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'ScalingDisabled',
      message: 'scaling is disabled since the replica count of the target is zero',
    });
    cluster.edit('web', (draft) => {
      draft.spec.replicas = 1;
    });
    await cluster.clock.advance(16_000);
    expect(cluster.deployment('web').spec.replicas).toBe(2);
  });

  test('say so when there is no target', async () => {
    const cluster = aCluster();
    cluster.store.create(anAutoscaler());
    await cluster.clock.advance(1000);
    expect(condition(cluster, 'AbleToScale')).toMatchObject({ status: 'False', reason: 'FailedGetScale' });
  });
});

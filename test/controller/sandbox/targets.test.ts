/** Releases of a DaemonSet, of a Service and of a Deployment that KEDA scales, by the whole controller. */
import { type KubeObject, RESOURCES } from '../../../model/kube';
import { SCALE_TO_ZERO } from '../../../model/revision';
import { aDeployment, NAMESPACE } from '../../fixtures';
import { aDaemonSet, aScaledObject, SCALED_OBJECTS, VERSION_1, VERSION_2 } from '../../targets';
import type { Cluster } from './cluster';
import { isWait } from './podinfo';
import { aClusterOf } from './targets';

// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
const raw = (object: KubeObject | undefined): any => object;
const texts = (cluster: Cluster) => cluster.news().filter((text) => !isWait(text));

const remove = (cluster: Cluster, kind: keyof typeof RESOURCES, name: string) =>
  cluster.sandbox.store.delete({ ...RESOURCES[kind], namespace: NAMESPACE, name });

const RELEASE = [
  'N New revision detected! Scaling up podinfo.test',
  'N Starting canary analysis for podinfo.test',
  'N Pre-rollout check acceptance-test passed',
  'N Advance podinfo.test canary weight 10',
  'N Advance podinfo.test canary weight 20',
  'N Copying podinfo.test template spec to podinfo-primary.test',
  'N Routing all traffic to primary',
  'N Promotion completed! Scaling down podinfo.test',
];

/** The tutorial's Canary without its autoscaler. */
const of = (kind: 'DaemonSet' | 'Service' | 'Deployment') => ({
  targetRef: { apiVersion: kind === 'Service' ? 'v1' : 'apps/v1', kind, name: 'podinfo' },
  autoscalerRef: undefined as never,
});

describe('a DaemonSet', () => {
  const template = (cluster: Cluster, name: string) => raw(cluster.get('daemonSet', name)).spec.template;
  const setImage = (cluster: Cluster, image: string) =>
    cluster.edit('daemonSet', 'podinfo', (object: KubeObject) => {
      raw(object).spec.template.spec.containers[0].image = image;
    });

  test('golden: a release, with the pods of the target away before and after', async () => {
    const cluster = await aClusterOf([aDaemonSet()], of('DaemonSet'));
    expect(texts(cluster)).toEqual([
      'N all the metrics providers are available!',
      'N Initialization done! podinfo.test',
    ]);
    expect(template(cluster, 'podinfo').spec.nodeSelector).toEqual({ [SCALE_TO_ZERO]: 'true' });
    expect(raw(cluster.get('daemonSet', 'podinfo')).status.desiredNumberScheduled).toBe(0);
    expect(template(cluster, 'podinfo-primary').spec.nodeSelector ?? {}).toEqual({});
    expect(raw(cluster.get('daemonSet', 'podinfo-primary')).status.numberAvailable).toBe(3);

    setImage(cluster, VERSION_2);
    await cluster.until('Succeeded');
    await cluster.clock.advance(10_000);
    expect(texts(cluster)).toEqual(RELEASE);
    expect(template(cluster, 'podinfo-primary').spec.containers[0].image).toBe(VERSION_2);
    expect(template(cluster, 'podinfo').spec.nodeSelector).toEqual({ [SCALE_TO_ZERO]: 'true' });
    expect(cluster.sandbox.users.seen.errors).toBe(0);
    await cluster.stop();
  });

  test('W4, C8: after a long rest a node that joins with a new revision ends nothing', async () => {
    const spec = { ...of('DaemonSet'), progressDeadlineSeconds: 120 };
    const cluster = await aClusterOf([aDaemonSet()], spec, { analysis: { metrics: [] }, perSecond: 0 });
    await cluster.clock.advance(1_200_000);
    cluster.sandbox.behaviour('*', { startupMs: 20_000 });
    const node = raw(cluster.sandbox.store.get({ apiVersion: 'v1', kind: 'Node', name: 'node-1' }));
    const labels = { ...node.metadata.labels, 'kubernetes.io/hostname': 'node-9' };
    setImage(cluster, VERSION_2);
    cluster.create({ ...structuredClone(node), metadata: { name: 'node-9', labels } });
    await cluster.until('Succeeded');
    expect(raw(cluster.get('daemonSet', 'podinfo-primary')).status.desiredNumberScheduled).toBe(4);
    await cluster.stop();
  });

  test('C8: pods that do not come up end the run at its deadline, in the words of the reference', async () => {
    const cluster = await aClusterOf([aDaemonSet()], of('DaemonSet'), { perSecond: 0 });
    await cluster.clock.advance(600_000);
    cluster.news();
    cluster.sandbox.behaviour('*:3.1.9', { neverReady: true });
    setImage(cluster, 'stefanprodan/podinfo:3.1.9');
    const ms = await cluster.until('Failed');
    expect(ms).toBeGreaterThan(60_000);
    expect(ms).toBeLessThan(80_000);
    await cluster.clock.advance(10_000);
    const late =
      'canary damonset podinfo.test not ready with retryable false: exceeded its progressDeadlineSeconds: 60';
    const waits = cluster.events().filter(isWait);
    expect(waits).toContain(
      'W canary damonset podinfo.test not ready with retryable true: waiting for rollout to finish: 0 of 3 (readyThreshold 100%) updated pods are available',
    );
    expect(texts(cluster)).toEqual([
      'N New revision detected! Scaling up podinfo.test',
      `W ${late}`,
      `W Rolling back podinfo.test progress deadline exceeded ${late}`,
      'W Canary failed! Scaling down podinfo.test',
    ]);
    expect(template(cluster, 'podinfo').spec.nodeSelector).toEqual({ [SCALE_TO_ZERO]: 'true' });
    await cluster.stop();
  });

  test('C6: a lost primary comes back as it was promoted, with pods', async () => {
    const cluster = await aClusterOf([aDaemonSet()], of('DaemonSet'), { perSecond: 0 });
    remove(cluster, 'daemonSet', 'podinfo-primary');
    await cluster.clock.advance(20_000);
    expect(raw(cluster.get('daemonSet', 'podinfo-primary')).status.numberAvailable).toBe(3);
    expect(template(cluster, 'podinfo-primary').spec.nodeSelector ?? {}).toEqual({});
    await cluster.stop();
  });

  test('a deleted Canary gives the target its pods and its traffic back', async () => {
    const spec = { ...of('DaemonSet'), revertOnDeletion: true };
    const cluster = await aClusterOf([aDaemonSet()], spec);
    remove(cluster, 'canary', 'podinfo');
    await cluster.clock.runUntil(() => cluster.get('canary', 'podinfo') === undefined, { limitMs: 120_000 });
    expect(template(cluster, 'podinfo').spec.nodeSelector ?? {}).toEqual({});
    expect(raw(cluster.get('daemonSet', 'podinfo')).status.numberAvailable).toBe(3);
    expect(cluster.sandbox.users.seen.errors).toBe(0);
    await cluster.stop();
  });

  test('W2: a primary that somebody changed is said once, and left to the next promotion', async () => {
    const cluster = await aClusterOf([aDaemonSet()], of('DaemonSet'), { analysis: { metrics: [] }, perSecond: 0 });
    cluster.news();
    cluster.edit('daemonSet', 'podinfo-primary', (object: KubeObject) => {
      raw(object).spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt'] = 'now';
    });
    await cluster.clock.advance(60_000);
    expect(texts(cluster)).toEqual([]);
    cluster.edit('daemonSet', 'podinfo-primary', (object: KubeObject) => {
      raw(object).spec.template.spec.containers[0].image = 'stefanprodan/podinfo:6.6.6';
    });
    await cluster.clock.advance(60_000);
    expect(texts(cluster)).toEqual([
      'W daemonset podinfo-primary.test does not run what was promoted: somebody changed it; put it back, or let the next promotion overwrite it',
    ]);
    expect(template(cluster, 'podinfo-primary').spec.containers[0].image).toBe('stefanprodan/podinfo:6.6.6');
    setImage(cluster, VERSION_2);
    await cluster.until('Succeeded');
    expect(template(cluster, 'podinfo-primary').spec.containers[0].image).toBe(VERSION_2);
    await cluster.stop();
  });

  test('one that does not roll by itself is refused', async () => {
    const daemonSet = raw(aDaemonSet());
    daemonSet.spec.updateStrategy = { type: 'OnDelete' };
    const refused = 'W daemonset podinfo.test must have RollingUpdate strategy but have OnDelete';
    await expect(aClusterOf([daemonSet], of('DaemonSet'), { perSecond: 0 })).rejects.toThrow(refused);
  });
});

describe('a Service', () => {
  const version = (v: string) => ({ app: 'podinfo', version: v });
  const deployed = (v: string, image: string): KubeObject => {
    const deployment = raw(aDeployment(image));
    deployment.metadata.name = `podinfo-${v}`;
    deployment.spec.selector.matchLabels = version(v);
    deployment.spec.template.metadata.labels = version(v);
    return deployment;
  };
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'podinfo', namespace: NAMESPACE, labels: { team: 'web' }, annotations: { note: 'kept' } },
    spec: { type: 'ClusterIP', selector: version('one'), ports: [{ name: 'http', port: 9898, targetPort: 9898 }] },
  };

  test('golden: a release from one selector to another', async () => {
    const pods = [deployed('one', VERSION_1), deployed('two', VERSION_2)];
    // Built-in metrics are about a workload of the target's name.
    const cluster = await aClusterOf([service, ...pods], of('Service'), { analysis: { metrics: [] } });
    expect(texts(cluster)).toEqual([
      'N all the metrics providers are available!',
      'N Initialization done! podinfo.test',
    ]);
    const live = (name: string) => raw(cluster.get('service', name));
    expect(live('podinfo-primary').spec.selector).toEqual(version('one'));
    expect(live('podinfo-primary').metadata).toMatchObject({
      labels: { team: 'web' },
      annotations: { note: 'kept' },
      ownerReferences: [{ kind: 'Canary', name: 'podinfo' }],
    });
    const addresses = ['podinfo', 'podinfo-primary', 'podinfo-canary'].map((name) => live(name).spec.clusterIP);
    expect(new Set(addresses).size).toBe(3);

    cluster.edit('service', 'podinfo', (object: KubeObject) => {
      raw(object).spec.selector = version('two');
    });
    await cluster.until('Succeeded');
    await cluster.clock.advance(10_000);
    expect(texts(cluster)).toEqual(RELEASE);
    expect(live('podinfo-primary').spec.selector).toEqual(version('two'));
    expect(live('podinfo-primary').spec.clusterIP).toBe(addresses[1]);
    expect(live('podinfo-primary').metadata.ownerReferences).toMatchObject([{ kind: 'Canary', name: 'podinfo' }]);
    expect(cluster.sandbox.users.seen.errors).toBe(0);
    await cluster.stop();
  });

  test('a failed release leaves the primary copy as it was', async () => {
    const pods = [deployed('one', VERSION_1), deployed('two', VERSION_2)];
    const cluster = await aClusterOf([service, ...pods], of('Service'), { perSecond: 5 });
    cluster.edit('service', 'podinfo', (object: KubeObject) => {
      raw(object).spec.selector = version('two');
    });
    // Nothing is measured of a workload that does not exist.
    await cluster.until('Failed');
    expect(raw(cluster.get('service', 'podinfo-primary')).spec.selector).toEqual(version('one'));
    expect(cluster.routes()).toBe('100/0');
    await cluster.stop();
  });

  test('W14: the copies are written when they differ, and not every tick', async () => {
    const cluster = await aClusterOf([service, deployed('one', VERSION_1)], of('Service'), { perSecond: 0 });
    cluster.requests.splice(0);
    await cluster.clock.advance(120_000);
    expect(cluster.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
    await cluster.stop();
  });
});

describe('a Deployment that KEDA scales', () => {
  const keda = {
    ...of('Deployment'),
    autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' as const, name: 'podinfo-so' },
  };
  const paused = (cluster: Cluster) =>
    raw(cluster.get('scaledObject', 'podinfo-so')).metadata.annotations?.['autoscaling.keda.sh/paused-replicas'];

  test('golden: a release, with the target’s ScaledObject asleep before and after', async () => {
    const cluster = await aClusterOf([SCALED_OBJECTS, aDeployment(), aScaledObject()], keda);
    expect(texts(cluster)).toEqual([
      'N all the metrics providers are available!',
      'N Initialization done! podinfo.test',
    ]);
    expect(paused(cluster)).toBe('0');
    const primary = raw(cluster.get('scaledObject', 'podinfo-so-primary'));
    expect(primary.metadata.annotations).toBeUndefined();
    expect(primary.spec).toMatchObject({
      scaleTargetRef: { name: 'podinfo-primary' },
      initialCooldownPeriod: 30,
      triggers: [{ metadata: { query: 'sum(rate(http_requests_total{app="podinfo-primary"}[1m]))' } }],
    });

    cluster.setImage(VERSION_2);
    await cluster.clock.runUntil(() => cluster.routes() === '90/10', { limitMs: 120_000 });
    expect(paused(cluster)).toBeUndefined();
    expect(cluster.replicas('podinfo')).toBe(2);
    await cluster.until('Succeeded');
    await cluster.clock.advance(10_000);
    expect(texts(cluster)).toEqual(RELEASE);
    expect(paused(cluster)).toBe('0');
    expect(cluster.replicas('podinfo')).toBe(0);
    await cluster.stop();
  });

  test('without KEDA that is said, and holds nothing up', async () => {
    const cluster = await aClusterOf([aDeployment()], keda, { perSecond: 0 });
    expect(texts(cluster)).toContain(
      'W Keda ScaledObject podinfo-so.test get query error: scaledobjects.keda.sh "podinfo-so" not found',
    );
    cluster.setImage(VERSION_2);
    await cluster.clock.runUntil(() => cluster.status.phase === 'Progressing', { limitMs: 60_000 });
    expect(cluster.replicas('podinfo')).toBe(1);
    await cluster.stop();
  });

  test('a deleted Canary wakes the target’s ScaledObject', async () => {
    const spec = { ...keda, revertOnDeletion: true };
    const cluster = await aClusterOf([SCALED_OBJECTS, aDeployment(), aScaledObject()], spec);
    expect(paused(cluster)).toBe('0');
    remove(cluster, 'canary', 'podinfo');
    await cluster.clock.runUntil(() => cluster.get('canary', 'podinfo') === undefined, { limitMs: 120_000 });
    expect(paused(cluster)).toBeUndefined();
    expect(cluster.replicas('podinfo')).toBeGreaterThan(0);
    expect(cluster.sandbox.users.seen.errors).toBe(0);
    await cluster.stop();
  });
});

import type { ObjectStore, Watch } from '../api/store';
import { fittingNodes } from './nodes';
import {
  CONTROLLER_REVISION,
  DAEMON_SET,
  type DaemonSet,
  NODE,
  type Node,
  POD,
  type Pod,
  type PodTemplate,
} from './objects';
import { adopt, controllerOf, keyOf, Owned, ownedBy, refOf } from './ownership';
import { countPods, createPod, deletePod, isActive, isReady } from './pods';
import { Reconciler } from './reconciler';
import { resolve } from './rolling-update';
import { templateHash } from './template-hash';

const HASH = 'controller-revision-hash';

/** The DaemonSet controller: one pod on every node that fits, replaced a few at a time. */
export class DaemonSets {
  private readonly queue: Reconciler;
  private readonly pods: Owned<Pod>;
  private readonly watches: Watch[];

  constructor(private readonly store: ObjectStore) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    this.pods = new Owned<Pod>(store, POD, (pod) => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'DaemonSet') this.queue.enqueue(`${pod.metadata.namespace}/${owner.name}`);
    });
    this.enqueueAll();
    this.watches = [
      store.watch(DAEMON_SET, undefined, ({ object }) => this.queue.enqueue(keyOf(object))),
      store.watch(NODE, undefined, () => this.enqueueAll()),
    ];
  }

  stop(): void {
    for (const watch of this.watches) watch.close();
    this.pods.stop();
    this.queue.stop();
  }

  private enqueueAll(): void {
    for (const one of this.store.list(DAEMON_SET)) this.queue.enqueue(keyOf(one));
  }

  private reconcile(key: string): void {
    const daemonSet = this.store.get(refOf(DAEMON_SET, key)) as DaemonSet | undefined;
    if (!daemonSet || daemonSet.metadata.deletionTimestamp) return;
    adopt(this.store, daemonSet, this.pods);
    const hash = templateHash(daemonSet.spec.template);
    this.recordRevision(daemonSet, hash);
    const nodes = this.store.list(NODE) as Node[];
    const fitting = new Set(fittingNodes(nodes, daemonSet.spec.template.spec.nodeSelector).map(nameOf));
    this.removeMisplaced(daemonSet, fitting);
    if (daemonSet.spec.updateStrategy?.type !== 'OnDelete') this.removeOutdated(daemonSet, hash, fitting.size);
    this.fill(daemonSet, hash, fitting);
    this.report(key, daemonSet, hash, fitting.size);
  }

  private activePods(daemonSet: DaemonSet): Pod[] {
    return this.pods.of(daemonSet).filter(isActive);
  }

  private removeMisplaced(daemonSet: DaemonSet, fitting: Set<string>): void {
    for (const pod of this.activePods(daemonSet)) {
      if (!fitting.has(pod.spec.nodeName ?? '')) deletePod(this.store, pod);
    }
  }

  /** Old pods that are not ready go at once; ready ones as far as `maxUnavailable` allows. */
  private removeOutdated(daemonSet: DaemonSet, hash: string, desired: number): void {
    const pods = this.activePods(daemonSet);
    const outdated = pods.filter((pod) => pod.metadata.labels?.[HASH] !== hash);
    const allowed = daemonSet.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
    const unavailable = desired - pods.filter(isReady).length;
    let spare = Math.max(1, resolve(allowed, desired, Math.ceil)) - unavailable;
    for (const pod of outdated) {
      if (isReady(pod) && spare-- <= 0) continue;
      deletePod(this.store, pod);
    }
  }

  private fill(daemonSet: DaemonSet, hash: string, fitting: Set<string>): void {
    const taken = new Set(this.activePods(daemonSet).map((pod) => pod.spec.nodeName));
    const labels = { [HASH]: hash, 'pod-template-generation': String(daemonSet.metadata.generation ?? 1) };
    for (const nodeName of fitting) {
      if (!taken.has(nodeName)) createPod(this.store, daemonSet, daemonSet.spec.template, { labels, nodeName });
    }
  }

  private report(key: string, daemonSet: DaemonSet, hash: string, desired: number): void {
    const pods = this.activePods(daemonSet);
    const counts = countPods(pods, daemonSet.spec.minReadySeconds ?? 0, this.store.clock.now());
    const updated = pods.filter((pod) => pod.metadata.labels?.[HASH] === hash).length;
    const unavailable = desired - counts.available;
    this.store.modify(
      refOf(DAEMON_SET, key),
      (draft) => {
        draft['status'] = {
          currentNumberScheduled: pods.length,
          numberMisscheduled: 0,
          desiredNumberScheduled: desired,
          numberReady: counts.ready,
          observedGeneration: daemonSet.metadata.generation ?? 1,
          ...(updated > 0 && { updatedNumberScheduled: updated }),
          ...(counts.available > 0 && { numberAvailable: counts.available }),
          ...(unavailable > 0 && { numberUnavailable: unavailable }),
        };
      },
      { subresource: 'status' },
    );
    if (counts.nextAvailableMs !== undefined) this.queue.enqueue(key, counts.nextAvailableMs);
  }

  private recordRevision(daemonSet: DaemonSet, hash: string): void {
    const { name, namespace = '' } = daemonSet.metadata;
    const ref = { ...CONTROLLER_REVISION, namespace, name: `${name}-${hash}` };
    if (this.store.get(ref)) return;
    const own = this.store
      .list(CONTROLLER_REVISION, namespace)
      .filter((one) => controllerOf(one)?.uid === daemonSet.metadata.uid);
    const revision = Math.max(0, ...own.map((one) => Number(one['revision']))) + 1;
    this.store.create({
      ...CONTROLLER_REVISION,
      metadata: {
        name: ref.name,
        namespace,
        labels: { ...daemonSet.spec.template.metadata?.labels, [HASH]: hash },
        ownerReferences: ownedBy(daemonSet),
      },
      data: { spec: { template: marked(daemonSet.spec.template) } },
      revision,
    });
  }
}

const nameOf = (node: Node) => node.metadata.name;

/** A revision is stored as the patch that restores it. */
function marked(template: PodTemplate): PodTemplate & { $patch: string } {
  return { ...template, $patch: 'replace' };
}

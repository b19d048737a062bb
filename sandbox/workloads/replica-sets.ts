import type { ObjectStore, Watch } from '../api/store';
import { POD, type Pod, REPLICA_SET, type ReplicaSet } from './objects';
import { adopt, controllerOf, keyOf, Owned, refOf } from './ownership';
import { byDispensability, countPods, createPod, deletePod, isActive } from './pods';
import { Reconciler } from './reconciler';
import { fitsSelector } from './selector';

/** The ReplicaSet controller: as many pods as the spec says. */
export class ReplicaSets {
  private readonly queue: Reconciler;
  private readonly pods: Owned<Pod>;
  private readonly watch: Watch;

  constructor(private readonly store: ObjectStore) {
    this.queue = new Reconciler(store.clock, (key) => this.reconcile(key));
    this.pods = new Owned<Pod>(store, POD, (pod) => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'ReplicaSet') this.queue.enqueue(`${pod.metadata.namespace}/${owner.name}`);
    });
    for (const one of store.list(REPLICA_SET)) this.queue.enqueue(keyOf(one));
    this.watch = store.watch(REPLICA_SET, undefined, ({ object }) => this.queue.enqueue(keyOf(object)));
  }

  stop(): void {
    this.watch.close();
    this.pods.stop();
    this.queue.stop();
  }

  private reconcile(key: string): void {
    const replicaSet = this.store.get(refOf(REPLICA_SET, key)) as ReplicaSet | undefined;
    if (!replicaSet || replicaSet.metadata.deletionTimestamp) return;
    adopt(this.store, replicaSet, this.pods);
    const wanted = replicaSet.spec.replicas ?? 1;
    const active = this.pods.of(replicaSet).filter(isActive);
    for (let i = active.length; i < wanted; i++) createPod(this.store, replicaSet, replicaSet.spec.template);
    for (const pod of byDispensability(active).slice(0, Math.max(0, active.length - wanted)))
      deletePod(this.store, pod);
    this.report(key, replicaSet);
  }

  private report(key: string, replicaSet: ReplicaSet): void {
    const pods = this.pods.of(replicaSet).filter(isActive);
    const counts = countPods(pods, replicaSet.spec.minReadySeconds ?? 0, this.store.clock.now());
    const labelled = pods.filter((pod) => fitsSelector(replicaSet.spec.selector, pod.metadata.labels)).length;
    const status = {
      replicas: pods.length,
      ...(labelled > 0 && { fullyLabeledReplicas: labelled }),
      ...(counts.ready > 0 && { readyReplicas: counts.ready }),
      ...(counts.available > 0 && { availableReplicas: counts.available }),
      observedGeneration: replicaSet.metadata.generation ?? 1,
    };
    this.store.modify(
      refOf(REPLICA_SET, key),
      (draft) => {
        draft['status'] = status;
      },
      { subresource: 'status' },
    );
    if (counts.nextAvailableMs !== undefined) this.queue.enqueue(key, counts.nextAvailableMs);
  }
}

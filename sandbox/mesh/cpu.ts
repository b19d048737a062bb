import type { KubeObject } from '../../model/kube';
import type { ObjectStore } from '../api/store';
import type { Behaviours } from '../workloads/behaviour';
import { POD, type Pod, type Selector } from '../workloads/objects';
import { isReady } from '../workloads/pods';
import { fitsSelector } from '../workloads/selector';
import type { Mesh } from './mesh';

/** CPU of the ready pods of a workload in percent of their request, from the requests they took lately. */
export function cpuPercent(store: ObjectStore, behaviours: Behaviours, mesh: Mesh, workload: KubeObject): number {
  const { selector } = workload['spec'] as { selector?: Selector };
  const pods = (store.list(POD, workload.metadata.namespace ?? '') as Pod[]).filter(
    (pod) => selector && isReady(pod) && fitsSelector(selector, pod.metadata.labels),
  );
  const shares = pods.map((pod) => mesh.telemetry.loadOf(pod) / behaviours.of(pod).capacityPerSecond);
  return pods.length === 0 ? 0 : (100 * shares.reduce((sum, one) => sum + one, 0)) / pods.length;
}

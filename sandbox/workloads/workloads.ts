import type { ObjectStore } from '../api/store';
import { Autoscalers, type CpuOf } from './autoscalers';
import type { Behaviours } from './behaviour';
import { DaemonSets } from './daemon-sets';
import { Deployments } from './deployments';
import { EndpointsControllers } from './endpoints';
import { Kubelets } from './kubelets';
import { createNodes } from './nodes';
import { ReplicaSets } from './replica-sets';

export interface WorkloadOptions {
  store: ObjectStore;
  behaviours: Behaviours;
  cpuOf: CpuOf;
  /** How many virtual nodes there are. @default 3 */
  nodes?: number;
}

/** Starts every workload controller over the store. `stop` closes their watches and cancels their timers. */
export function startWorkloads(options: WorkloadOptions): { stop(): void } {
  const { store, behaviours } = options;
  createNodes(store, options.nodes ?? 3);
  const controllers = [
    new Deployments(store),
    new ReplicaSets(store),
    new DaemonSets(store),
    new Kubelets(store, behaviours),
    new EndpointsControllers(store),
    new Autoscalers(store, options.cpuOf),
  ];
  return {
    stop() {
      for (const one of controllers) one.stop();
    },
  };
}

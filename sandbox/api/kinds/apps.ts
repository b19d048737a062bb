/** apps/v1: Deployment, ReplicaSet, DaemonSet, StatefulSet, ControllerRevision. */
import { defineKind, type Kind, type KindInput } from '../kind';

const apps = (kind: string, plural: string, input: Partial<KindInput> = {}): Kind =>
  defineKind({ apiVersion: 'apps/v1', kind, plural, namespaced: true, status: true, generation: true, ...input });

const REPLICAS = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.spec.selector',
};

export const APPS_KINDS: readonly Kind[] = [
  apps('Deployment', 'deployments', { shortNames: ['deploy'], categories: ['all'], scale: REPLICAS }),
  apps('ReplicaSet', 'replicasets', { shortNames: ['rs'], categories: ['all'], scale: REPLICAS }),
  apps('DaemonSet', 'daemonsets', { shortNames: ['ds'], categories: ['all'] }),
  apps('StatefulSet', 'statefulsets', { shortNames: ['sts'], categories: ['all'], scale: REPLICAS }),
  apps('ControllerRevision', 'controllerrevisions', { status: false, generation: false }),
];

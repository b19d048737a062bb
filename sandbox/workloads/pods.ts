/** What controllers make of pods: making them from a template, and counting them. */
import type { KubeObject } from '../../model/kube';
import type { ObjectStore } from '../api/store';
import { conditionOf, isTrue } from './condition';
import { POD, type Pod, type PodTemplate } from './objects';
import { ownedBy } from './ownership';

export interface PodExtras {
  labels?: Record<string, string>;
  nodeName?: string;
}

export function createPod(store: ObjectStore, owner: KubeObject, template: PodTemplate, extras: PodExtras = {}): void {
  const { labels, annotations } = template.metadata ?? {};
  store.create({
    ...POD,
    metadata: {
      name: '',
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...labels, ...extras.labels },
      ...(annotations && { annotations }),
      ownerReferences: ownedBy(owner),
    },
    spec: { ...template.spec, ...(extras.nodeName && { nodeName: extras.nodeName }) },
  });
}

export function deletePod(store: ObjectStore, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  if (store.get({ ...POD, namespace, name })) store.delete({ ...POD, namespace, name });
}

export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return !pod.metadata.deletionTimestamp && phase !== 'Failed' && phase !== 'Succeeded';
}

export function isReady(pod: Pod): boolean {
  return isTrue(pod.status?.conditions, 'Ready');
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = conditionOf(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  const sinceMs = Date.parse(ready.lastTransitionTime ?? '');
  return minReadySeconds > 0 ? Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs) : 0;
}

export interface PodCounts {
  ready: number;
  available: number;
  /** When the next ready pod becomes available, if one is still waiting for that. */
  nextAvailableMs: number | undefined;
}

export function countPods(pods: readonly Pod[], minReadySeconds: number, nowMs: number): PodCounts {
  const waits = pods.map((pod) => availableInMs(pod, minReadySeconds, nowMs)).filter((ms) => ms !== undefined);
  const waiting = waits.filter((ms) => ms > 0);
  return {
    ready: waits.length,
    available: waits.length - waiting.length,
    nextAvailableMs: waiting.length > 0 ? Math.min(...waiting) : undefined,
  };
}

/** Pods in the order in which they are given up: unscheduled, not ready, then the youngest. */
export function byDispensability(pods: readonly Pod[]): Pod[] {
  const worth = (pod: Pod) => Number(Boolean(pod.spec.nodeName)) + 2 * Number(isReady(pod));
  const age = new Map(pods.map((pod, index) => [pod, index]));
  return [...pods].sort((a, b) => worth(a) - worth(b) || age.get(b)! - age.get(a)!);
}

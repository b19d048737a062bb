/** The image of the target, which is what a release changes. */
import type { Canary } from '../model/canary';
import type { KubeObject } from '../model/kube';
import type { ObjectRef, ObjectStore } from '../sandbox/api/store';
import { mainContainer } from '../sandbox/workloads/behaviour';
import type { PodTemplate } from '../sandbox/workloads/objects';
import { WrittenWrong } from './quantities';

interface Workload extends KubeObject {
  spec: { replicas?: number; template: PodTemplate };
  status?: { readyReplicas?: number; numberReady?: number };
}

export function targetRef({ spec, metadata }: Canary): ObjectRef {
  const { apiVersion, kind, name } = spec.targetRef;
  return { apiVersion, kind, namespace: metadata.namespace ?? 'default', name };
}

/** @throws WrittenWrong when the target is not among the objects, or is none that runs pods */
export function workload(store: ObjectStore, canary: Canary, name = canary.spec.targetRef.name): Workload {
  const ref = { ...targetRef(canary), name };
  const found = store.get(ref) as Workload | undefined;
  if (!found) throw new WrittenWrong('targetRef', `${ref.kind} ${name}`, 'give the workload together with its Canary');
  if (!found.spec.template)
    throw new WrittenWrong('targetRef', ref.kind, 'only Deployments and DaemonSets are released');
  return found;
}

export const imageOf = (store: ObjectStore, canary: Canary, name?: string): string =>
  mainContainer(workload(store, canary, name).spec.template.spec)?.image ?? '';

/** A tag alone replaces the tag, or the digest. */
export function newImage(current: string, wanted: string): string {
  if (/[/:@]/.test(wanted)) return wanted;
  return `${current.replace(/@.*$/, '').replace(/:[^:/]*$/, '')}:${wanted}`;
}

export function setImage(store: ObjectStore, canary: Canary, image: string): void {
  const copy = structuredClone(workload(store, canary));
  mainContainer(copy.spec.template.spec)!.image = image;
  store.update(copy);
}

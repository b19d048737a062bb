/** The core group, v1. */
import type { KubeObject } from '../../../model/kube';
import { child, fallback } from '../json';
import { type Admission, defineKind, type Kind, type KindInput } from '../kind';

const core = (kind: string, plural: string, input: Partial<KindInput> = {}): Kind =>
  defineKind({ apiVersion: 'v1', kind, plural, namespaced: true, ...input });

function admitNamespace(object: KubeObject, { old }: Admission): void {
  const labels = child(object.metadata as never, 'labels');
  labels['kubernetes.io/metadata.name'] = object.metadata.name;
  if (!old?.metadata.deletionTimestamp) fallback(child(object, 'spec'), 'finalizers', ['kubernetes']);
  if (!old) object['status'] = { phase: 'Active' };
}

export const CORE_KINDS: readonly Kind[] = [
  core('Namespace', 'namespaces', { namespaced: false, shortNames: ['ns'], status: true, admit: admitNamespace }),
  core('Pod', 'pods', { shortNames: ['po'], categories: ['all'], status: true, generation: true }),
  core('Service', 'services', { shortNames: ['svc'], categories: ['all'], status: true }),
  core('ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  core('Secret', 'secrets'),
  core('Event', 'events', { shortNames: ['ev'], createOnUpdate: true }),
  core('Endpoints', 'endpoints', { shortNames: ['ep'], createOnUpdate: true }),
  core('ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  core('Node', 'nodes', { namespaced: false, shortNames: ['no'], status: true }),
];

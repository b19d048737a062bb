/** The types of the fields that people most often get wrong; the real server checks all of them when it decodes. */
import type { KubeObject } from '../../model/kube';
import { badRequest } from './api-error';
import { at, isObject } from './json';
import type { Kind } from './kind';

const INTEGERS: Record<string, string[]> = {
  Deployment: ['replicas', 'revisionHistoryLimit', 'progressDeadlineSeconds', 'minReadySeconds'],
  ReplicaSet: ['replicas'],
  StatefulSet: ['replicas'],
  HorizontalPodAutoscaler: ['minReplicas', 'maxReplicas'],
  Lease: ['leaseDurationSeconds', 'leaseTransitions'],
};

/** @throws ApiError 400 when a field of a built-in kind has the wrong type */
export function checkTypes(kind: Kind, object: KubeObject): void {
  for (const path of stringMaps(kind)) {
    const map = at(object, ...path);
    if (map !== undefined && !isObject(map)) throw cannotHandle(kind, path, map, 'map[string]string');
    for (const value of Object.values(map ?? {}))
      if (typeof value !== 'string') throw cannotHandle(kind, path, value, 'string');
  }
  if (kind.custom) return;
  for (const field of INTEGERS[kind.kind] ?? []) {
    const value = at(object, 'spec', field);
    if (value !== undefined && !Number.isInteger(value)) throw cannotHandle(kind, ['spec', field], value, 'int32');
  }
}

function stringMaps(kind: Kind): string[][] {
  const metadata = [
    ['metadata', 'labels'],
    ['metadata', 'annotations'],
  ];
  return !kind.custom && (kind.kind === 'ConfigMap' || kind.kind === 'Secret') ? [...metadata, ['data']] : metadata;
}

function cannotHandle(kind: Kind, path: string[], value: unknown, type: string): Error {
  const given = Array.isArray(value) ? 'array' : typeof value;
  const struct = path[0] === 'metadata' ? 'ObjectMeta' : path[0] === 'spec' ? `${kind.kind}Spec` : kind.kind;
  const said = `json: cannot unmarshal ${given} into Go struct field ${struct}.${path.join('.')} of type ${type}`;
  return badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${said}`);
}

/** The scale subresource: replicas of anything that has them, seen as autoscaling/v1 Scale. */
import type { KubeObject } from '../../model/kube';
import { at, isObject, type Json } from './json';
import type { Kind, ScalePaths } from './kind';
import { selectorText } from './selectors';

/** The object as a Scale. */
export function scaleOf(paths: ScalePaths, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelectorPath ? at(object, ...fields(paths.labelSelectorPath)) : undefined;
  const replicas = at(object, ...fields(paths.specReplicasPath));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    // A Scale leaves out replicas that are 0.
    spec: { ...(replicas ? { replicas } : {}) },
    status: {
      replicas: at(object, ...fields(paths.statusReplicasPath)) ?? 0,
      ...(selector !== undefined && { selector: typeof selector === 'string' ? selector : selectorText(selector) }),
    },
  };
}

/** A copy of the object with the replicas of the Scale. */
export function withScale(kind: Kind, paths: ScalePaths, object: KubeObject, scale: Json): KubeObject {
  const replicas = at(scale, 'spec', 'replicas') ?? 0;
  const set = (node: Json, [field = '', ...rest]: string[]): Json => {
    const below = node[field];
    return { ...node, [field]: rest.length === 0 ? replicas : set(isObject(below) ? below : {}, rest) };
  };
  const resourceVersion = at(scale, 'metadata', 'resourceVersion');
  const scaled = set(object, fields(paths.specReplicasPath)) as KubeObject;
  const version = resourceVersion ?? (kind.unconditionalUpdate ? undefined : object.metadata.resourceVersion);
  return { ...scaled, metadata: { ...scaled.metadata, resourceVersion: version as string } };
}

function fields(path: string): string[] {
  return path.split('.').filter(Boolean);
}

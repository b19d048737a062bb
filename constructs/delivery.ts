/** What the manifests of a release need, so that the tool that brings them to the cluster may apply them at any time. */
import type { ApiObject } from 'cdk8s';
import { at, type JsonObject, numberOf, objectOf } from '../model/json';
import type { KubeObject } from '../model/kube';
import { TOOLKIT_ANNOTATIONS, WANTED_REPLICAS_ANNOTATION } from '../model/objects/metadata';

/** How the manifests of a release reach the cluster. */
export enum Delivery {
  /**
   * `kubectl apply`, also with `--server-side`, and what does the same. The bootstrap manifest is applied once, the other
   * one at any time. The target's manifest has no `replicas`: the controller is told of them by an annotation.
   */
  KUBECTL = 'kubectl',
  /**
   * Flux' Kustomizations. Both manifests stay in the repository: Flux makes the objects of the bootstrap manifest where
   * they are missing, and never changes or deletes them. The target's manifest has no `replicas`, as with KUBECTL.
   */
  FLUX = 'flux',
  /**
   * Argo CD. Both manifests stay in the repository. The Application needs `ignoreDifferences` and sync options: see
   * `ArgoCdApplication`.
   */
  ARGO_CD = 'argo-cd',
}

/** The tools' own annotations for an object that is made once: not applied over, not deleted with its manifest. */
const MADE_ONCE: Readonly<Record<Delivery, Readonly<Record<string, string>>>> = {
  [Delivery.KUBECTL]: {},
  [Delivery.FLUX]: {
    'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent',
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
  },
  [Delivery.ARGO_CD]: {
    'argocd.argoproj.io/sync-options': 'Prune=false',
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  },
};

/**
 * An object of the bootstrap manifest as the tool needs it. What the controller writes to keep Flux away would also keep
 * Flux from making the object: the controller adds it when it adopts the object.
 */
export function madeOnce(object: KubeObject, delivery: Delivery | undefined): KubeObject {
  if (delivery === undefined) return object;
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(
    ([key]) => delivery !== Delivery.FLUX || !(key in TOOLKIT_ANNOTATIONS),
  );
  const annotations = { ...Object.fromEntries(kept), ...MADE_ONCE[delivery] };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/**
 * Takes `replicas` out of the manifest of a target that Serin or an autoscaler scales, so that applying it again moves
 * nothing. Argo CD leaves the field alone by itself, when it is told to.
 */
export function leaveReplicasToTheCluster(target: ApiObject, delivery: Delivery, isAutoscaled: boolean): void {
  if (delivery === Delivery.ARGO_CD || target.kind !== 'Deployment') return;
  const complete = target.toJson.bind(target);
  target.toJson = () => withoutReplicas(complete(), isAutoscaled);
}

function withoutReplicas(manifest: KubeObject, isAutoscaled: boolean): KubeObject {
  const { replicas, ...spec } = objectOf(manifest['spec']);
  if (numberOf(replicas) === undefined) return manifest;
  return { ...manifest, metadata: isAutoscaled ? manifest.metadata : wanting(manifest, String(replicas)), spec };
}

const wanting = ({ metadata }: KubeObject, replicas: string): KubeObject['metadata'] => ({
  ...metadata,
  annotations: { ...metadata.annotations, [WANTED_REPLICAS_ANNOTATION]: replicas },
});

/** Whether a manifest says how many pods there are. */
export const saysReplicas = (manifest: KubeObject | undefined): boolean =>
  numberOf(at(manifest as JsonObject | undefined, 'spec', 'replicas')) !== undefined;

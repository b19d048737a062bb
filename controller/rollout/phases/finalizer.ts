/** The finalizer that lets a deleted Canary be undone (spec workloads 7). */
import { RESOURCES } from '../../../model/kube';
import type { Effect } from '../decision';
import type { Observation } from '../observation';
import { canaryKey, namespaceOf } from '../observation';

export const FINALIZER = 'finalizer.flagger.app';

export const finalizerOf = ({ canary }: Observation): boolean => (canary.metadata.finalizers ?? []).includes(FINALIZER);

/** The write that puts the finalizer on or takes it off as `revertOnDeletion` wants; undefined when it is right. */
export function finalizerChange(seen: Observation): Effect | undefined {
  const wanted = seen.canary.spec.revertOnDeletion === true;
  if (wanted === finalizerOf(seen)) return undefined;
  return wanted ? addFinalizer(seen) : removeFinalizer(seen);
}

const addFinalizer = (seen: Observation): Effect =>
  finalizers(
    seen,
    [...(seen.canary.metadata.finalizers ?? []), FINALIZER],
    `unable to add finalizer to canary ${canaryKey(seen)}`,
  );

export const removeFinalizer = (seen: Observation): Effect =>
  finalizers(
    seen,
    (seen.canary.metadata.finalizers ?? []).filter((name) => name !== FINALIZER),
    `unable to remove finalizer for canary ${canaryKey(seen)}`,
  );

/** Fenced by the resourceVersion: the list is written as a whole. */
function finalizers(seen: Observation, list: string[], context: string): Effect {
  const { name, resourceVersion } = seen.canary.metadata;
  return {
    write: 'patch',
    type: RESOURCES.canary,
    namespace: namespaceOf(seen),
    name,
    patch: { metadata: { finalizers: list } },
    ...(resourceVersion !== undefined && { resourceVersion }),
    context,
  };
}

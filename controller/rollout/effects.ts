/** Domain moves as writes: what has to be written, in which order, for each of them. */

import type { Canary } from '../../model/canary';
import type { KubeObject, ResourceType } from '../../model/kube';
import { RESOURCES } from '../../model/kube';
import { reconcileAutoscaler } from '../../model/objects/autoscaler';
import { controllerReference, REVISION_ANNOTATION } from '../../model/objects/metadata';
import type { PrimaryOptions } from '../../model/objects/primary-workload';
import { primaryWorkload, promotedWorkload } from '../../model/objects/primary-workload';
import { replicasFromZero, scaleToZeroPatch, scaleUpPatch } from '../../model/objects/scale';
import { sameTemplate } from '../../model/objects/takeover';
import { templateHash, webhookChecksum } from '../../model/revision';
import type { Effect } from './decision';
import type { Observation } from './observation';
import { namespaceOf, primaryKey, targetKey } from './observation';
import type { Checksums, Revision } from './revision-change';
import { TRACKED_CONFIGS_ANNOTATION } from './revision-change';

/** On what belongs to a Canary and is found by it. */
export const CANARY_LABEL = 'serin.dev/canary';

export const workloadType = ({ canary }: Observation): ResourceType =>
  canary.spec.targetRef.kind === 'DaemonSet' ? RESOURCES.daemonSet : RESOURCES.deployment;

/** Copies of the configs, then the primary made from the target as it is now, with a record of what it was (C3). */
export function createPrimary(seen: Observation, revision: Revision): Effect[] {
  const object = recorded(primaryWorkload(seen.canary, seen.target!, primaryOptions(seen, revision)), revision);
  const kind = object.kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment';
  const context = `createPrimary${kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment'} failed: creating ${kind.toLowerCase()} ${primaryKey(seen)} failed`;
  return [
    ...copyConfigs(seen, revision.configs),
    rememberRevision(seen, seen.target!, revision),
    { write: 'create', type: workloadType(seen), object, context },
  ];
}

/** A lost primary as it was promoted: from the template that was kept, with the copies of its configs as they are (C6). */
export function restoredPrimary(seen: Observation, kept: KubeObject): Effect[] {
  const { template, revision } = kept['data'] as { template: unknown; revision: Revision };
  const target = { ...seen.target!, spec: { ...(seen.target!['spec'] as object), template } };
  const object = recorded(primaryWorkload(seen.canary, target, primaryOptions(seen, revision)), revision);
  const context = `createPrimaryDeployment failed: creating deployment ${primaryKey(seen)} failed`;
  return [{ write: 'create', type: workloadType(seen), object, context }];
}

/** Keeps a promoted template in a ControllerRevision of the Canary's. */
function rememberRevision(seen: Observation, target: KubeObject, revision: Revision): Effect {
  const { canary } = seen;
  const owner = controllerReference(canary);
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: revisionName(canary, revision),
      namespace: namespaceOf(seen),
      // The uid: a name may be too long for a label value.
      labels: { [CANARY_LABEL]: canary.metadata.uid ?? '' },
      ...(owner && { ownerReferences: [owner] }),
    },
    revision: 1,
    data: { template: (target['spec'] as { template?: unknown }).template, revision },
  };
  const context = `keeping the promoted template of ${targetKey(seen)} failed`;
  // Without the permission a release still goes on; only a lost primary cannot be restored then.
  return { write: 'create', type: RESOURCES.controllerRevision, object, known: true, repair: true, context };
}

const revisionName = ({ metadata }: Canary, revision: Revision): string =>
  `${metadata.name.slice(0, 200)}-${webhookChecksum(revision.configs, revision.hash).replace(/^s1-/, '').slice(0, 16)}`;

/** Templates of other revisions than the promoted one: not needed any more. */
export function forgetRevisions(seen: Observation): Effect[] {
  const present = seen.primary?.metadata.annotations?.[REVISION_ANNOTATION];
  const old = seen.revisions.filter((kept) => (kept['data'] as { revision?: Revision }).revision?.hash !== present);
  return old.map(({ metadata: { name, uid } }) => ({
    write: 'delete',
    type: RESOURCES.controllerRevision,
    namespace: namespaceOf(seen),
    name,
    ...(uid !== undefined && { uid }),
    repair: true,
    context: `forgetting an old template of ${targetKey(seen)} failed`,
  }));
}

/** The promotion: copies of the configs, then the target's template over the primary's. */
export function copyTemplate(seen: Observation, revision: Revision): Effect[] {
  const promoted = promotedWorkload(seen.canary, seen.target!, seen.primary!, primaryOptions(seen, revision));
  const object = recorded(promoted, revision);
  const context = `updating ${object.kind.toLowerCase()} ${primaryKey(seen)} template spec failed`;
  return [
    ...copyConfigs(seen, revision.configs),
    rememberRevision(seen, seen.target!, revision),
    { write: 'replace', type: workloadType(seen), object, context },
  ];
}

const primaryOptions = ({ settings, freshId }: Observation, { configs }: Revision): PrimaryOptions => ({
  flaggerId: freshId,
  trackedConfigs: Object.keys(configs),
  selectorLabels: settings.selectorLabels,
  includeLabelPrefixes: settings.includeLabelPrefixes,
});

const recorded = (workload: KubeObject, revision: Revision): KubeObject => ({
  ...workload,
  metadata: {
    ...workload.metadata,
    annotations: {
      ...workload.metadata.annotations,
      [REVISION_ANNOTATION]: revision.hash,
      [TRACKED_CONFIGS_ANNOTATION]: JSON.stringify(revision.configs),
    },
  },
});

function copyConfigs(seen: Observation, configs: Checksums): Effect[] {
  return Object.entries(configs).map(([id, checksum]): Effect => {
    const [kind = '', name = ''] = id.split('/');
    const context = `CreatePrimaryConfigs failed: updating ${kind} ${name}-primary.${namespaceOf(seen)} failed`;
    const full = kind === 'secret' ? 'Secret' : 'ConfigMap';
    return { write: 'copyConfig', kind: full, namespace: namespaceOf(seen), name, checksum, context };
  });
}

/**
 * A primary that was made elsewhere (by synthesis, by the reference) and runs what the target asks for gets the record
 * of it; undefined when its record stands.
 */
export function ensureRevisionRecorded(
  seen: Observation,
  revision: Revision,
): { hash: string; configs: Checksums; effects: Effect[] } | undefined {
  const { target, primary } = seen;
  const annotations = primary?.metadata.annotations ?? {};
  if (!target || !primary || annotations[REVISION_ANNOTATION] === templateHash(target)) return undefined;
  if (!sameTemplate(target, primary, seen.settings.selectorLabels)) return undefined;
  const record = {
    [REVISION_ANNOTATION]: revision.hash,
    [TRACKED_CONFIGS_ANNOTATION]: JSON.stringify(revision.configs),
  };
  const effect: Effect = {
    write: 'patch',
    type: workloadType(seen),
    namespace: namespaceOf(seen),
    name: primary.metadata.name,
    patch: { metadata: { annotations: record } },
    context: `updating ${primary.kind.toLowerCase()} ${primaryKey(seen)} failed`,
  };
  return { hash: revision.hash, configs: revision.configs, effects: [effect] };
}

export function scaleTargetToZero(seen: Observation): Effect[] {
  const patch = seen.target && scaleToZeroPatch(seen.target);
  if (!patch) return [];
  // Fenced: a replica with an old view must not take away pods that have traffic again.
  const { resourceVersion } = seen.target!.metadata;
  const effect = patchTarget(seen, patch, `${targetNoun(seen)} ${targetKey(seen)} patch query error`);
  return [{ ...effect, ...(resourceVersion !== undefined && { resourceVersion }) }];
}

export function scaleTargetUp(seen: Observation): Effect[] {
  if (!seen.target) return [];
  const replicas = replicasFromZero(seen.canary, seen.target, seen.primary, seen.autoscaler);
  const patch = scaleUpPatch(seen.target, replicas);
  return patch ? [patchTarget(seen, patch, `scaling up ${targetKey(seen)} to ${replicas} failed`)] : [];
}

const targetNoun = ({ canary }: Observation): string => canary.spec.targetRef.kind.toLowerCase();

const patchTarget = (
  seen: Observation,
  patch: Record<string, unknown>,
  context: string,
): Extract<Effect, { write: 'patch' }> => ({
  write: 'patch',
  type: workloadType(seen),
  namespace: namespaceOf(seen),
  name: seen.canary.spec.targetRef.name,
  patch,
  context,
});

/** The primary's autoscaler follows the target's: bounds, metrics, behaviour. */
export function syncPrimaryAutoscaler(seen: Observation): Effect[] {
  if (!seen.autoscaler) return [];
  const object = reconcileAutoscaler(seen.canary, seen.autoscaler, seen.primaryAutoscaler);
  if (!object) return [];
  const verb = seen.primaryAutoscaler ? 'updating' : 'creating';
  const context = `${verb} HorizontalPodAutoscaler v2 ${object.metadata.name}.${namespaceOf(seen)} failed`;
  return [writeOf(RESOURCES.horizontalPodAutoscaler, seen.primaryAutoscaler, object, context)];
}

/** A create where nothing is, else a replace that fails if somebody wrote in between. */
export const writeOf = (
  type: ResourceType,
  existing: KubeObject | undefined,
  object: KubeObject,
  context: string,
): Effect => (existing ? { write: 'replace', type, object, context } : { write: 'create', type, object, context });

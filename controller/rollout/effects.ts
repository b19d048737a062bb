/** Domain moves as writes: what has to be written, in which order, for each of them. */

import type { Canary } from '../../model/canary';
import { configKey, configRefs } from '../../model/config-refs';
import { at } from '../../model/json';
import { type KubeObject, RESOURCES } from '../../model/kube';
import { isUnsharedCopy } from '../../model/objects/config-copies';
import { controllerReference, REVISION_ANNOTATION } from '../../model/objects/metadata';
import type { PrimaryOptions } from '../../model/objects/primary-workload';
import { primaryWorkload, promotedWorkload } from '../../model/objects/primary-workload';
import { sameTemplate } from '../../model/objects/takeover';
import { templateOf, webhookChecksum } from '../../model/revision';
import type { Effect } from './decision';
import type { Observation } from './observation';
import { namespaceOf, primaryKey, targetKey } from './observation';
import type { Checksums, Revision } from './revision-change';
import { TRACKED_CONFIGS_ANNOTATION, targetHash } from './revision-change';
import { workloadType } from './writing';

export { scaleTargetToZero, scaleTargetUp, syncPrimaryAutoscaler } from './scaling';
export { workloadType, writeOf } from './writing';

/** On what belongs to a Canary and is found by it. */
export const CANARY_LABEL = 'serin.dev/canary';

/** Copies of the configs, then the primary made from the target as it is now, with a record of what it was (C3). */
export function createPrimary(seen: Observation, revision: Revision): Effect[] {
  const object = recorded(primaryWorkload(seen.canary, seen.target!, primaryOptions(seen, revision)), revision);
  return [
    ...copyConfigs(seen, revision.configs),
    rememberRevision(seen, seen.target!, revision),
    creation(seen, object),
  ];
}

const creation = (seen: Observation, object: KubeObject): Effect => ({
  write: 'create',
  type: workloadType(seen),
  object,
  context:
    object.kind === 'Service'
      ? `reconcilePrimaryService failed: creating service ${primaryKey(seen)} query error`
      : `createPrimary${object.kind} failed: creating ${object.kind.toLowerCase()} ${primaryKey(seen)} failed`,
});

/** A lost primary as it was promoted: from the template that was kept, with the copies of its configs as they are (C6). */
export function restoredPrimary(seen: Observation, kept: KubeObject): Effect[] {
  const { revision } = kept['data'] as { revision: Revision };
  const target = asKept(seen.target!, kept);
  return [creation(seen, recorded(primaryWorkload(seen.canary, target, primaryOptions(seen, revision)), revision))];
}

/** The target as it was when a promoted template was kept. */
export function asKept(target: KubeObject, kept: KubeObject): KubeObject {
  const { template, spec } = kept['data'] as { template?: unknown; spec?: unknown };
  return { ...target, spec: spec ?? { ...(target['spec'] as object), template } };
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
    data: { ...keptPart(target), revision },
  };
  const context = `keeping the promoted template of ${targetKey(seen)} failed`;
  // Without the permission a release still goes on; only a lost primary cannot be restored then.
  return { write: 'create', type: RESOURCES.controllerRevision, object, known: true, repair: true, context };
}

/** What makes the revision: the whole spec of a Service, the template of a workload (without being at zero). */
const keptPart = (target: KubeObject): Record<string, unknown> =>
  target.kind === 'Service' ? { spec: target['spec'] } : { template: templateOf(target) };

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

/** Copies of configs that the primary uses no more, and that are only this Canary's: leaked credentials (W10, C16). */
export function dropUnusedCopies(seen: Observation): Effect[] {
  const used = new Set(configRefs(at(seen.primary, 'spec', 'template')).map(configKey));
  const unused = (seen.configCopies ?? []).filter(
    (copy) =>
      isUnsharedCopy(seen.canary, copy) &&
      !used.has(configKey({ kind: copy.kind as 'Secret', name: copy.metadata.name })),
  );
  return unused.map(({ kind, metadata: { name, uid } }) => ({
    write: 'delete',
    type: kind === 'Secret' ? RESOURCES.secret : RESOURCES.configMap,
    namespace: namespaceOf(seen),
    name,
    ...(uid !== undefined && { uid }),
    repair: true,
    context: `deleting ${kind.toLowerCase()} ${name}.${namespaceOf(seen)}, which ${primaryKey(seen)} uses no more, failed`,
  }));
}

/** The promotion: copies of the configs, then the target's template over the primary's. */
export function copyTemplate(seen: Observation, revision: Revision): Effect[] {
  const promoted = promotedWorkload(seen.canary, seen.target!, seen.primary!, primaryOptions(seen, revision));
  const object = recorded(promoted, revision);
  const part = object.kind === 'Service' ? 'spec' : 'template spec';
  const context = `updating ${object.kind.toLowerCase()} ${primaryKey(seen)} ${part} failed`;
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
  if (!target || !primary || annotations[REVISION_ANNOTATION] === targetHash(target)) return undefined;
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

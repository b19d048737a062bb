/** Has the target changed since the last decision? Spec behaviour-reference 3.5 with C2, C3, C11: decided, not seen, counts. */
import type { KubeObject } from '../../model/kube';
import { REVISION_ANNOTATION } from '../../model/objects/metadata';
import { templateHash, webhookChecksum } from '../../model/revision';
import { kept } from './kept';
import type { Observation } from './observation';
import { namespaceOf } from './observation';
import type { Answers, ConfigQuestion } from './question';

/** On the primary workload: JSON of the config checksums that were copied with its template. */
export const TRACKED_CONFIGS_ANNOTATION = 'serin.dev/tracked-configs';

/** Checksums of all tracked configs, by `configmap/<name>` or `secret/<name>`. */
export type Checksums = Record<string, string>;

/** Stands for a revision whose hash cannot be known and that is not the target's: different from every hash. */
export const SUPERSEDED = 's1-superseded';

export type ConfigState =
  | { known: Checksums }
  | { ask: ConfigQuestion[] }
  /** Unknown is not a change (B7): nothing may be decided from it. */
  | { unknown: string };

/** What the target would release now. */
export interface Revision {
  hash: string;
  configs: Checksums;
}

/** What the target's configs hold. */
export function configState(seen: Observation, answers: Answers): ConfigState {
  if (!seen.settings.configTracking) return { known: {} };
  const missing = seen.configs.find(({ ref, metadata }) => metadata === undefined && !ref.optional);
  if (missing) return { unknown: missingText(seen, missing.ref) };

  const present = seen.configs.filter((config) => config.metadata !== undefined);
  const questions = present.map(({ ref, metadata }): ConfigQuestion => {
    const resourceVersion = metadata?.resourceVersion ?? '';
    return {
      ask: 'config',
      id: configId(ref),
      kind: ref.kind,
      namespace: namespaceOf(seen),
      name: ref.name,
      resourceVersion,
    };
  });
  const open = questions.filter((question) => !answers.configs.has(question.id));
  return open.length > 0 ? { ask: open } : judged(questions, answers);
}

function judged(questions: ConfigQuestion[], answers: Answers): ConfigState {
  const known: Checksums = {};
  for (const { id } of questions) {
    const answer = answers.configs.get(id);
    if (answer?.outcome === 'error' || answer?.outcome === 'missing') return { unknown: answer.message };
    if (answer?.outcome === 'tracked') known[id] = answer.checksum;
  }
  return { known };
}

/** Why no revision may be started or copied now: with Forbidden and time-outs unlike missing (W9). */
const missingText = (seen: Observation, ref: { kind: string; name: string }): string => {
  const kind = ref.kind.toLowerCase();
  const query = `${kind} ${ref.name}.${namespaceOf(seen)} get query error:`;
  return `${query} ${query} ${kind}s "${ref.name}" not found`;
};

const configId = (ref: { kind: string; name: string }): string => `${ref.kind.toLowerCase()}/${ref.name}`;

/** The hash of the template that the primary really runs (C11), or the last recorded one. */
export const promotedHash = (seen: Observation): string | undefined =>
  seen.primary?.metadata.annotations?.[REVISION_ANNOTATION] ?? seen.canary.status?.lastPromotedSpec;

/** The config checksums that were copied with the primary's template. */
export function promotedConfigs(primary: KubeObject): Checksums {
  try {
    return JSON.parse(primary.metadata.annotations?.[TRACKED_CONFIGS_ANNOTATION] ?? '{}') as Checksums;
  } catch {
    return {};
  }
}

export type Change = 'none' | 'template' | 'configs' | 'withdrawn';

/**
 * Compares what the target holds with what was last decided. `withdrawn`: the target is back at the promoted revision
 * while another one was decided on.
 */
export function changeOf(seen: Observation, revision: Revision): Change {
  const status = seen.canary.status;
  if (status?.lastAppliedSpec === undefined) return 'template';
  const decidedConfigs = sameConfigs(seen, status.trackedConfigs, revision.configs);
  if (revision.hash === status.lastAppliedSpec && decidedConfigs) return 'none';
  const promoted = revision.hash === promotedHash(seen) && seen.primary !== undefined;
  if (promoted && sameConfigs(seen, promotedConfigs(seen.primary!), revision.configs)) return 'withdrawn';
  return revision.hash === status.lastAppliedSpec ? 'configs' : 'template';
}

/** Without config tracking, configs never differ, whatever the status remembers of the time before. */
const sameConfigs = (seen: Observation, decided: Checksums | undefined, present: Checksums): boolean =>
  !seen.settings.configTracking || sameChecksums(decided, present);

function sameChecksums(tracked: Checksums | undefined, present: Checksums): boolean {
  const names = Object.keys(present);
  if (Object.keys(tracked ?? {}).length !== names.length) return false;
  return names.every((name) => tracked?.[name] === present[name]);
}

/** Does the primary run exactly this revision, configs included? */
export const holdsRevision = (primary: KubeObject, revision: Revision): boolean =>
  primary.metadata.annotations?.[REVISION_ANNOTATION] === revision.hash &&
  sameChecksums(promotedConfigs(primary), revision.configs);

/** Hashing costs a quarter of a tick, and a target changes seldom. */
export const targetHash = kept(templateHash);

export const revisionOf = (target: KubeObject, configs: Checksums): Revision => ({
  hash: targetHash(target),
  configs,
});

/** The opaque checksum of webhook payloads: stable over a run, new with a restart. */
export const checksumOf = (revision: Revision): string => webhookChecksum(revision.configs, revision.hash);

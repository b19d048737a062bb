/**
 * Since when a DaemonSet is as it is. It has no conditions that tell, so a run notes it in `status.serin.unready`: a
 * deadline counts from when this roll-out, and this unreadiness, began (C8, W4), whatever the heartbeat of the status.
 */
import type { Phase } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import type { Observation } from './observation';
import { phaseOf } from './observation';
import { instant, unixMs } from './record';

export interface Noted {
  since: string;
  /** Another generation is another roll-out. */
  generation: number;
  ready: boolean;
}

export type UnreadyNotes = { [side in 'primary' | 'canary']?: Noted };

/** Outside of these nothing waits for readiness, and an idle Canary writes nothing. */
const WAITING: ReadonlySet<Phase> = new Set([
  'Initializing',
  'Progressing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
]);

const notesOf = ({ canary }: Observation): UnreadyNotes =>
  ((canary.status?.serin as { unready?: UnreadyNotes } | undefined)?.unready ?? {}) as UnreadyNotes;

/** Unix milliseconds since when the side is ready, or not ready; undefined when it is not noted so. */
export function sinceMs(
  seen: Observation,
  side: 'primary' | 'canary',
  workload: KubeObject,
  ready: boolean,
): number | undefined {
  const noted = notesOf(seen)[side];
  const current = noted?.generation === workload.metadata.generation && noted?.ready === ready;
  return current ? unixMs(noted?.since) : undefined;
}

/**
 * The notes after this tick, as the value of `status.serin.unready` in a merge patch; undefined when they stand.
 * @param ready readiness of the DaemonSets of this Canary that want pods.
 */
export function unreadyNotes(
  seen: Observation,
  next: Phase | null | undefined,
  ready: { [side in 'primary' | 'canary']?: { workload: KubeObject; ready: boolean } },
): Record<string, unknown> | null | undefined {
  const notes = notesOf(seen);
  if (!WAITING.has(next ?? phaseOf(seen))) return Object.keys(notes).length > 0 ? null : undefined;
  const changes = (['primary', 'canary'] as const).flatMap((side) => {
    const found = ready[side];
    // A side that was never seen unready needs no note.
    if (found === undefined || (found.ready && notes[side] === undefined)) return [];
    const { generation = 0 } = found.workload.metadata;
    const present = notes[side];
    if (present?.generation === generation && present.ready === found.ready) return [];
    return [[side, { since: instant(seen.now), generation, ready: found.ready }] as const];
  });
  return changes.length > 0 ? Object.fromEntries(changes) : undefined;
}

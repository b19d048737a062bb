/** Which version of the target the last decision was made on, so that an older view of it is told from a change. */
import type { Observation } from './observation';
import { recordOf } from './record';

/** `<generation> <uid>` of the target as it is seen, for the record. */
export function seenTarget({ target }: Observation): string | undefined {
  if (target?.metadata.uid === undefined || target.metadata.generation === undefined) return undefined;
  return `${target.metadata.generation} ${target.metadata.uid}`;
}

/** The cache lags behind what was decided on: generations of one object only grow. */
export function isOlderThanDecided(seen: Observation): boolean {
  const [generation, uid] = (recordOf(seen.canary).target ?? '').split(' ');
  const { metadata } = seen.target ?? {};
  return metadata?.uid === uid && metadata?.generation !== undefined && metadata.generation < Number(generation);
}

/**
 * Many keys at one moment, after a start or when shards come, are looked at in phases. A phase is longer than the gap
 * between two shared queries: what is due in one phase shares them, and the process has a breath between two. Steps
 * keep their distance from then on; where they come to lie together nevertheless, clock.ts moves them.
 */
import { keyHash } from './kube/shard-plan';

/** More than twice the gap of query-batches.ts: what a phase asks is asked before the next. */
export const PHASE_MS = 200;
/** Keys of one phase, about: as many as keep a core busy for its length. */
const PER_PHASE = 200;
/** Whoever waits for the last one waits 5 s: half of the shortest interval. */
const MOST_PHASES = 25;

/** How long `key` waits when `count` keys are due at once: the same in every replica and process. */
export function spreadMs(key: string, count: number): number {
  const phases = Math.min(MOST_PHASES, Math.ceil(count / PER_PHASE));
  // Other bits than those that tell its shard: the keys of one shard are spread as well.
  const bits = Math.imul(keyHash(key), 0x9e3779b1) >>> 8;
  return (bits % Math.max(1, phases)) * PHASE_MS;
}

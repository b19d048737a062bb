/** Who should work on which shard: pure, from what the Leases say and who seems alive. */
import type { Lease } from './lease-record';

/** On every Lease of ours: `member` or the number of a shard. */
export const SHARD_LABEL = 'serin.dev/shard';
export const MEMBER = 'member';
/** On the Lease of a replica: into how many shards it divides the Canaries. */
export const COUNT_ANNOTATION = 'serin.dev/shards';

export interface ShardView {
  /** How many shards there are; their numbers start at 0. */
  count: number;
  identity: string;
  /** By shard, as the API server has them; one that nobody ever held is missing. */
  leases: ReadonlyMap<number, Lease>;
  /** Identities of the replicas that live, our own among them. */
  alive: ReadonlySet<string>;
  /** Those of them that divide the Canaries in another way, as in the middle of an update. */
  strangers: ReadonlySet<string>;
  /** What we hold and may work on. */
  held: ReadonlySet<number>;
  /** What we gave up and still have work of. */
  leaving: ReadonlySet<number>;
}

export interface ShardPlan {
  claim: number[];
  release: number[];
}

/**
 * Every replica holds an equal share, rounded up, and takes only what nobody alive holds. Where others divide the Canaries in
 * another way, one Canary could be in a shard of each: who holds nothing yet waits until they are gone.
 */
export function shardPlan({ count, identity, leases, alive, strangers, held, leaving }: ShardView): ShardPlan {
  if (strangers.size > 0 && held.size === 0) return { claim: [], release: [] };
  const share = Math.ceil(count / Math.max(1, alive.size - strangers.size));
  const shards = Array.from({ length: count }, (_, shard) => shard);
  // What is ours in writing and not in our hands was lost for a moment: it is claimed again before it is worked on.
  const free = shards.filter((shard) => {
    const holder = leases.get(shard)?.spec?.holderIdentity;
    return !held.has(shard) && !leaving.has(shard) && (!holder || holder === identity || !alive.has(holder));
  });
  const wanted = Math.max(0, share - held.size);
  return {
    claim: spread(free, identity).slice(0, wanted),
    release: [...held].sort((a, b) => b - a).slice(0, Math.max(0, held.size - share)),
  };
}

/** Each replica starts somewhere else, so that two seldom want the same shard. */
function spread(shards: number[], identity: string): number[] {
  const start = shards.length === 0 ? 0 : keyHash(identity) % shards.length;
  return [...shards.slice(start), ...shards.slice(0, start)];
}

/** The shard of a Canary by its `namespace/name`; the same in every replica and version. */
export const shardOf = (key: string, count: number): number => keyHash(key) % count;

/** FNV-1a, 32 bits. */
export function keyHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

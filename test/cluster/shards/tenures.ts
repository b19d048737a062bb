/** Who held which shard when, and who wrote to which Canary: from the audit log and from the Leases that were watched. */
import { MEMBER, SHARD_LABEL, shardOf } from '../../../controller/kube/shard-plan';
import type { AuditLine } from '../control-plane/audit';
import type { AnyObject } from '../tutorial-fixture';
import { SHARDS } from './replicas';

/** A change of one Canary or of what is generated for it, as the API server took it. */
export interface Write {
  user: string;
  canary: string;
  shard: number;
  /** When the API server received it, microseconds. */
  atUs: number;
  what: string;
}

/** From `fromUs` on the shard's Lease named this user; undefined: nobody. */
export interface Tenure {
  user: string | undefined;
  fromUs: number;
}

/** RFC 3339 with microseconds: more than a Date can hold. */
function microseconds(time: string): number {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  return Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

const WRITING = new Set(['create', 'update', 'patch', 'delete']);
const succeeded = ({ responseStatus }: AuditLine) => (responseStatus?.code ?? 500) < 300;

/** Events aside: what they tell has happened before, and may be told late. */
export function writesOf(lines: readonly AuditLine[], namespace: string, canaries: readonly string[]): Write[] {
  return lines.flatMap((line) => {
    const { objectRef, verb, user } = line;
    const canary = canaries.find((name) => name === objectRef?.name?.replace(/-(primary|canary)$/, ''));
    if (objectRef?.namespace !== namespace || objectRef.resource === 'events') return [];
    if (canary === undefined || !WRITING.has(verb) || !succeeded(line)) return [];
    return [
      {
        user: user?.username ?? '',
        canary,
        shard: shardOf(`${namespace}/${canary}`, SHARDS),
        atUs: microseconds(line.requestReceivedTimestamp),
        what: `${verb} ${objectRef.resource}/${objectRef.name}`,
      },
    ];
  });
}

/**
 * Tenures by shard, oldest first. The audit log has who wrote a Lease and when, the watch has what was written: the n-th
 * write of a Lease is its n-th state.
 * @param states every state of every Lease, in the order in which a watch from the beginning gave them
 */
export function tenures(lines: readonly AuditLine[], states: readonly AnyObject[]): Map<number, Tenure[]> {
  const users = usersByIdentity(lines, states);
  const found = new Map<number, Tenure[]>();
  for (const [name, ofOne] of grouped(states, ({ metadata }) => metadata.name as string)) {
    const shard = ofOne[0]?.metadata.labels[SHARD_LABEL];
    if (shard === MEMBER) continue;
    const writes = lines.filter((line) => isLeaseWrite(line) && leaseName(line) === name);
    if (writes.length < ofOne.length) throw new Error(`${name}: ${ofOne.length} states of ${writes.length} writes`);
    const times = writes.map((line) => microseconds(line.requestReceivedTimestamp)).sort((a, b) => a - b);
    found.set(
      Number(shard),
      ofOne.map(({ spec }, index) => ({ user: users.get(spec.holderIdentity), fromUs: times[index] ?? 0 })),
    );
  }
  return found;
}

/** A replica's identity is new for each process: who made the Lease with it tells whose it is. */
function usersByIdentity(lines: readonly AuditLine[], states: readonly AnyObject[]): Map<string, string> {
  const users = new Map<string, string>();
  for (const { metadata, spec } of states) {
    if (metadata.labels[SHARD_LABEL] !== MEMBER) continue;
    const renewal = lines.find((line) => isLeaseWrite(line) && leaseName(line) === metadata.name);
    if (renewal?.user?.username) users.set(spec.holderIdentity, renewal.user.username);
  }
  return users;
}

const isLeaseWrite = (line: AuditLine) =>
  line.objectRef?.resource === 'leases' && (line.verb === 'create' || line.verb === 'update') && succeeded(line);

const leaseName = ({ objectRef }: AuditLine) => objectRef?.name;

/** The writes by someone whom the shard's Lease did not name at that moment. */
export function strangers(writes: readonly Write[], held: ReadonlyMap<number, readonly Tenure[]>): Write[] {
  return writes.filter(({ user, shard, atUs }) => {
    const now = held.get(shard)?.findLast(({ fromUs }) => fromUs <= atUs);
    return now?.user !== user;
  });
}

/** Who wrote to each Canary, in order, each once in a row. */
export function workersOf(writes: readonly Write[]): Map<string, string[]> {
  const ordered = [...writes].sort((a, b) => a.atUs - b.atUs);
  return new Map(
    [...grouped(ordered, ({ canary }) => canary)].map(([canary, own]) => [
      canary,
      own.map(({ user }) => user).filter((user, index, all) => user !== all[index - 1]),
    ]),
  );
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

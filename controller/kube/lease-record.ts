/** What a Lease says, and what the next holder writes into it. */
import type { KubeObject } from '../../model/kube';

export interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number | null;
  acquireTime?: string | null;
  renewTime?: string | null;
  leaseTransitions?: number | null;
}

export interface Lease extends KubeObject {
  spec?: LeaseSpec;
}

export interface Renewal {
  identity: string;
  nowMs: number;
  durationMs: number;
  /** The highest count of transitions seen: a Lease that is made anew goes on from there. */
  transitions: number | undefined;
}

/** The spec with which `identity` keeps the Lease, or takes it over (one transition more). */
export function renewal(before: LeaseSpec | undefined, by: Renewal): LeaseSpec {
  const ours = before?.holderIdentity === by.identity;
  const seen = before?.leaseTransitions ?? by.transitions;
  const now = microTime(by.nowMs);
  return {
    holderIdentity: by.identity,
    leaseDurationSeconds: Math.ceil(by.durationMs / 1000),
    renewTime: now,
    acquireTime: ours ? (before?.acquireTime ?? now) : now,
    leaseTransitions: seen === undefined ? 0 : ours ? seen : seen + 1,
  };
}

/** RFC 3339 in microseconds, as Lease times are written. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

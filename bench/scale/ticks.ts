/** Ticks as they show from outside: what is asked about one Canary in one go. */
import type { Request } from './audit-record';

export interface Tick {
  /** `namespace/name` of the Canary. */
  key: string;
  /** Its first request, Unix milliseconds. */
  atMs: number;
  /** What was asked, what was told of it in events too. */
  requests: Request[];
}

const SIDES = /-(primary|canary)$/;

/** The Canary that a request is about: what is generated for it is called after it; events have a number after a dot. */
export const canaryOf = ({ object }: Request): string => object.replace(/\..*$/, '').replace(SIDES, '');

/**
 * Requests about one Canary belong to one tick as long as less than half an interval has gone by since its first; later ones
 * begin the next. A tick without a request cannot be seen.
 */
export function ticksOf(requests: readonly Request[], intervalMs: number): Tick[] {
  const last = new Map<string, Tick>();
  const ticks: Tick[] = [];
  for (const request of [...requests].sort((a, b) => a.atMs - b.atMs)) {
    const key = canaryOf(request);
    if (isStanding(request) || key.endsWith('/')) continue;
    const open = last.get(key);
    if (open !== undefined && request.atMs - open.atMs < intervalMs / 2) open.requests.push(request);
    else if (request.resource !== 'events') {
      const tick = { key, atMs: request.atMs, requests: [request] };
      last.set(key, tick);
      ticks.push(tick);
    }
  }
  return ticks;
}

/** Watches are opened again each minute and Leases renewed each few seconds, however many Canaries there are. */
export const isStanding = ({ verb, resource }: Request): boolean => verb === 'watch' || resource === 'leases';

/** How much later than an interval after the one before each tick came, milliseconds; an early one is not late. */
export function latenesses(ticks: readonly Tick[], intervalMs: number): number[] {
  const last = new Map<string, number>();
  return ticks.flatMap(({ key, atMs }) => {
    const before = last.get(key);
    last.set(key, atMs);
    return before === undefined ? [] : [Math.max(0, atMs - before - intervalMs)];
  });
}

/** The value below which the share `q` of the numbers lies; undefined of none. */
export function quantile(numbers: readonly number[], q: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

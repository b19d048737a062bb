/** The users of a release, and the ways that lead to it. */
import type { Canary } from '../model/canary';
import { apexName } from '../model/names';
import { isRouter, routerFor } from '../model/traffic/router';
import { independent } from '../sandbox/mesh/loads';
import type { Sandbox } from '../sandbox/world';
import { timeOfDay, WrittenWrong } from './quantities';
import type { Traffic } from './world';

const DAY_MS = 86_400_000;

export function startUsers(sandbox: Sandbox, canary: Canary, provider: string, traffic: Traffic): void {
  const { path = '/', headers = {}, perSecond } = traffic;
  const rate = typeof perSecond === 'number' ? perSecond : byTimeOfDay(perSecond);
  const entrance = entranceOf(canary, provider, traffic.host);
  const options = { headers, asUsers: true, workload: 'users', ...independent(rate) };
  sandbox.load({ ...options, via: entrance.via, url: `http://${entrance.host}${path}` });
}

/** Through the gateway where the Canary has one, else as other services of the mesh. */
function entranceOf(canary: Canary, provider: string, host: string | undefined) {
  const { service } = canary.spec;
  const outside = provider === 'istio' && service?.gateways?.some((gateway) => gateway !== 'mesh');
  const known = host ?? service?.hosts?.[0];
  if (outside && known)
    return { via: 'gateway', host: known.replace(/^\*$/, 'any.test').replace(/^\*/, 'any') } as const;
  const apex = `${apexName(canary)}.${canary.metadata.namespace}`;
  return { via: 'mesh', host: host ?? `${apex}:${service?.port ?? 80}` } as const;
}

/** Straight lines between the given times, over midnight too. @throws WrittenWrong */
export function byTimeOfDay(rates: Readonly<Record<string, number>>): (nowMs: number) => number {
  const points = Object.entries(rates)
    .map(([text, rate]) => ({ atMs: timeOfDay('traffic', text), rate }))
    .sort((a, b) => a.atMs - b.atMs);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) throw new WrittenWrong('traffic', rates, "give rates by time of day, { '09:00': 50 }");
  const around = [{ ...last, atMs: last.atMs - DAY_MS }, ...points, { ...first, atMs: first.atMs + DAY_MS }];
  return (nowMs) => {
    const at = nowMs % DAY_MS;
    const next = around.findIndex(({ atMs }) => atMs > at);
    const [from, to] = [around[next - 1]!, around[next]!];
    return from.rate + ((to.rate - from.rate) * (at - from.atMs)) / (to.atMs - from.atMs);
  };
}

/**
 * The provider that the sandbox plays: its proxies follow Istio's routes. Policies of other providers that split traffic
 * are played with those, since steps, checks and gates are the same.
 * @throws WrittenWrong for a provider that Serin does not support
 */
export function playedProvider(wanted: string): string {
  const router = routerFor(wanted);
  if (!isRouter(router)) throw new WrittenWrong('provider', wanted, router.error);
  return router.splitsTraffic ? 'istio' : wanted;
}

/** The http and tcp routes of a VirtualService (spec traffic 2.2, 2.4 to 2.6, 2.8). */
import type { Canary } from '../canary';
import { gateways, servicePort } from '../defaults';
import { at, compact, isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '../json';
import { canaryServiceName, primaryServiceName } from '../names';
import { NotBuiltYet } from '../not-built';
import type { Routes } from './routes';

/** Whether the Canary routes TCP; matches, mirroring and headers mean nothing there. */
export const isTcp = (canary: Canary): boolean =>
  textOf(at(canary, 'spec', 'service', 'appProtocol'))?.toLowerCase() === 'tcp';

/** Whether the canary's traffic is chosen by conditions (A/B, or a split among matching requests). */
export const isMatched = (canary: Canary): boolean => objectsOf(at(canary, 'spec', 'analysis', 'match')).length > 0;

/** `{ http }` or `{ tcp }` for a split. */
export function istioRoutes(canary: Canary, routes: Routes): { http: JsonObject[] } | { tcp: JsonObject[] } {
  if (isTcp(canary)) return { tcp: [tcpRoute(canary, routes)] };
  if (isMatched(canary)) return { http: matchedRoutes(canary, routes) };
  if (at(canary, 'spec', 'analysis', 'sessionAffinity')) throw new NotBuiltYet('analysis.sessionAffinity');
  const route = { ...baseRoute(canary), route: destinations(canary, routes) };
  return { http: [routes.mirrored ? { ...route, ...mirror(canary) } : route] };
}

/** What every http route of this Canary has. Key order is that of the reference, for people who diff. */
function baseRoute(canary: Canary): JsonObject {
  const service = objectOf(at(canary, 'spec', 'service'));
  const { match, rewrite, timeout, retries, corsPolicy, headers } = service;
  return compact({
    match: objectsOf(match).length > 0 ? match : undefined,
    rewrite: isObject(rewrite) ? compact({ uri: rewrite['uri'], authority: rewrite['authority'] }) : undefined,
    timeout: textOf(timeout) || undefined,
    retries: isObject(retries) ? { ...retries, attempts: numberOf(retries['attempts']) ?? 0 } : undefined,
    corsPolicy,
    headers,
  });
}

function destinations(canary: Canary, { primary, canary: weight }: Routes): JsonObject[] {
  return [
    destination(canary, primaryServiceName(canary), primary),
    destination(canary, canaryServiceName(canary), weight),
  ];
}

function destination(canary: Canary, host: string, weight: number): JsonObject {
  const port = needsPort(canary) ? { port: { number: servicePort(canary) } } : {};
  return { destination: { host, ...port }, weight };
}

/** Gateways and delegates do not know which of several discovered ports is meant. */
function needsPort(canary: Canary): boolean {
  if (at(canary, 'spec', 'service', 'portDiscovery') !== true) return false;
  return at(canary, 'spec', 'service', 'delegation') === true || gateways(canary)[0] !== 'mesh';
}

/** Without a percentage Istio mirrors everything. */
function mirror(canary: Canary): JsonObject {
  const weight = numberOf(at(canary, 'spec', 'analysis', 'mirrorWeight')) ?? 0;
  const percentage = weight > 0 ? { mirrorPercentage: { value: weight } } : {};
  return { mirror: { host: canaryServiceName(canary) }, ...percentage };
}

/** Matching requests are split, all others stay on the primary; T10: which is 100 %. */
function matchedRoutes(canary: Canary, routes: Routes): JsonObject[] {
  const base = baseRoute(canary);
  const match = mergedMatches(
    objectsOf(at(canary, 'spec', 'analysis', 'match')),
    objectsOf(at(canary, 'spec', 'service', 'match')),
  );
  return [
    { ...base, match, route: destinations(canary, routes) },
    { ...base, route: [destination(canary, primaryServiceName(canary), 100)] },
  ];
}

/** Every condition of the analysis within every base condition; on the same key the analysis wins (T9). */
export function mergedMatches(analysis: JsonObject[], base: JsonObject[]): JsonObject[] {
  if (base.length === 0) return analysis;
  return analysis.flatMap((wanted) => base.map((given) => mergedMatch(wanted, given)));
}

function mergedMatch(wanted: JsonObject, given: JsonObject): JsonObject {
  const maps = ['headers', 'queryParams', 'sourceLabels'].filter((key) => isObject(wanted[key]));
  const merged = maps.map((key) => [key, { ...objectOf(given[key]), ...objectOf(wanted[key]) }]);
  return { ...given, ...Object.fromEntries(merged) };
}

function tcpRoute(canary: Canary, routes: Routes): JsonObject {
  const match = objectsOf(at(canary, 'spec', 'service', 'match'))
    .map((given) => numberOf(given['port']) ?? 0)
    .filter((port) => port > 0)
    .map((port) => ({ port }));
  return { ...(match.length > 0 ? { match } : {}), route: destinations(canary, routes) };
}

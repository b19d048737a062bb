/** The http and tcp routes of a VirtualService (spec traffic 2.2, 2.4 to 2.8). */
import type { Canary, SessionAffinity } from '../canary';
import { gateways, servicePort } from '../defaults';
import { at, compact, isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '../json';
import { canaryServiceName, primaryServiceName } from '../names';
import { analysisMatches, escapedForRegex, isMatched, mergedMatches, serviceMatches } from './conditions';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes } from './routes';
import {
  cookieMatch,
  cookieOf,
  expireCookie,
  isExpiry,
  type SessionCookies,
  sessionAffinity,
  setCanaryCookie,
  setPrimaryCookie,
} from './session-cookies';

/** Whether the Canary routes TCP; matches, mirroring and headers mean nothing there. */
export const isTcp = (canary: Canary): boolean =>
  textOf(at(canary, 'spec', 'service', 'appProtocol'))?.toLowerCase() === 'tcp';

/** `{ http }` or `{ tcp }` for a split. */
export function istioRoutes(
  canary: Canary,
  routes: Routes,
  cookies: SessionCookies = {},
): { http: JsonObject[] } | { tcp: JsonObject[] } {
  if (isTcp(canary)) return { tcp: [tcpRoute(canary, routes)] };
  if (isMatched(canary)) return { http: matchedRoutes(canary, routes) };
  const affinity = sessionAffinity(canary);
  return {
    http: [...(affinity ? cookieRoutes(canary, routes, affinity, cookies) : []), splitRoute(canary, routes, cookies)],
  };
}

/** The route with the weights; it is the last, and the one that is mirrored (T4) and hands cookies out. */
function splitRoute(canary: Canary, routes: Routes, cookies: SessionCookies): JsonObject {
  const route = { ...baseRoute(canary), route: withCookies(canary, destinations(canary, routes), routes, cookies) };
  return routes.mirrored ? { ...route, ...mirror(canary) } : route;
}

/** While the canary has traffic its users are given a cookie, and the others one until the next step. */
function withCookies(
  canary: Canary,
  [primary = {}, other = {}]: JsonObject[],
  routes: Routes,
  cookies: SessionCookies,
) {
  const affinity = sessionAffinity(canary);
  if (!affinity || routes.canary === 0) return [primary, other];
  const handing = (header: string) => ({ headers: { response: { add: { 'Set-Cookie': header } } } });
  return [
    {
      ...primary,
      ...(affinity.primaryCookieName && cookies.primary
        ? handing(setPrimaryCookie(canary, affinity, cookies.primary))
        : {}),
    },
    { ...other, ...(cookies.canary ? handing(setCanaryCookie(affinity, cookies.canary)) : {}) },
  ];
}

/** In front of the split: who has a cookie stays where it was given; without a run the last one is taken back. */
function cookieRoutes(
  canary: Canary,
  routes: Routes,
  affinity: SessionAffinity,
  cookies: SessionCookies,
): JsonObject[] {
  const base = baseRoute(canary);
  const sticky = (cookie: string, to: Routes): JsonObject => ({
    ...base,
    match: mergedMatches([cookieMatch(cookie)], serviceMatches(canary)),
    route: destinations(canary, to),
  });
  if (routes.canary > 0) {
    return [
      ...(cookies.canary ? [sticky(cookies.canary, ALL_TO_CANARY)] : []),
      ...(affinity.primaryCookieName && cookies.primary ? [sticky(cookies.primary, ALL_TO_PRIMARY)] : []),
    ];
  }
  if (!cookies.previous) return [];
  const headers = addedToResponse(base['headers'], expireCookie(affinity, cookies.previous));
  return [{ ...sticky(cookies.previous, routes), headers }];
}

/** A copy: the header must not leak to other routes (T5). */
function addedToResponse(headers: unknown, header: string): JsonObject {
  const response = objectOf(at(headers, 'response'));
  return {
    ...objectOf(headers),
    response: { ...response, add: { ...objectOf(response['add']), 'Set-Cookie': header } },
  };
}

/** The cookies that live http routes hand out. */
export function cookiesIn(http: unknown, canary: Canary): SessionCookies {
  const header = (headers: unknown) => at(headers, 'response', 'add', 'Set-Cookie');
  const all = objectsOf(http);
  const given = (host: string) => {
    const found = all.flatMap(({ route }) => objectsOf(route)).filter((one) => at(one, 'destination', 'host') === host);
    return cookieOf(found.map((one) => header(one['headers'])).find(Boolean));
  };
  const expired = all.map(({ headers }) => header(headers)).find(isExpiry);
  return compact({
    canary: given(canaryServiceName(canary)),
    primary: given(primaryServiceName(canary)),
    previous: cookieOf(expired),
  });
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

/** Istio knows no suffix: left as it is, the API server would prune it and the condition would fit everybody. */
function withoutSuffix(match: JsonObject): JsonObject {
  const headers = Object.entries(objectOf(match['headers'])).map(([name, condition]) => {
    const suffix = textOf(at(condition, 'suffix'));
    return [name, suffix ? { regex: `.*${escapedForRegex(suffix)}` } : condition];
  });
  return headers.length > 0 ? { ...match, headers: Object.fromEntries(headers) } : match;
}

/** Matching requests are split, all others stay on the primary; T10: which is 100 %. */
function matchedRoutes(canary: Canary, routes: Routes): JsonObject[] {
  const base = baseRoute(canary);
  const match = mergedMatches(analysisMatches(canary).map(withoutSuffix), serviceMatches(canary));
  return [
    { ...base, match, route: destinations(canary, routes) },
    { ...base, route: [destination(canary, primaryServiceName(canary), 100)] },
  ];
}

function tcpRoute(canary: Canary, routes: Routes): JsonObject {
  const match = objectsOf(at(canary, 'spec', 'service', 'match'))
    .map((given) => numberOf(given['port']) ?? 0)
    .filter((port) => port > 0)
    .map((port) => ({ port }));
  return { ...(match.length > 0 ? { match } : {}), route: destinations(canary, routes) };
}

/** The rules of an HTTPRoute for a split (spec traffic 3.3). */
import type { Canary, SessionAffinity } from '../canary';
import { parseDuration, servicePort } from '../defaults';
import { at, compact, type JsonObject, objectOf, objectsOf, textOf } from '../json';
import { canaryServiceName, primaryServiceName } from '../names';
import { isMatched } from './conditions';
import type { Dialect } from './gateway-dialects';
import { type AddedHeader, cookieFilter, filterTypes, ruleFilters } from './gateway-filters';
import { baseMatches, canaryMatches, matchesWith } from './gateway-matches';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes } from './routes';
import { entriesOver, foreignFields } from './routing-object';
import {
  cookieMatch,
  expireCookie,
  type SessionCookies,
  sessionAffinity,
  setCanaryCookie,
  setPrimaryCookie,
} from './session-cookies';

/** All rules, the one with the split last unless conditions choose the canary's traffic. */
export function rulesFor(canary: Canary, dialect: Dialect, routes: Routes, cookies: SessionCookies): JsonObject[] {
  const rule = (matches: JsonObject[], backendRefs: JsonObject[], added?: AddedHeader, mirrored = false) => {
    const filters = ruleFilters(canary, dialect, mirrored, added);
    const timeouts = dialect.timeouts ? timeoutsOf(canary) : undefined;
    return compact({ matches, filters: filters.length > 0 ? filters : undefined, backendRefs, timeouts });
  };
  if (isMatched(canary)) {
    const [primary = {}] = backends(canary, ALL_TO_PRIMARY);
    return [rule(canaryMatches(canary), backends(canary, routes)), rule(baseMatches(canary), [primary])];
  }
  const affinity = affinityOf(canary, dialect);
  const mirrored = routes.mirrored && dialect.mirrors;
  const split = rule(baseMatches(canary), backends(canary, routes), undefined, mirrored);
  if (!affinity) return [split];
  const cookieRule = (cookie: string, to: Routes, added?: AddedHeader) =>
    rule(matchesWith(canary, cookieMatch(cookie)), backends(canary, to), added);
  if (routes.canary === 0) {
    if (!cookies.previous) return [split];
    const expiry = { name: 'Set-Cookie', value: expireCookie(affinity, cookies.previous) };
    return [cookieRule(cookies.previous, routes, expiry), split];
  }
  return [
    ...(cookies.canary ? [cookieRule(cookies.canary, ALL_TO_CANARY)] : []),
    ...(affinity.primaryCookieName && cookies.primary ? [cookieRule(cookies.primary, ALL_TO_PRIMARY)] : []),
    { ...split, backendRefs: withCookies(canary, affinity, backends(canary, routes), cookies) },
  ];
}

/** Session affinity as far as the dialect has it. */
export function affinityOf(canary: Canary, dialect: Dialect): SessionAffinity | undefined {
  const affinity = dialect.sessions ? sessionAffinity(canary) : undefined;
  if (!affinity || dialect.primaryCookie) return affinity;
  const { primaryCookieName: _, ...withoutPrimary } = affinity;
  return withoutPrimary;
}

function backends(canary: Canary, routes: Routes): JsonObject[] {
  const backend = (name: string, weight: number) => ({
    group: '',
    kind: 'Service',
    name,
    port: servicePort(canary),
    weight,
  });
  return [backend(primaryServiceName(canary), routes.primary), backend(canaryServiceName(canary), routes.canary)];
}

function withCookies(
  canary: Canary,
  affinity: SessionAffinity,
  [primary = {}, other = {}]: JsonObject[],
  cookies: SessionCookies,
): JsonObject[] {
  const handing = (header: string) => ({ filters: [cookieFilter(header)] });
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

function timeoutsOf(canary: Canary): JsonObject | undefined {
  const { timeout, backendTimeout } = objectOf(at(canary, 'spec', 'service'));
  const timeouts = compact({
    request: gatewayDuration('timeout', timeout),
    backendRequest: gatewayDuration('backendTimeout', backendTimeout),
  });
  return Object.keys(timeouts).length > 0 ? timeouts : undefined;
}

/** Gateway API knows no fractions and no units below milliseconds. */
function gatewayDuration(field: string, text: unknown): string | undefined {
  if (!textOf(text)) return undefined;
  if (/^([0-9]{1,5}(h|m|s|ms)){1,4}$/.test(String(text))) return String(text);
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw new Error(`service.${field} ${text} is no duration`);
  const seconds = Math.floor(ms / 1000);
  return seconds > 99_999
    ? `${Math.floor(seconds / 3600)}h${seconds % 3600}s`
    : `${seconds}s${Math.round(ms % 1000)}ms`;
}

const sideNames = (canary: Canary): string[] => [primaryServiceName(canary), canaryServiceName(canary)];

/** Whether a rule sends requests to a side of this Canary. */
export const isOurRule = (canary: Canary, rule: JsonObject): boolean =>
  objectsOf(rule['backendRefs']).some(({ name }) => sideNames(canary).includes(textOf(name) ?? ''));

/** Our rules over the live ones: rules, fields and types of filters of others stay. */
export function rulesOver(canary: Canary, dialect: Dialect, live: unknown, wanted: JsonObject[]): JsonObject[] {
  const fields = ['matches', 'filters', 'backendRefs', ...(dialect.timeouts ? ['timeouts'] : [])];
  const types = filterTypes(dialect);
  const over = (present: JsonObject, rule: JsonObject) => {
    const foreign = objectsOf(present['filters']).filter(({ type }) => !types.includes(textOf(type) ?? ''));
    const filters = [...objectsOf(rule['filters']), ...foreign];
    return { ...foreignFields(present, fields), ...rule, ...(filters.length > 0 ? { filters } : {}) };
  };
  return entriesOver(live, wanted, { isOurs: (rule) => isOurRule(canary, rule), over });
}

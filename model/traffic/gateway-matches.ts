/** Conditions as HTTPRoutes write them (spec traffic 3.3), with the defaults that the API server would add. */
import type { Canary } from '../canary';
import { at, compact, type JsonObject } from '../json';
import { analysisMatches, comparisonOf, mergedMatches, namedConditions, serviceMatches } from './conditions';

const EVERYTHING: JsonObject = { path: { type: 'PathPrefix', value: '/' } };

/** The conditions of what is routed at all. */
export function baseMatches(canary: Canary): JsonObject[] {
  const mapped = serviceMatches(canary).map(matchOf).filter(saysSomething).map(withPath);
  return mapped.length > 0 ? mapped : [EVERYTHING];
}

/**
 * The conditions of who gets the canary.
 * @throws Error for one that says nothing here: it would match everybody.
 */
export function canaryMatches(canary: Canary): JsonObject[] {
  for (const entry of analysisMatches(canary)) {
    if (!saysSomething(matchOf(entry))) {
      throw new Error('analysis.match has an entry without headers and queryParams, which HTTPRoutes cannot express');
    }
  }
  return mergedMatches(analysisMatches(canary), serviceMatches(canary)).map(matchOf).map(withPath);
}

/** The base conditions of requests that have one more condition. */
export const matchesWith = (canary: Canary, condition: JsonObject): JsonObject[] =>
  mergedMatches([condition], serviceMatches(canary)).map(matchOf).map(withPath);

/** One condition, in the form of service.match. @throws Error on what HTTPRoutes cannot express. */
export const httpRouteMatch = (entry: JsonObject): JsonObject => withPath(matchOf(entry));

const saysSomething = (match: JsonObject): boolean => Object.keys(match).length > 0;

const withPath = (match: JsonObject): JsonObject => ({ ...EVERYTHING, ...match });

function matchOf(entry: JsonObject): JsonObject {
  return compact({
    path: pathOf(entry['uri']),
    method: methodOf(entry['method']),
    headers: named(entry['headers'], 'header'),
    queryParams: named(entry['queryParams'], 'query parameter'),
  });
}

const PATH_TYPES = { regex: 'RegularExpression', exact: 'Exact', prefix: 'PathPrefix' } as const;

function pathOf(uri: unknown): JsonObject | undefined {
  if (uri === undefined) return undefined;
  for (const [how, type] of Object.entries(PATH_TYPES)) {
    const value = at(uri, how);
    if (typeof value === 'string' && value !== '') return { type, value };
  }
  throw new Error('service.match uri is empty: give it exact, prefix or regex');
}

function methodOf(method: unknown): string | undefined {
  if (method === undefined) return undefined;
  const { how, value } = comparisonOf(method) ?? {};
  if (how !== 'exact') throw new Error('HTTPRoutes compare methods exactly: give service.match method an exact');
  return value;
}

function named(map: unknown, what: string): JsonObject[] | undefined {
  const conditions = namedConditions(map).map(([name, condition]): JsonObject => {
    const { how, value } = comparisonOf(condition) ?? {};
    if (how === 'exact') return { name, type: 'Exact', value };
    if (how === 'regex') return { name, type: 'RegularExpression', value };
    throw new Error(`HTTPRoutes compare a ${what} by exact or regex, ${name} has ${how ?? 'neither'}`);
  });
  return conditions.length > 0 ? conditions : undefined;
}

/** Conditions on requests, in the Istio shape that users write them in (spec traffic 2.6). */
import type { Canary } from '../canary';
import { at, isObject, type JsonObject, objectOf, objectsOf, textOf } from '../json';

/** `analysis.match`: who gets the canary. */
export const analysisMatches = (canary: Canary): JsonObject[] => objectsOf(at(canary, 'spec', 'analysis', 'match'));

/** `service.match`: what is routed at all. */
export const serviceMatches = (canary: Canary): JsonObject[] => objectsOf(at(canary, 'spec', 'service', 'match'));

/** Whether the canary's traffic is chosen by conditions (A/B, or a split among matching requests). */
export const isMatched = (canary: Canary): boolean => analysisMatches(canary).length > 0;

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

/** The one comparison of a StringMatch that is not empty. */
export function comparisonOf(match: unknown): { how: string; value: string } | undefined {
  const [how, value] = Object.entries(objectOf(match)).find(([, text]) => textOf(text)) ?? [];
  return how === undefined ? undefined : { how, value: String(value) };
}

/** Named conditions in the order of their names: the API server sorts the keys of what users write. */
export const namedConditions = (map: unknown): [string, unknown][] =>
  Object.entries(objectOf(map)).sort(([a], [b]) => (a < b ? -1 : 1));

/** The text between RE2 or PCRE meta characters, literally. */
export const escapedForRegex = (text: string): string => text.replace(/[.*+?^$|()[\]{}\\]/g, '\\$&');

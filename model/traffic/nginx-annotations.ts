/** The annotations that make an Ingress the canary's (spec traffic 3.4). */
import type { Canary } from '../canary';
import { analysisMatches, comparisonOf, escapedForRegex, namedConditions } from './conditions';
import type { Routes } from './routes';

/** The canary annotations of a split, all of them: others are stale (T15). @throws Error for conditions nginx lacks. */
export function nginxAnnotations(canary: Canary, split: Routes, prefix: string): Record<string, string> {
  const conditions = split.canary > 0 ? conditionAnnotations(canary) : {};
  const chosen = Object.keys(conditions).length > 0 ? conditions : { 'canary-weight': String(split.canary) };
  const all = { canary: 'true', ...chosen };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [`${prefix}/${key}`, value]));
}

/** One header and one cookie, either of which chooses the canary. */
function conditionAnnotations(canary: Canary): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const entry of analysisMatches(canary)) {
    const headers = namedConditions(entry['headers']);
    const [header] = headers;
    if (header === undefined || headers.length > 1 || entry['queryParams'] !== undefined) {
      throw new Error(
        'provider nginx chooses by one header or cookie: give each analysis.match entry exactly one header',
      );
    }
    const next = headerAnnotations(...header);
    if (Object.keys(next).some((key) => key in annotations)) {
      throw new Error('provider nginx chooses by one header and one cookie: analysis.match has more of them');
    }
    Object.assign(annotations, next);
  }
  return annotations;
}

/** The header `cookie` names a cookie, which nginx compares with `always`. */
function headerAnnotations(name: string, condition: unknown): Record<string, string> {
  const { how, value = '' } = comparisonOf(condition) ?? {};
  if (name.toLowerCase() === 'cookie') {
    if (how === 'exact') return { 'canary-by-cookie': value };
    throw new Error('provider nginx compares no cookies: give analysis.match headers.cookie.exact the name of one');
  }
  const header = { 'canary-by-header': name };
  if (how === 'exact') return { ...header, 'canary-by-header-value': value };
  const pattern = patternOf(how, value);
  if (pattern === undefined) throw new Error(`analysis.match header ${name} compares with nothing`);
  return { ...header, 'canary-by-header-pattern': pattern };
}

function patternOf(how: string | undefined, value: string): string | undefined {
  if (how === 'regex') return value;
  if (how === 'prefix') return `^${escapedForRegex(value)}`;
  return how === 'suffix' ? `${escapedForRegex(value)}$` : undefined;
}

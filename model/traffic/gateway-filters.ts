/** What HTTPRoutes do with requests and responses on the way (spec traffic 3.3). */
import type { Canary } from '../canary';
import { parseDuration, servicePort } from '../defaults';
import { at, compact, isObject, type JsonObject, objectOf, objectsOf, textMapOf, textOf } from '../json';
import { canaryServiceName } from '../names';
import { comparisonOf, namedConditions } from './conditions';
import type { Dialect } from './gateway-dialects';

/** A change of the response beside `service.headers`. */
export interface AddedHeader {
  name: string;
  value: string;
}

/** The filters of a rule, in the order of the reference; one of each type, mirrors excepted. */
export function ruleFilters(canary: Canary, dialect: Dialect, mirrored: boolean, added?: AddedHeader): JsonObject[] {
  const headers = objectOf(at(canary, 'spec', 'service', 'headers'));
  const mirrors = objectsOf(at(canary, 'spec', 'service', 'mirror')).filter(({ backendRef }) => isObject(backendRef));
  return [
    ...headerFilter('RequestHeaderModifier', headers['request']),
    ...headerFilter('ResponseHeaderModifier', headers['response'], added),
    ...(dialect.rewrites ? rewriteFilter(at(canary, 'spec', 'service', 'rewrite')) : []),
    ...(dialect.mirrors ? mirrors.map(({ backendRef }) => mirrorFilter(objectOf(backendRef))) : []),
    ...(dialect.cors ? corsFilter(at(canary, 'spec', 'service', 'corsPolicy')) : []),
    ...(mirrored ? [mirrorFilter({ name: canaryServiceName(canary), port: servicePort(canary) })] : []),
  ];
}

/** Types of filters that a dialect writes; those of others on our rules are left alone. */
export const filterTypes = (dialect: Dialect): string[] => [
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  ...(dialect.rewrites ? ['URLRewrite'] : []),
  ...(dialect.mirrors ? ['RequestMirror'] : []),
  ...(dialect.cors ? ['CORS'] : []),
];

/** The Set-Cookie of one side. */
export const cookieFilter = (value: string): JsonObject => ({
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { add: [{ name: 'Set-Cookie', value }] },
});

/** The filter of a change of headers, if it changes any. */
export function headerFilter(
  type: 'RequestHeaderModifier' | 'ResponseHeaderModifier',
  change: unknown,
  added?: AddedHeader,
) {
  const { add, set, remove } = objectOf(change);
  const adding = { ...textMapOf(add), ...(added ? { [added.name]: added.value } : {}) };
  const modifier = compact({
    add: headerList(adding),
    set: headerList(textMapOf(set)),
    remove: Array.isArray(remove) && remove.length > 0 ? remove : undefined,
  });
  const field = type === 'RequestHeaderModifier' ? 'requestHeaderModifier' : 'responseHeaderModifier';
  return Object.keys(modifier).length > 0 ? [{ type, [field]: modifier }] : [];
}

function headerList(map: Record<string, string>): JsonObject[] | undefined {
  const list = namedConditions(map).map(([name, value]) => ({ name, value }));
  return list.length > 0 ? list : undefined;
}

/** The filter of a rewrite, if it rewrites anything. */
export function rewriteFilter(rewrite: unknown): JsonObject[] {
  const { uri, authority, type } = objectOf(rewrite);
  const path =
    type === 'ReplacePrefixMatch'
      ? { type, replacePrefixMatch: uri }
      : { type: 'ReplaceFullPath', replaceFullPath: uri };
  const urlRewrite = compact({ hostname: textOf(authority) || undefined, path: textOf(uri) ? path : undefined });
  return Object.keys(urlRewrite).length > 0 ? [{ type: 'URLRewrite', urlRewrite }] : [];
}

export const mirrorFilter = (backend: JsonObject): JsonObject => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: { group: '', kind: 'Service', ...backend } },
});

/** Whether a filter mirrors to the canary. */
export const mirrorsToCanary = (canary: Canary, filter: JsonObject): boolean =>
  at(filter, 'requestMirror', 'backendRef', 'name') === canaryServiceName(canary);

/** Exact origins only; the API server's own maxAge is 5 seconds. */
function corsFilter(policy: unknown): JsonObject[] {
  if (!isObject(policy)) return [];
  const { allowOrigin, allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge } = policy;
  const exact = objectsOf(allowOrigins)
    .map(comparisonOf)
    .filter((origin) => origin?.how === 'exact');
  const origins = [...(Array.isArray(allowOrigin) ? allowOrigin : []), ...exact.map((origin) => origin?.value)];
  const ms = parseDuration(maxAge);
  const cors = compact({
    allowOrigins: filledList(origins),
    allowMethods: filledList(allowMethods),
    allowHeaders: filledList(allowHeaders),
    exposeHeaders: filledList(exposeHeaders),
    allowCredentials: typeof allowCredentials === 'boolean' ? allowCredentials : undefined,
    maxAge: ms === undefined ? 5 : Math.max(1, Math.floor(ms / 1000)),
  });
  return [{ type: 'CORS', cors }];
}

const filledList = (list: unknown): unknown[] | undefined =>
  Array.isArray(list) && list.length > 0 ? [...new Set(list)] : undefined;

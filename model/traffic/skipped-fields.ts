/** Says which parts of a spec have no effect with a provider, and why. */
import type { Canary } from '../canary';
import { at, isObject, objectsOf } from '../json';
import { isMatched } from './conditions';
import type { Skip } from './router-contract';

/** Dotted path below `spec` to the reason. */
export type Unsupported = Readonly<Record<string, string>>;

/** The unsupported parts that this Canary uses. */
export const skipsOf = (canary: Canary, unsupported: Unsupported): Skip[] =>
  Object.entries(unsupported)
    .filter(([path]) => isUsed(at(canary, 'spec', ...path.split('.'))))
    .map(([path, reason]) => ({ path, reason }));

const isUsed = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
};

/** Session affinity is for progressive runs: conditions and iterations already say who gets the canary. */
export function affinitySkips(canary: Canary): Skip[] {
  const { sessionAffinity, iterations } = canary.spec?.analysis ?? {};
  if (!isObject(sessionAffinity)) return [];
  const path = 'analysis.sessionAffinity';
  if (isMatched(canary)) return [{ path, reason: 'analysis.match already decides who gets the canary' }];
  if (iterations) return [{ path, reason: 'a run with iterations does not split users' }];
  return [];
}

/** What only Istio has. */
export const ISTIO_ONLY: Unsupported = {
  'service.trafficPolicy': 'only Istio has traffic policies',
  'service.delegation': 'only Istio delegates',
  'analysis.mirrorWeight': 'only Istio mirrors a part: everything is mirrored',
};

/** What only HTTPRoutes have. */
export const GATEWAY_ONLY: Unsupported = {
  'service.gatewayRefs': 'only HTTPRoutes have parents',
  'service.backendTimeout': 'only HTTPRoutes limit single attempts so',
  'service.mirror': 'only HTTPRoutes have permanent mirrors',
};

/** The fields of base conditions that a provider does not read, when any entry uses them. */
export const baseMatchSkips = (canary: Canary, fields: readonly string[], provider: string): Skip[] =>
  fields
    .filter((field) => objectsOf(at(canary, 'spec', 'service', 'match')).some((entry) => isUsed(entry[field])))
    .map((field) => ({ path: `service.match.${field}`, reason: `${provider} routes have no such condition` }));

/** What the providers that route with HTTPRoutes can do (spec traffic 3.3). */
import type { Canary } from '../canary';
import { servicePort } from '../defaults';
import { at, type JsonObject, objectsOf, textOf } from '../json';
import { RESOURCES, type ResourceType } from '../kube';
import { apexName } from '../names';

export type GatewayProvider = 'gatewayapi:v1' | 'gatewayapi:v1beta1' | 'linkerd';

/** Absent abilities are left out of the route, and said. */
export interface Dialect {
  provider: GatewayProvider;
  type: ResourceType;
  /** Parents when `service.gatewayRefs` names none. */
  defaultParents(canary: Canary): JsonObject[];
  /** Whether `service.hosts` choose requests. */
  hostnames: boolean;
  timeouts: boolean;
  cors: boolean;
  rewrites: boolean;
  mirrors: boolean;
  sessions: boolean;
  primaryCookie: boolean;
  /** Whether a route counts only once every parent has accepted it (T11). */
  needsAcceptance: boolean;
}

const v1: Dialect = {
  provider: 'gatewayapi:v1',
  type: RESOURCES.httpRoute,
  defaultParents: () => [],
  hostnames: true,
  timeouts: true,
  cors: true,
  rewrites: true,
  mirrors: true,
  sessions: true,
  primaryCookie: true,
  needsAcceptance: true,
};

export const DIALECTS: Record<GatewayProvider, Dialect> = {
  'gatewayapi:v1': v1,
  'gatewayapi:v1beta1': {
    ...v1,
    provider: 'gatewayapi:v1beta1',
    type: RESOURCES.httpRouteV1beta1,
    timeouts: false,
    cors: false,
    primaryCookie: false,
    needsAcceptance: false,
  },
  // Its proxies split calls to a Service: the route's parent is the apex Service, under the group name that all
  // releases of Linkerd understand. It ignores a whole route that has a filter it does not know.
  linkerd: {
    ...v1,
    provider: 'linkerd',
    defaultParents: (canary) => [{ group: 'core', kind: 'Service', name: apexName(canary), port: servicePort(canary) }],
    // Calls inside the mesh name the Service: a host name of the outside would exclude them from the split.
    hostnames: false,
    cors: false,
    rewrites: false,
    mirrors: false,
    sessions: false,
    primaryCookie: false,
  },
};

/** The route's parents, with the defaults that the API server would write into them. */
export function parentsOf(canary: Canary, dialect: Dialect): JsonObject[] {
  const given = objectsOf(at(canary, 'spec', 'service', 'gatewayRefs'));
  return (given.length > 0 ? given : dialect.defaultParents(canary)).map((parent) => ({
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    ...parent,
  }));
}

/** An annotation of the Canary: `ignore` takes routes for ready whose controller writes no status. */
export const ACCEPTANCE_ANNOTATION = 'serin.dev/route-acceptance';

export const needsAcceptance = (canary: Canary, dialect: Dialect): boolean =>
  dialect.needsAcceptance && textOf(canary.metadata.annotations?.[ACCEPTANCE_ANNOTATION]) !== 'ignore';

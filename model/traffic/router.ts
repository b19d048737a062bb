/** The router of every traffic provider. */
import type { Canary } from '../canary';
import { at, numberOf } from '../json';
import { type KubeObject, RESOURCES, type ResourceType } from '../kube';
import { contourRouter } from './contour';
import { gatewayRouter } from './gateway';
import { istioRouter } from './istio-router';
import { nginxRouter } from './nginx';
import type { RenderOptions, Router, RouterSettings } from './router-contract';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes } from './routes';
import { affinity, type CookieLetters, type CookieStatusChange, type SessionCookies } from './session-cookies';
import { skipsOf } from './skipped-fields';
import { traefikRouter } from './traefik';

export type { RenderOptions, Router, RouterSettings, RoutingObject, Skip } from './router-contract';

const WITHOUT_MESH = 'plain Kubernetes Services have no routes';

/** Blue/green through Services alone: nothing is routed, the status says who is tested. */
const kubernetes: Router = {
  provider: 'kubernetes',
  splitsTraffic: false,
  objects: () => [],
  render: () => [],
  read: (canary) => ((numberOf(at(canary, 'status', 'iterations')) ?? 0) > 0 ? ALL_TO_CANARY : ALL_TO_PRIMARY),
  finalize: () => [],
  canMirror: () => false,
  sessions: () => undefined,
  cookies: () => ({}),
  skips: (canary) =>
    skipsOf(canary, {
      'analysis.mirror': WITHOUT_MESH,
      'analysis.sessionAffinity': WITHOUT_MESH,
      'service.match': WITHOUT_MESH,
      'service.headers': WITHOUT_MESH,
      'service.rewrite': WITHOUT_MESH,
      'service.corsPolicy': WITHOUT_MESH,
      'service.retries': WITHOUT_MESH,
      'service.timeout': WITHOUT_MESH,
    }),
};

/** A new provider is a new line. */
const ROUTERS: Readonly<Record<string, (settings: RouterSettings) => Router>> = {
  contour: contourRouter,
  'gatewayapi:v1': () => gatewayRouter('gatewayapi:v1'),
  'gatewayapi:v1beta1': () => gatewayRouter('gatewayapi:v1beta1'),
  istio: () => istioRouter,
  kubernetes: () => kubernetes,
  linkerd: () => gatewayRouter('linkerd'),
  nginx: nginxRouter,
  traefik: () => traefikRouter,
};

/** The providers that work. */
export const SUPPORTED_PROVIDERS: readonly string[] = Object.keys(ROUTERS);

/** Every kind that some router looks at, and those that it writes. */
export const ROUTING_TYPES: readonly ResourceType[] = [
  RESOURCES.destinationRule,
  RESOURCES.virtualService,
  RESOURCES.httpRoute,
  RESOURCES.httpRouteV1beta1,
  RESOURCES.ingress,
  RESOURCES.traefikService,
  RESOURCES.httpProxy,
];

/** Names of the specification, whether they work or not. */
export const KNOWN_PROVIDERS: readonly string[] = [
  'apisix',
  'appmesh',
  'appmesh:v1beta2',
  'contour',
  'gatewayapi:v1',
  'gatewayapi:v1beta1',
  'gloo',
  'istio',
  'knative',
  'kubernetes',
  'kuma',
  'linkerd',
  'nginx',
  'osm',
  'skipper',
  'smi:v1alpha1',
  'smi:v1alpha2',
  'smi:v1alpha3',
  'traefik',
];

/** Why there is no router. */
export interface NoRouter {
  error: string;
}

/** The router of a provider, or why there is none: known but not supported, or unknown (T12). */
export function routerFor(provider: string, settings: RouterSettings = {}): Router | NoRouter {
  const make = Object.hasOwn(ROUTERS, provider) ? ROUTERS[provider] : undefined;
  if (make) return make(settings);
  const known = KNOWN_PROVIDERS.includes(provider) || /^(smi:v1alpha[123]|gloo|appmesh):/.test(provider);
  if (!known) return { error: `provider ${provider} is unknown: use one of ${KNOWN_PROVIDERS.join(', ')}` };
  const working = SUPPORTED_PROVIDERS.join(', ');
  return { error: `provider ${provider} is not supported by Serin; see docs/differences.md; these work: ${working}` };
}

export const isRouter = (found: Router | NoRouter): found is Router => 'render' in found;

/** Why the Canary cannot be routed as its spec and the live objects are; undefined when it can. */
export function routingProblem(
  router: Router,
  canary: Canary,
  live: readonly KubeObject[],
  options: RenderOptions = {},
): string | undefined {
  // Cookies with names that every spec may have: what hands them out is rendered too.
  const cookies = router.sessions(canary) ? { canary: 'a=b', primary: 'c=d', previous: 'e=f' } : {};
  try {
    for (const routes of [ALL_TO_CANARY, ALL_TO_PRIMARY]) {
      router.render(canary, routes, live, { ...options, cookies });
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A tick's split, before and after. */
export interface SessionStep {
  /** The split that was read; undefined when there is none. */
  live: Routes | undefined;
  next: Routes;
  /** Live routing objects. */
  routing: readonly KubeObject[];
  /** For new cookies, if there are any. */
  letters(): CookieLetters;
}

/** The cookies to render the next split with, and the change of the status that records them; empty when nothing changes. */
export const sessionStep = (
  router: Router,
  canary: Canary,
  { routing, ...step }: SessionStep,
): { cookies: SessionCookies; statusChange: CookieStatusChange } =>
  affinity(canary, router.sessions(canary), { ...step, handedOut: router.cookies(canary, routing) });

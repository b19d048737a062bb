/** One interface for every traffic provider. */
import type { Canary } from '../canary';
import { at, numberOf, sameJson } from '../json';
import { type KubeObject, RESOURCES, type ResourceType } from '../kube';
import { apexName, canaryServiceName, primaryServiceName, type SelectorLabel } from '../names';
import { finalize, read, render } from './istio';
import { isMatched, isTcp } from './istio-routes';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes, type UnreadableRoutes } from './routes';

/** An object that a router needs to see, and writes. */
export interface RoutingObject {
  type: ResourceType;
  name: string;
}

export interface RenderOptions {
  /** The target's selector label: lands on the routing object beside `service.apex`. */
  selector?: SelectorLabel;
}

/** Pure: live objects in, wanted objects out. They are found by kind and name; others are not looked at. */
export interface Router {
  provider: string;
  /** The objects of a Canary, in the order in which they are written. */
  objects(canary: Canary): RoutingObject[];
  /** The wanted objects that differ from the live ones. Without `routes` the live split stays. */
  render(
    canary: Canary,
    routes: Routes | undefined,
    live: readonly KubeObject[],
    options?: RenderOptions,
  ): KubeObject[];
  /** The live split. */
  read(canary: Canary, live: readonly KubeObject[]): Routes | UnreadableRoutes;
  /** What deleting the Canary writes back; empty when there is nothing to revert. */
  finalize(canary: Canary, live: readonly KubeObject[]): KubeObject[];
  /** Whether this Canary's requests can be mirrored. */
  canMirror(canary: Canary): boolean;
  /** Whether weights reach users; without it the run is blue/green and users stay on the primary. */
  splitsTraffic: boolean;
}

const find = (live: readonly KubeObject[], kind: string, name: string): KubeObject | undefined =>
  live.find((object) => object.kind === kind && object.metadata.name === name);

const istio: Router = {
  provider: 'istio',
  splitsTraffic: true,
  objects: (canary) => [
    { type: RESOURCES.destinationRule, name: canaryServiceName(canary) },
    { type: RESOURCES.destinationRule, name: primaryServiceName(canary) },
    { type: RESOURCES.virtualService, name: apexName(canary) },
  ],
  render(canary, routes, live, options = {}) {
    const present = {
      canaryRule: find(live, 'DestinationRule', canaryServiceName(canary)),
      primaryRule: find(live, 'DestinationRule', primaryServiceName(canary)),
      virtualService: find(live, 'VirtualService', apexName(canary)),
    };
    const { destinationRules, virtualService } = render(canary, routes, present, options.selector);
    return [...destinationRules, virtualService].filter(
      (object) => !sameJson(object, find(live, object.kind, object.metadata.name)),
    );
  },
  read(canary, live) {
    const object = find(live, 'VirtualService', apexName(canary));
    const name = `${apexName(canary)}.${canary.metadata.namespace ?? 'default'}`;
    return object ? read(object, canary) : { unreadable: `VirtualService ${name} get query error: not found` };
  },
  finalize(canary, live) {
    const object = find(live, 'VirtualService', apexName(canary));
    const reverted = object ? finalize(canary, object) : { nothing: 'it is gone' };
    return 'object' in reverted ? [reverted.object] : [];
  },
  canMirror: (canary) => !isTcp(canary) && !isMatched(canary),
};

/** Blue/green through Services alone: nothing is routed, the status says who is tested. */
const kubernetes: Router = {
  provider: 'kubernetes',
  splitsTraffic: false,
  objects: () => [],
  render: () => [],
  read: (canary) => ((numberOf(at(canary, 'status', 'iterations')) ?? 0) > 0 ? ALL_TO_CANARY : ALL_TO_PRIMARY),
  finalize: () => [],
  canMirror: () => false,
};

/** Names of the specification, whether they work yet or not. */
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

/** The router of a provider, or why there is none: known but not built yet, or unknown (T12). */
export function routerFor(provider: string): Router | NoRouter {
  if (provider === 'istio') return istio;
  if (provider === 'kubernetes') return kubernetes;
  const known = KNOWN_PROVIDERS.includes(provider) || /^(smi:v1alpha[123]|gloo|appmesh):/.test(provider);
  if (known)
    return { error: `provider ${provider} is not built yet: it comes with issue 2; istio and kubernetes work` };
  return { error: `provider ${provider} is unknown: use one of ${KNOWN_PROVIDERS.join(', ')}` };
}

export const isRouter = (found: Router | NoRouter): found is Router => 'render' in found;

/** Istio: two DestinationRules and one VirtualService (spec traffic 2). */
import type { Canary } from '../canary';
import { gateways, hosts, namespaceOf } from '../defaults';
import { at, type JsonObject, mergePatchBetween, numberOf, objectOf, objectsOf } from '../json';
import { type KubeObject, RESOURCES } from '../kube';
import { apexName, canaryServiceName, primaryServiceName, type SelectorLabel } from '../names';
import { ownedMetadata, withFields } from '../objects/metadata';
import { cookiesIn, isTcp, istioRoutes } from './istio-routes';
import { ALL_TO_PRIMARY, isUnreadable, type Routes, splitOf, type UnreadableRoutes } from './routes';
import {
  entriesOver,
  isOurs,
  madeObject,
  objectOver,
  overForeign,
  referencesOver,
  routingMetadata,
} from './routing-object';
import { type SessionCookies, standingCookies } from './session-cookies';

export { ORIGINAL_CONFIGURATION, type Reverted, reverted as finalize } from './routing-object';

export const ISTIO_API = 'networking.istio.io/v1beta1';

/** What is there already; absent objects are made. */
export interface LiveIstio {
  virtualService?: KubeObject | undefined;
  canaryRule?: KubeObject | undefined;
  primaryRule?: KubeObject | undefined;
}

/** In the order in which they are written: the rules of a host before the routes to it. */
export interface IstioObjects {
  /** Of the canary, then of the primary. */
  destinationRules: [KubeObject, KubeObject];
  virtualService: KubeObject;
}

/**
 * The whole of a Canary's routing. Without `routes` the live split stays, and is 100/0 when there is none.
 * @throws Error for delegation with hosts or gateways.
 */
export function render(
  canary: Canary,
  routes?: Routes,
  live: LiveIstio = {},
  selector?: SelectorLabel,
  cookies?: SessionCookies,
): IstioObjects {
  return {
    destinationRules: [
      destinationRule(canary, canaryServiceName(canary), live.canaryRule),
      destinationRule(canary, primaryServiceName(canary), live.primaryRule),
    ],
    virtualService: virtualService(canary, routes, live.virtualService, selector, cookies),
  };
}

/** The DestinationRule of one side; over a live one everything but the spec stays. */
export function destinationRule(canary: Canary, host: string, live?: KubeObject): KubeObject {
  const policy = at(canary, 'spec', 'service', 'trafficPolicy');
  const spec = { host, ...(policy === undefined ? {} : { trafficPolicy: policy }) };
  if (live) return withFields(live, referencesOver(canary, live), { spec });
  return { apiVersion: ISTIO_API, kind: 'DestinationRule', metadata: ownedMetadata(canary, host), spec };
}

/**
 * The VirtualService with a split. Over a live one, foreign metadata and fields stay, `undefined` routes keep the live
 * split (T1, T2), and the spec of one that was not made for this Canary is recorded once (T3).
 */
export function virtualService(
  canary: Canary,
  routes?: Routes,
  live?: KubeObject,
  selector?: SelectorLabel,
  cookies?: SessionCookies,
): KubeObject {
  const metadata = routingMetadata(canary, selector);
  const split = routes ?? (live ? liveRoutes(live, canary) : ALL_TO_PRIMARY);
  const wanted = istioRoutes(canary, split, cookies ?? standingCookies(canary, split, cookiesOf(live, canary)));
  const spec = { ...scope(canary), ...wanted };
  if (!live) return madeObject(canary, RESOURCES.virtualService, apexName(canary), metadata, spec);
  return objectOver(canary, live, metadata, specOver(canary, spec, live));
}

/** The cookies that a live VirtualService hands out. */
export const cookiesOf = (live: KubeObject | undefined, canary: Canary): SessionCookies =>
  cookiesIn(at(live, 'spec', 'http'), canary);

/** The merge patch that gives a live VirtualService another split; undefined when it has it. */
export const virtualServicePatch = (
  canary: Canary,
  routes: Routes | undefined,
  live: KubeObject,
  selector?: SelectorLabel,
): JsonObject | undefined => mergePatchBetween(live, virtualService(canary, routes, live, selector));

function liveRoutes(live: KubeObject, canary: Canary): Routes {
  const found = read(live, canary);
  return isUnreadable(found) ? ALL_TO_PRIMARY : found;
}

/** Hosts and gateways; a delegate has none. */
function scope(canary: Canary): JsonObject {
  const service = objectOf(at(canary, 'spec', 'service'));
  if (service['delegation'] !== true) return { hosts: hosts(canary, apexName(canary)), gateways: gateways(canary) };
  const filledList = (value: unknown) => Array.isArray(value) && value.length > 0;
  if (filledList(service['hosts']) || filledList(service['gateways'])) {
    throw new Error(
      `VirtualService ${apexName(canary)}.${namespaceOf(canary)} delegation excludes hosts and gateways: remove them from spec.service`,
    );
  }
  return { hosts: [] };
}

/** The live spec with our fields; those of the other protocol and a delegate's gateways go. */
function specOver(canary: Canary, wanted: JsonObject, live: KubeObject): JsonObject {
  const { hosts: _, gateways: __, http: ___, tcp: ____, ...foreign } = objectOf(live['spec']);
  if (!isOurs(canary, live)) return { ...foreign, ...wanted };
  const protocol = 'tcp' in wanted ? 'tcp' : 'http';
  const own = { isOurs: (route: JsonObject) => namesASide(canary, route), over: overForeign(OUR_ROUTE_FIELDS) };
  return {
    ...foreign,
    ...wanted,
    [protocol]: entriesOver(at(live, 'spec', protocol), objectsOf(wanted[protocol]), own),
  };
}

const namesASide = (canary: Canary, route: JsonObject): boolean =>
  [primaryServiceName(canary), canaryServiceName(canary)].some((host) => weightOf(route, host) !== undefined);

const OUR_ROUTE_FIELDS = [
  'match',
  'rewrite',
  'timeout',
  'retries',
  'corsPolicy',
  'headers',
  'route',
  'mirror',
  'mirrorPercentage',
];

/** The split that a live VirtualService makes: its last route that knows the canary. */
export function read(live: KubeObject, canary: Canary): Routes | UnreadableRoutes {
  const list = objectsOf(at(live, 'spec', isTcp(canary) ? 'tcp' : 'http'));
  const host = canaryServiceName(canary);
  const route = list.findLast((candidate) => weightOf(candidate, host) !== undefined);
  const mirrored = Boolean(at(route, 'mirror', 'host')) && !isTcp(canary);
  const split = splitOf(weightOf(route, primaryServiceName(canary)), weightOf(route, host), mirrored);
  if (split) return split;
  const apex = apexName(canary);
  return {
    unreadable: `VirtualService ${apex}.${namespaceOf(canary)} does not contain routes for ${apex}-primary and ${apex}-canary`,
  };
}

/** The weight of a host in a route, undefined when it is not there; a lone destination gets everything. */
function weightOf(route: JsonObject | undefined, host: string): number | undefined {
  const all = objectsOf(route?.['route']);
  const found = all.find((one) => at(one, 'destination', 'host') === host);
  return found && (numberOf(found['weight']) ?? (all.length === 1 ? 100 : 0));
}

/** Istio: two DestinationRules and one VirtualService (spec traffic 2). */
import type { Canary } from '../canary';
import { gateways, hosts, namespaceOf } from '../defaults';
import {
  at,
  isObject,
  type JsonObject,
  mergePatchBetween,
  numberOf,
  objectOf,
  objectsOf,
  sameJson,
  textMapOf,
} from '../json';
import type { KubeObject } from '../kube';
import { apexName, canaryServiceName, primaryServiceName, type SelectorLabel } from '../names';
import {
  adoptedReferences,
  filled,
  isOwnedBy,
  LAST_APPLIED,
  ownedMetadata,
  TOOLKIT_ANNOTATIONS,
  withFields,
} from '../objects/metadata';
import { isTcp, istioRoutes } from './istio-routes';
import { ALL_TO_PRIMARY, isUnreadable, type Routes, type UnreadableRoutes } from './routes';

export const ISTIO_API = 'networking.istio.io/v1beta1';

/** The spec that a taken-over VirtualService had, as JSON. */
export const ORIGINAL_CONFIGURATION = 'flagger.kubernetes.io/original-configuration';

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
 * @throws Error for delegation with hosts or gateways. @throws NotBuiltYet for session affinity.
 */
export function render(canary: Canary, routes?: Routes, live: LiveIstio = {}, selector?: SelectorLabel): IstioObjects {
  return {
    destinationRules: [
      destinationRule(canary, canaryServiceName(canary), live.canaryRule),
      destinationRule(canary, primaryServiceName(canary), live.primaryRule),
    ],
    virtualService: virtualService(canary, routes, live.virtualService, selector),
  };
}

/** The DestinationRule of one side; over a live one everything but the spec stays. */
export function destinationRule(canary: Canary, host: string, live?: KubeObject): KubeObject {
  const policy = at(canary, 'spec', 'service', 'trafficPolicy');
  const spec = { host, ...(policy === undefined ? {} : { trafficPolicy: policy }) };
  if (live) return withFields(live, referencesOf(canary, live), { spec });
  return { apiVersion: ISTIO_API, kind: 'DestinationRule', metadata: ownedMetadata(canary, host), spec };
}

const referencesOf = (canary: Canary, live: KubeObject) => {
  const ownerReferences = adoptedReferences(canary, live);
  return ownerReferences ? { ownerReferences } : {};
};

/**
 * The VirtualService with a split. Over a live one, foreign metadata and fields stay, `undefined` routes keep the live
 * split (T1, T2), and the spec of one that was not made for this Canary is recorded once (T3).
 */
export function virtualService(
  canary: Canary,
  routes?: Routes,
  live?: KubeObject,
  selector?: SelectorLabel,
): KubeObject {
  const metadata = routingMetadata(canary, selector);
  if (!live) {
    const spec = { ...scope(canary), ...istioRoutes(canary, routes ?? ALL_TO_PRIMARY) };
    return {
      apiVersion: ISTIO_API,
      kind: 'VirtualService',
      metadata: ownedMetadata(canary, apexName(canary), metadata),
      spec,
    };
  }
  const spec = specOver(canary, routes ?? liveRoutes(live, canary), live);
  return withFields(
    live,
    {
      ...filled('labels', { ...live.metadata.labels, ...metadata.labels }),
      annotations: { ...live.metadata.annotations, ...metadata.annotations, ...takeover(canary, live, spec) },
      ...referencesOf(canary, live),
    },
    { spec },
  );
}

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

/** Labels and annotations that the routing object shares with the apex Service. */
function routingMetadata(canary: Canary, selector?: SelectorLabel) {
  const apex = at(canary, 'spec', 'service', 'apex');
  const given = objectOf(apex);
  const quirk = isObject(apex) && selector ? { [selector.key]: apexName(canary) } : {};
  return {
    labels: { ...textMapOf(given['labels']), ...quirk },
    annotations: { ...textMapOf(given['annotations']), ...TOOLKIT_ANNOTATIONS },
  };
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
function specOver(canary: Canary, routes: Routes, live: KubeObject): JsonObject {
  const { hosts: _, gateways: __, http, tcp, ...foreign } = objectOf(live['spec']);
  const wanted = istioRoutes(canary, routes);
  const ours = isOurs(canary, live);
  if ('tcp' in wanted) return { ...foreign, ...scope(canary), tcp: ours ? routesOver(tcp, wanted.tcp) : wanted.tcp };
  return { ...foreign, ...scope(canary), http: ours ? routesOver(http, wanted.http) : wanted.http };
}

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

/** Fields that Serin never writes (`name`, `fault`, …) stay on the route in the same place. */
function routesOver(live: unknown, wanted: JsonObject[]): JsonObject[] {
  const present = Array.isArray(live) ? live : [];
  if (present.length !== wanted.length) return wanted;
  return wanted.map((route, index) => ({
    ...Object.fromEntries(Object.entries(objectOf(present[index])).filter(([key]) => !OUR_ROUTE_FIELDS.includes(key))),
    ...route,
  }));
}

/** Made for this Canary, or taken over before. */
const isOurs = (canary: Canary, live: KubeObject): boolean =>
  isOwnedBy(canary, live) || live.metadata.annotations?.[ORIGINAL_CONFIGURATION] !== undefined;

/** Recorded when a foreign object is changed for the first time; kubectl's own record makes it superfluous. */
function takeover(canary: Canary, live: KubeObject, spec: JsonObject): Record<string, string> {
  const recorded = live.metadata.annotations?.[LAST_APPLIED] !== undefined;
  if (recorded || isOurs(canary, live) || sameJson(live['spec'], spec)) return {};
  return { [ORIGINAL_CONFIGURATION]: JSON.stringify(live['spec']) };
}

/** The split that a live VirtualService makes: its last route that knows the canary. */
export function read(live: KubeObject, canary: Canary): Routes | UnreadableRoutes {
  const list = objectsOf(at(live, 'spec', isTcp(canary) ? 'tcp' : 'http'));
  const host = canaryServiceName(canary);
  const route = list.findLast((candidate) => weightOf(candidate, host) !== undefined);
  const primary = weightOf(route, primaryServiceName(canary)) ?? 0;
  const weight = weightOf(route, host) ?? 0;
  if (primary === 0 && weight === 0) {
    const apex = apexName(canary);
    return {
      unreadable: `VirtualService ${apex}.${namespaceOf(canary)} does not contain routes for ${apex}-primary and ${apex}-canary`,
    };
  }
  return { primary, canary: weight, mirrored: Boolean(at(route, 'mirror', 'host')) && !isTcp(canary) };
}

/** The weight of a host in a route, undefined when it is not there; a lone destination gets everything. */
function weightOf(route: JsonObject | undefined, host: string): number | undefined {
  const all = objectsOf(route?.['route']);
  const found = all.find((one) => at(one, 'destination', 'host') === host);
  return found && (numberOf(found['weight']) ?? (all.length === 1 ? 100 : 0));
}

/** What deleting a Canary with revertOnDeletion writes back. */
export type Reverted = { object: KubeObject } | { nothing: string };

/**
 * The VirtualService as it was before Serin took it over; nothing for one that was made for the Canary.
 * @throws Error when the recorded configuration is not JSON.
 */
export function finalize(canary: Canary, live: KubeObject): Reverted {
  if (isOwnedBy(canary, live)) return { nothing: 'made for this Canary: it goes with it' };
  const { [ORIGINAL_CONFIGURATION]: original, ...annotations } = live.metadata.annotations ?? {};
  const spec = recorded(live, LAST_APPLIED, 'spec') ?? recorded(live, ORIGINAL_CONFIGURATION);
  if (spec === undefined) return { nothing: 'no original configuration was recorded' };
  return { object: withFields(live, { annotations }, { spec }) };
}

function recorded(live: KubeObject, annotation: string, ...path: string[]): unknown {
  const text = live.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  try {
    return at(JSON.parse(text), ...path);
  } catch (cause) {
    const { name, namespace = 'default' } = live.metadata;
    throw new Error(`VirtualService ${name}.${namespace} annotation ${annotation} is not JSON`, { cause });
  }
}

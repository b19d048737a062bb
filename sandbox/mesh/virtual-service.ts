/** Which route of a VirtualService a request takes, pure. */
import type { KubeObject } from '../../model/kube';

export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface RouteMatch {
  uri?: StringMatch;
  method?: StringMatch;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  queryParams?: Record<string, StringMatch>;
  gateways?: string[];
}

export interface Destination {
  host: string;
}

export interface HttpRoute {
  match?: RouteMatch[];
  route?: { destination: Destination; weight?: number }[];
  mirror?: Destination;
  mirrorPercentage?: { value?: number };
}

export interface VirtualService extends KubeObject {
  spec: { hosts?: string[]; gateways?: string[]; http?: HttpRoute[] };
}

/** What of a request routing looks at. */
export interface Call {
  /** Where it enters: by a gateway from outside, or from a pod in the mesh. */
  via: 'gateway' | 'mesh';
  /** Full name of the host asked for, without port. */
  host: string;
  path: string;
  query: URLSearchParams;
  method: string;
  /** Names in lower case. */
  headers: Record<string, string>;
}

/** A Service's full name; one without dots is of the given namespace. */
export function fullName(host: string, namespace: string): string {
  const parts = host.split('.');
  if (parts.length === 1) return `${host}.${namespace}.svc.cluster.local`;
  if (parts.length === 2 || (parts.length === 3 && parts[2] === 'svc')) {
    return `${parts[0]}.${parts[1]}.svc.cluster.local`;
  }
  return host;
}

/** The VirtualService that holds for the host where the call enters; an exact host beats a wildcard. */
export function virtualServiceFor(call: Call, services: readonly VirtualService[]): VirtualService | undefined {
  const here = services.filter((one) => entersBy(one.spec.gateways ?? ['mesh'], call.via));
  let best: { service: VirtualService; rank: number } | undefined;
  for (const service of here) {
    for (const host of service.spec.hosts ?? []) {
      const rank = hostRank(host, call.host, service.metadata.namespace ?? '');
      if (rank > (best?.rank ?? 0)) best = { service, rank };
    }
  }
  return best?.service;
}

function entersBy(gateways: readonly string[], via: Call['via']): boolean {
  return via === 'mesh' ? gateways.includes('mesh') : gateways.some((gateway) => gateway !== 'mesh');
}

/** How well a host of a VirtualService fits, 0 when it does not. */
function hostRank(pattern: string, host: string, namespace: string): number {
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1)) ? pattern.length : 0;
  return pattern === host || fullName(pattern, namespace) === host ? Number.POSITIVE_INFINITY : 0;
}

/** The first route whose conditions hold; a route without conditions takes everything. */
export function routeFor(call: Call, routes: readonly HttpRoute[]): HttpRoute | undefined {
  return routes.find(({ match }) => !match || match.length === 0 || match.some((one) => fits(one, call)));
}

function fits(match: RouteMatch, call: Call): boolean {
  const all = (wanted: Record<string, StringMatch> | undefined, seen: (name: string) => string | undefined) =>
    Object.entries(wanted ?? {}).every(([name, one]) => textFits(one, seen(name)));
  const header = (name: string) => call.headers[name.toLowerCase()];
  const without = Object.entries(match.withoutHeaders ?? {});
  return (
    (!match.uri || textFits(match.uri, call.path)) &&
    (!match.method || textFits(match.method, call.method)) &&
    (!match.gateways || entersBy(match.gateways, call.via)) &&
    all(match.headers, header) &&
    all(match.queryParams, (name) => call.query.get(name) ?? undefined) &&
    without.every(([name, one]) => !textFits(one, header(name)))
  );
}

/** An empty match asks only that there is a value. */
function textFits(match: StringMatch, seen: string | undefined): boolean {
  if (seen === undefined) return false;
  if (match.exact !== undefined) return seen === match.exact;
  if (match.prefix !== undefined) return seen.startsWith(match.prefix);
  if (match.regex !== undefined) return new RegExp(`^(?:${match.regex})$`).test(seen);
  return true;
}

/** Destinations by share. The weight of a lone destination does not count, as in Istio. */
export function weighted(route: HttpRoute): { host: string; weight: number }[] {
  const destinations = route.route ?? [];
  if (destinations.length === 1) return [{ host: destinations[0]!.destination.host, weight: 1 }];
  return destinations.map(({ destination, weight }) => ({ host: destination.host, weight: weight ?? 0 }));
}

/** The share of requests that is mirrored, 0 to 1. */
export function mirrorShare(route: HttpRoute): number {
  if (!route.mirror?.host) return 0;
  return (route.mirrorPercentage?.value ?? 100) / 100;
}

import type { HttpRoute, MeshView } from './mesh-view';

/** A stream of equal requests to one host. */
export interface Load {
  /** As callers write it: a short Service name, or a host of the VirtualService. */
  host: string;
  perSecond: number;
  /** Where it enters: `mesh` (from a pod), the name of a gateway, or `gateway` for any one. Routed only if listed. */
  via: string;
  /** Lower-case names, for A/B routes. */
  headers?: Record<string, string>;
  /** Every answer has this status, as with podinfo's `/status/500`. */
  status?: number;
  /** Every answer takes this much longer, as with podinfo's `/delay/1`. */
  delayMs?: number;
}

/** Where a share (0 to 1) of a load goes. Mirrored copies come on top, and their answers are thrown away. */
export interface Share {
  host: string;
  share: number;
  mirrored: boolean;
}

/** Splits a load as Istio would with the live routes. */
export function sharesOf(load: Load, mesh: MeshView, apex: string): Share[] {
  const named = load.host === apex || mesh.hosts.includes(load.host) || mesh.hosts.includes('*');
  const listed =
    load.via === 'gateway' ? mesh.gateways.some((each) => each !== 'mesh') : mesh.gateways.includes(load.via);
  const applies = named && listed;
  const route = applies ? mesh.routes.find((each) => matches(each, load.headers ?? {})) : undefined;
  const destinations = route?.route ?? [];
  if (route === undefined || destinations.length === 0) return [{ host: load.host, share: 1, mirrored: false }];
  // Istio ignores the weight of a lone destination.
  const weights = destinations.length === 1 ? [1] : destinations.map(({ weight }) => weight ?? 0);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares: Share[] = destinations.map(({ destination }, index) => ({
    host: shortName(destination.host),
    share: sum === 0 ? 0 : (weights[index] ?? 0) / sum,
    mirrored: false,
  }));
  if (route.mirror !== undefined) {
    const share = (route.mirrorPercentage?.value ?? 100) / 100;
    shares.push({ host: shortName(route.mirror.host), share, mirrored: true });
  }
  return shares.filter(({ share }) => share > 0);
}

function matches(route: HttpRoute, headers: Record<string, string>): boolean {
  if (route.match === undefined || route.match.length === 0) return true;
  return route.match.some((entry) =>
    Object.entries(entry.headers ?? {}).every(([name, match]) => {
      const value = headers[name.toLowerCase()];
      if (value === undefined) return false;
      if (match.exact !== undefined) return value === match.exact;
      if (match.prefix !== undefined) return value.startsWith(match.prefix);
      return match.regex === undefined || new RegExp(`^(?:${match.regex})$`).test(value);
    }),
  );
}

function shortName(host: string): string {
  return host.split('.')[0] ?? host;
}

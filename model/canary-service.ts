/** `spec.service`: how the workload is exposed. */
import type { GatewayReference, MirrorTarget } from './gateway-reference';
import type { HttpMatch } from './http-match';
import type { CorsPolicy, HeaderPolicy, RetryPolicy, RewritePolicy, TrafficPolicy } from './istio-policy';
import type { HostName, IntOrString, Port, StringMap } from './scalars';

/**
 * How the workload is exposed: three Services and the routes between them.
 * @cel [{
 *   rule: "!(has(self.delegation) && self.delegation) || ((!has(self.hosts) || self.hosts.size() == 0) && (!has(self.gateways) || self.gateways.size() == 0))",
 *   message: "delegation excludes hosts and gateways: remove them, the root VirtualService has them"
 * }]
 */
export interface CanaryService {
  /**
   * The apex name; `<name>-primary` and `<name>-canary` are derived from it. Treat it as immutable.
   * @defaultValue targetRef.name
   * @maxLength 55
   */
  name?: string;
  /** Port of the three Services. */
  port: Port;
  /**
   * Name of that port; a hint of the protocol for some meshes.
   * @defaultValue http
   */
  portName?: string;
  /**
   * Number or name of the container's port.
   * @defaultValue port
   */
  targetPort?: IntOrString;
  /** Copied to the port; `tcp` in any case makes Istio route TCP. */
  appProtocol?: string;
  trafficDistribution?: 'PreferClose' | 'PreferSameZone' | 'PreferSameNode';
  /**
   * Add every other port of the containers.
   * @defaultValue false
   */
  portDiscovery?: boolean;
  /**
   * Create the Services without cluster IP.
   * @defaultValue false
   */
  headless?: boolean;
  /** Timeout of a request, a duration. */
  timeout?: string;
  /** Gateway API v1 only: timeout of one attempt, a duration. */
  backendTimeout?: string;
  /**
   * Istio gateways, `<name>`, `<namespace>/<name>` or `mesh`.
   * @defaultValue ["mesh"]
   * @maxItems 64
   */
  gateways?: HostName[];
  /**
   * Gateway API parents of the HTTPRoute.
   * @maxItems 32
   */
  gatewayRefs?: GatewayReference[];
  /**
   * Host names that are routed; Istio adds the apex.
   * @maxItems 64
   */
  hosts?: HostName[];
  /**
   * Make the VirtualService a delegate: no hosts, no gateways.
   * @defaultValue false
   */
  delegation?: boolean;
  /** Istio: copied to both DestinationRules. */
  trafficPolicy?: TrafficPolicy;
  /**
   * Conditions of every generated route.
   * @maxItems 64
   */
  match?: HttpMatch[];
  rewrite?: RewritePolicy;
  retries?: RetryPolicy;
  headers?: HeaderPolicy;
  /**
   * Gateway API only: permanent extra mirrors.
   * @maxItems 8
   */
  mirror?: MirrorTarget[];
  corsPolicy?: CorsPolicy;
  /** App Mesh only. */
  meshName?: string;
  /** App Mesh only. */
  backends?: string[];
  /** Metadata of the apex Service and of the routing object. */
  apex?: CustomMetadata;
  /** Metadata of the primary Service. */
  primary?: CustomMetadata;
  /** Metadata of the canary Service. */
  canary?: CustomMetadata;
  /** Keys on the generated Services that are left alone. */
  unmanagedMetadata?: UnmanagedMetadata;
}

export interface CustomMetadata {
  labels?: StringMap;
  annotations?: StringMap;
}

export interface UnmanagedMetadata {
  labels?: string[];
  annotations?: string[];
}

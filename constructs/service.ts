/** How the workload is exposed: three Services and the routes between them. */
import type { Duration } from 'cdk8s';
import type { CorsPolicy, HeaderPolicy, HttpMatch, RetryPolicy, RewritePolicy } from './http-policy';
import type { IGateway } from './references';
import { render } from './render';
import type { TrafficPolicy } from './traffic-policy';

/** Which pods of a Service are preferred. */
export enum TrafficDistribution {
  /** Pods that are near the caller. */
  PREFER_CLOSE = 'PreferClose',
  /** Pods in the zone of the caller. */
  PREFER_SAME_ZONE = 'PreferSameZone',
  /** Pods on the node of the caller. */
  PREFER_SAME_NODE = 'PreferSameNode',
}

/** A parent of the HTTPRoute (Gateway API). */
export interface GatewayReference {
  /** Name of the parent. */
  readonly name: string;
  /**
   * @default gateway.networking.k8s.io
   */
  readonly group?: string;
  /**
   * @default Gateway
   */
  readonly kind?: string;
  /**
   * @default - the namespace of the Canary
   */
  readonly namespace?: string;
  /**
   * @default - every listener
   */
  readonly sectionName?: string;
  /**
   * @default - every port
   */
  readonly port?: number;
}

/** Where mirrored requests go. */
export interface BackendReference {
  /** Name of the backend. */
  readonly name: string;
  /**
   * @default - the core group
   */
  readonly group?: string;
  /**
   * @default Service
   */
  readonly kind?: string;
  /**
   * @default - the namespace of the route
   */
  readonly namespace?: string;
  /**
   * Needed for a Service.
   * @default - none
   */
  readonly port?: number;
}

/** A permanent extra mirror (Gateway API). */
export interface MirrorTarget {
  /** Where the copies go. */
  readonly backendRef: BackendReference;
}

/** Metadata of a generated object. */
export interface CustomMetadata {
  /**
   * @default - none
   */
  readonly labels?: { [name: string]: string };
  /**
   * @default - none
   */
  readonly annotations?: { [name: string]: string };
}

/** Names of labels and annotations. */
export interface MetadataKeys {
  /**
   * @default - none
   */
  readonly labels?: string[];
  /**
   * @default - none
   */
  readonly annotations?: string[];
}

/** Names, ports and routes of a release. */
export interface CanaryService {
  /**
   * The apex name; `<name>-primary` and `<name>-canary` are derived from it. Do not change it later.
   * @default - the name of the target
   */
  readonly name?: string;
  /**
   * Port of the three Services.
   * @default - the container port that `targetPort` or `targetPortName` names, else the first one of the target
   */
  readonly port?: number;
  /**
   * Name of that port.
   * @default - the name of the container port that `port` was read from, else http
   */
  readonly portName?: string;
  /**
   * Number of the container's port.
   * @default - `port`
   */
  readonly targetPort?: number;
  /**
   * Name of the container's port, in place of `targetPort`.
   * @default - `targetPort`
   */
  readonly targetPortName?: string;
  /**
   * Application protocol of the port; `tcp` makes Istio route TCP.
   * @default - none
   */
  readonly appProtocol?: string;
  /**
   * @default - every pod alike
   */
  readonly trafficDistribution?: TrafficDistribution;
  /**
   * Also expose every other port of the containers.
   * @default false
   */
  readonly portDiscovery?: boolean;
  /**
   * Create the Services without a cluster IP.
   * @default false
   */
  readonly headless?: boolean;
  /**
   * Timeout of a request.
   * @default - none
   */
  readonly timeout?: Duration;
  /**
   * Timeout of one attempt (Gateway API v1).
   * @default - none
   */
  readonly backendTimeout?: Duration;
  /**
   * Istio gateways. `Gateway.MESH` is not added to a list: name it when calls from inside the mesh are routed too.
   * @default - [Gateway.MESH]
   */
  readonly gateways?: IGateway[];
  /**
   * Parents of the HTTPRoute (Gateway API).
   * @default - none
   */
  readonly gatewayRefs?: GatewayReference[];
  /**
   * Host names that are routed; Istio adds the apex.
   * @default - the apex
   */
  readonly hosts?: string[];
  /**
   * Make the VirtualService a delegate of another: no hosts, no gateways.
   * @default false
   */
  readonly delegation?: boolean;
  /**
   * @default - Istio's own
   */
  readonly trafficPolicy?: TrafficPolicy;
  /**
   * Conditions of every generated route: any of them.
   * @default - every request
   */
  readonly match?: HttpMatch[];
  /**
   * @default - path and host are left alone
   */
  readonly rewrite?: RewritePolicy;
  /**
   * @default - the provider's own
   */
  readonly retries?: RetryPolicy;
  /**
   * @default - headers are left alone
   */
  readonly headers?: HeaderPolicy;
  /**
   * Permanent extra mirrors (Gateway API).
   * @default - none
   */
  readonly mirror?: MirrorTarget[];
  /**
   * @default - none
   */
  readonly corsPolicy?: CorsPolicy;
  /**
   * App Mesh only.
   * @default - none
   */
  readonly meshName?: string;
  /**
   * App Mesh only.
   * @default - none
   */
  readonly backends?: string[];
  /**
   * Metadata of the apex Service and of the routing object.
   * @default - none
   */
  readonly apex?: CustomMetadata;
  /**
   * Metadata of the primary Service.
   * @default - none
   */
  readonly primary?: CustomMetadata;
  /**
   * Metadata of the canary Service.
   * @default - none
   */
  readonly canary?: CustomMetadata;
  /**
   * What others write on the generated Services and Serin leaves alone.
   * @default - none: the controller owns all labels and annotations
   */
  readonly unmanagedMetadata?: MetadataKeys;
}

/**
 * The service as a manifest has it.
 * @throws Error when both forms of the container's port are given.
 * @internal
 */
export function renderService(service: CanaryService): unknown {
  const { gateways, targetPort, targetPortName, ...rest } = service;
  if (targetPort !== undefined && targetPortName !== undefined) {
    throw new Error(`service: targetPort ${targetPort} and targetPortName ${targetPortName} are both set; remove one`);
  }
  return render({
    ...rest,
    targetPort: targetPort ?? targetPortName,
    gateways: gateways?.map((gateway) => gateway.reference),
  });
}

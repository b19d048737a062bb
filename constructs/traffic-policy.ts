/** Istio's traffic policy, as it is copied to both DestinationRules. */
import type { Duration } from 'cdk8s';

/** TLS between the proxies and the pods. */
export enum TlsMode {
  /** Plain text. */
  DISABLE = 'DISABLE',
  /** TLS without a client certificate. */
  SIMPLE = 'SIMPLE',
  /** TLS with a client certificate of your own. */
  MUTUAL = 'MUTUAL',
  /** TLS with the mesh's own certificates. */
  ISTIO_MUTUAL = 'ISTIO_MUTUAL',
}

/** Whether connections to the pods are upgraded to HTTP/2. */
export enum H2UpgradePolicy {
  /** As the mesh says. */
  DEFAULT = 'DEFAULT',
  /** Never. */
  DO_NOT_UPGRADE = 'DO_NOT_UPGRADE',
  /** Always. */
  UPGRADE = 'UPGRADE',
}

/** How a proxy chooses a pod. */
export enum LoadBalancing {
  /** Each in its turn. */
  ROUND_ROBIN = 'ROUND_ROBIN',
  /** The one with the fewest requests; Istio's old name of `LEAST_REQUEST`. */
  LEAST_CONN = 'LEAST_CONN',
  /** The one with the fewest requests. */
  LEAST_REQUEST = 'LEAST_REQUEST',
  /** Any. */
  RANDOM = 'RANDOM',
  /** The one that the caller addressed. */
  PASSTHROUGH = 'PASSTHROUGH',
}

/** Limits of HTTP connections to the pods. */
export interface HttpConnectionPool {
  readonly h2UpgradePolicy?: H2UpgradePolicy;
  readonly http1MaxPendingRequests?: number;
  readonly http2MaxRequests?: number;
  readonly idleTimeout?: Duration;
  readonly maxRequestsPerConnection?: number;
  readonly maxRetries?: number;
}

/** Limits of connections to the pods. */
export interface ConnectionPool {
  readonly http?: HttpConnectionPool;
  /** Istio's settings of TCP connections, forwarded as they are. */
  readonly tcp?: { [field: string]: unknown };
}

/** A cookie whose value picks the pod. */
export interface HashCookie {
  readonly name?: string;
  readonly path?: string;
  readonly ttl?: Duration;
}

/** What keeps a client on one pod: set exactly one of the first four. */
export interface ConsistentHash {
  readonly httpHeaderName?: string;
  readonly httpCookie?: HashCookie;
  readonly useSourceIp?: boolean;
  readonly httpQueryParameterName?: string;
  readonly minimumRingSize?: number;
}

/** Where the requests of one locality go. */
export interface LocalityDistribution {
  readonly from?: string;
  /** Locality to percent. */
  readonly to?: { [locality: string]: number };
}

/** Where the requests of a region go when its pods are down. */
export interface LocalityFailover {
  readonly from?: string;
  readonly to?: string;
}

/** How requests spread over zones and regions. */
export interface LocalityLoadBalancing {
  readonly enabled?: boolean;
  readonly distribute?: LocalityDistribution[];
  readonly failover?: LocalityFailover[];
}

/** How requests spread over pods: set exactly one of `simple` and `consistentHash`. */
export interface LoadBalancer {
  readonly simple?: LoadBalancing;
  readonly consistentHash?: ConsistentHash;
  readonly localityLbSetting?: LocalityLoadBalancing;
  readonly warmupDurationSecs?: Duration;
}

/** When a pod that answers badly gets no more requests. */
export interface OutlierDetection {
  readonly baseEjectionTime?: Duration;
  readonly interval?: Duration;
  readonly consecutive5xxErrors?: number;
  readonly consecutiveErrors?: number;
  readonly consecutiveGatewayErrors?: number;
  readonly consecutiveLocalOriginFailures?: number;
  /** Percent. */
  readonly maxEjectionPercent?: number;
  /** Percent. */
  readonly minHealthPercent?: number;
  readonly splitExternalLocalOriginErrors?: boolean;
}

/** TLS of connections to the pods. */
export interface ClientTls {
  readonly mode?: TlsMode;
  readonly caCertificates?: string;
  readonly clientCertificate?: string;
  readonly privateKey?: string;
  readonly sni?: string;
  readonly subjectAltNames?: string[];
  /** Istio: name of a Secret with the certificates. */
  readonly credentialName?: string;
}

/** How proxies talk to the pods of both sides. */
export interface TrafficPolicy {
  readonly connectionPool?: ConnectionPool;
  readonly loadBalancer?: LoadBalancer;
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ClientTls;
  /** Policies of single ports, in Istio's form, forwarded as they are. */
  readonly portLevelSettings?: { [field: string]: unknown }[];
}

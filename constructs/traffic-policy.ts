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
  /**
   * @default H2UpgradePolicy.DEFAULT
   */
  readonly h2UpgradePolicy?: H2UpgradePolicy;
  /**
   * @default - no limit
   */
  readonly http1MaxPendingRequests?: number;
  /**
   * @default - no limit
   */
  readonly http2MaxRequests?: number;
  /**
   * @default - one hour
   */
  readonly idleTimeout?: Duration;
  /**
   * @default - no limit
   */
  readonly maxRequestsPerConnection?: number;
  /**
   * @default - no limit
   */
  readonly maxRetries?: number;
}

/** Limits of connections to the pods. */
export interface ConnectionPool {
  /**
   * @default - Istio's own
   */
  readonly http?: HttpConnectionPool;
  /**
   * Istio's settings of TCP connections, forwarded as they are.
   * @default - Istio's own
   */
  readonly tcp?: { [field: string]: unknown };
}

/** A cookie whose value picks the pod. */
export interface HashCookie {
  /**
   * @default - none
   */
  readonly name?: string;
  /**
   * @default - none
   */
  readonly path?: string;
  /**
   * @default - a session
   */
  readonly ttl?: Duration;
}

/** What keeps a client on one pod: set exactly one of the first four. */
export interface ConsistentHash {
  /**
   * @default - another key
   */
  readonly httpHeaderName?: string;
  /**
   * @default - another key
   */
  readonly httpCookie?: HashCookie;
  /**
   * @default false
   */
  readonly useSourceIp?: boolean;
  /**
   * @default - another key
   */
  readonly httpQueryParameterName?: string;
  /**
   * @default 1024
   */
  readonly minimumRingSize?: number;
}

/** Where the requests of one locality go. */
export interface LocalityDistribution {
  /**
   * @default - none
   */
  readonly from?: string;
  /**
   * Locality to percent.
   * @default - none
   */
  readonly to?: { [locality: string]: number };
}

/** Where the requests of a region go when its pods are down. */
export interface LocalityFailover {
  /**
   * @default - none
   */
  readonly from?: string;
  /**
   * @default - none
   */
  readonly to?: string;
}

/** How requests spread over zones and regions. */
export interface LocalityLoadBalancing {
  /**
   * @default - as the mesh has it
   */
  readonly enabled?: boolean;
  /**
   * @default - none
   */
  readonly distribute?: LocalityDistribution[];
  /**
   * @default - none
   */
  readonly failover?: LocalityFailover[];
}

/** How requests spread over pods: set exactly one of `simple` and `consistentHash`. */
export interface LoadBalancer {
  /**
   * @default - consistentHash
   */
  readonly simple?: LoadBalancing;
  /**
   * @default - simple
   */
  readonly consistentHash?: ConsistentHash;
  /**
   * @default - as the mesh has it
   */
  readonly localityLbSetting?: LocalityLoadBalancing;
  /**
   * @default - none
   */
  readonly warmupDurationSecs?: Duration;
}

/** When a pod that answers badly gets no more requests. */
export interface OutlierDetection {
  /**
   * @default Duration.seconds(30)
   */
  readonly baseEjectionTime?: Duration;
  /**
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;
  /**
   * @default 5
   */
  readonly consecutive5xxErrors?: number;
  /**
   * @default - none; Istio has put consecutive5xxErrors in its place
   */
  readonly consecutiveErrors?: number;
  /**
   * @default - none
   */
  readonly consecutiveGatewayErrors?: number;
  /**
   * @default 5
   */
  readonly consecutiveLocalOriginFailures?: number;
  /**
   * Percent.
   * @default 10
   */
  readonly maxEjectionPercent?: number;
  /**
   * Percent.
   * @default 0
   */
  readonly minHealthPercent?: number;
  /**
   * @default false
   */
  readonly splitExternalLocalOriginErrors?: boolean;
}

/** TLS of connections to the pods. */
export interface ClientTls {
  /**
   * @default TlsMode.DISABLE
   */
  readonly mode?: TlsMode;
  /**
   * @default - none
   */
  readonly caCertificates?: string;
  /**
   * @default - none
   */
  readonly clientCertificate?: string;
  /**
   * @default - none
   */
  readonly privateKey?: string;
  /**
   * @default - none
   */
  readonly sni?: string;
  /**
   * @default - not checked
   */
  readonly subjectAltNames?: string[];
  /**
   * Istio: name of a Secret with the certificates.
   * @default - none
   */
  readonly credentialName?: string;
}

/** How proxies talk to the pods of both sides. */
export interface TrafficPolicy {
  /**
   * @default - Istio's own
   */
  readonly connectionPool?: ConnectionPool;
  /**
   * @default - Istio's own
   */
  readonly loadBalancer?: LoadBalancer;
  /**
   * @default - Istio's own
   */
  readonly outlierDetection?: OutlierDetection;
  /**
   * @default - Istio's own
   */
  readonly tls?: ClientTls;
  /**
   * Policies of single ports, in Istio's form, forwarded as they are.
   * @default - none
   */
  readonly portLevelSettings?: { [field: string]: unknown }[];
}

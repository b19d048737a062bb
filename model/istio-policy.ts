/** Istio's traffic policy and CORS policy as `spec.service` takes them; copied to the generated objects as they are. */
import type { Integer, StringMap } from './scalars';

/** Copied to both DestinationRules. */
export interface TrafficPolicy {
  connectionPool?: ConnectionPool;
  loadBalancer?: LoadBalancer;
  outlierDetection?: OutlierDetection;
  tls?: ClientTls;
  /**
   * Policies of single ports; they replace the ones above for their port.
   * @maxItems 4096
   */
  portLevelSettings?: PortTrafficPolicy[];
}

/**
 * A policy of one port: `port.number` and any field of TrafficPolicy.
 * @preserve
 */
export interface PortTrafficPolicy {
  [field: string]: unknown;
}

export interface ConnectionPool {
  http?: HttpConnectionPool;
  /** Istio's settings of TCP connections, forwarded as they are. */
  tcp?: AnyFields;
}

/**
 * Fields that are forwarded as they are.
 * @preserve
 */
export interface AnyFields {
  [field: string]: unknown;
}

export interface HttpConnectionPool {
  h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE';
  http1MaxPendingRequests?: Integer;
  http2MaxRequests?: Integer;
  /** A duration. */
  idleTimeout?: string;
  maxRequestsPerConnection?: Integer;
  maxRetries?: Integer;
}

/**
 * How requests spread over pods: exactly one of `simple` and `consistentHash`.
 * @preserve
 * @schema { oneOf: [{ required: ["simple"] }, { required: ["consistentHash"] }] }
 */
export interface LoadBalancer {
  simple?: 'ROUND_ROBIN' | 'LEAST_CONN' | 'RANDOM' | 'PASSTHROUGH' | 'LEAST_REQUEST';
  consistentHash?: ConsistentHash;
  localityLbSetting?: LocalityLbSetting;
  /** A duration. */
  warmupDurationSecs?: string;
  [field: string]: unknown;
}

/**
 * What keeps a client on one pod: exactly one key.
 * @schema { oneOf: [{ required: ["httpHeaderName"] }, { required: ["httpCookie"] }, { required: ["useSourceIp"] }, { required: ["httpQueryParameterName"] }] }
 */
export interface ConsistentHash {
  httpHeaderName?: string;
  httpCookie?: HashCookie;
  useSourceIp?: boolean;
  httpQueryParameterName?: string;
  minimumRingSize?: Integer;
}

export interface HashCookie {
  name?: string;
  path?: string;
  /** A duration. */
  ttl?: string;
}

export interface LocalityLbSetting {
  enabled?: boolean;
  distribute?: LocalityDistribution[];
  failover?: LocalityFailover[];
}

export interface LocalityDistribution {
  from?: string;
  /** Locality to weight. */
  to?: Record<string, Integer>;
}

export interface LocalityFailover {
  from?: string;
  to?: string;
}

export interface OutlierDetection {
  /** A duration. */
  baseEjectionTime?: string;
  /** A duration. */
  interval?: string;
  consecutive5xxErrors?: Integer;
  consecutiveErrors?: Integer;
  consecutiveGatewayErrors?: Integer;
  consecutiveLocalOriginFailures?: Integer;
  maxEjectionPercent?: Integer;
  minHealthPercent?: Integer;
  splitExternalLocalOriginErrors?: boolean;
}

/**
 * TLS towards the pods.
 * @preserve
 */
export interface ClientTls {
  mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL';
  caCertificates?: string;
  clientCertificate?: string;
  privateKey?: string;
  sni?: string;
  subjectAltNames?: string[];
  [field: string]: unknown;
}

export interface CorsPolicy {
  allowCredentials?: boolean;
  allowHeaders?: string[];
  allowMethods?: string[];
  /** Exact origins. */
  allowOrigin?: string[];
  allowOrigins?: OriginMatch[];
  exposeHeaders?: string[];
  /** A duration. */
  maxAge?: string;
}

/**
 * An origin: exactly one of the three.
 * @schema { oneOf: [{ required: ["exact"] }, { required: ["prefix"] }, { required: ["regex"] }] }
 */
export interface OriginMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

/** Istio's retries. */
export interface RetryPolicy {
  attempts?: Integer;
  /** A duration. */
  perTryTimeout?: string;
  /** Conditions, separated by commas. */
  retryOn?: string;
}

/** Header operations of requests and responses. */
export interface HeaderPolicy {
  request?: HeaderOperations;
  response?: HeaderOperations;
}

export interface HeaderOperations {
  add?: StringMap;
  set?: StringMap;
  remove?: string[];
}

/** Rewrites the path or the authority before forwarding. */
export interface RewritePolicy {
  uri?: string;
  authority?: string;
  /**
   * Gateway API only: `ReplacePrefixMatch`, or anything else for a full replacement.
   * @defaultValue ReplaceFullPath
   */
  type?: string;
}

/** References in the shape of the Gateway API. */
import type { Port } from './scalars';

/** A parent of the HTTPRoute. */
export interface GatewayReference {
  /**
   * @minLength 1
   * @maxLength 253
   */
  name: string;
  /**
   * @default "gateway.networking.k8s.io"
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group?: string;
  /**
   * @default "Gateway"
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind?: string;
  /**
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string;
  /**
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  sectionName?: string;
  port?: Port;
}

/** A permanent extra mirror. */
export interface MirrorTarget {
  backendRef: BackendReference;
}

/**
 * A Service, or another kind of backend.
 * @cel [{ rule: "!(size(self.group) == 0 && self.kind == 'Service') || has(self.port)", message: "Must have port for Service reference" }]
 */
export interface BackendReference {
  /**
   * @minLength 1
   * @maxLength 253
   */
  name: string;
  /**
   * @default ""
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group?: string;
  /**
   * @default "Service"
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind?: string;
  /**
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string;
  port?: Port;
}

/** MetricTemplate: a query that many Canaries share. */
import type { KubeObject } from './kube';
import type { Url } from './scalars';

export interface MetricTemplate extends KubeObject {
  spec: MetricTemplateSpec;
}

export interface MetricTemplateSpec {
  provider: MetricProvider;
  /**
   * A Go template of the provider's query.
   * @minLength 1
   * @maxLength 65536
   */
  query: string;
}

export type MetricProviderType =
  | 'prometheus'
  | 'influxdb'
  | 'datadog'
  | 'externalmetrics'
  | 'stackdriver'
  | 'cloudwatch'
  | 'newrelic'
  | 'graphite'
  | 'dynatrace'
  | 'keptn'
  | 'splunk';

/**
 * Where the query is sent.
 * @cel [
 *   {
 *     rule: "!(self.type in ['prometheus', 'influxdb', 'graphite', 'dynatrace', 'splunk']) || has(self.address)",
 *     message: "this provider needs an address"
 *   },
 *   {
 *     rule: "!(self.type in ['prometheus', 'influxdb', 'graphite', 'dynatrace', 'splunk']) || !has(self.address) || (isURL(self.address) && (url(self.address).getScheme() in ['http', 'https'] || (self.type == 'splunk' && url(self.address).getScheme() == 'wss')))",
 *     message: "address must be an absolute http or https URL"
 *   },
 *   { rule: "self.type != 'cloudwatch' || (has(self.region) && self.region.size() > 0)", message: "cloudwatch needs a region" },
 *   {
 *     rule: "!(self.type in ['datadog', 'newrelic', 'dynatrace', 'splunk', 'stackdriver']) || has(self.secretRef)",
 *     message: "this provider needs a secretRef"
 *   }
 * ]
 */
export interface MetricProvider {
  type: MetricProviderType;
  /** Base URL. */
  address?: Url;
  /**
   * Extra request headers; prometheus only.
   * @maxProperties 64
   */
  headers?: Record<string, HeaderValues>;
  /** A Secret in the namespace of the template. */
  secretRef?: SecretReference;
  /**
   * cloudwatch only.
   * @maxLength 64
   */
  region?: string;
  /**
   * Do not check the certificate; prometheus, graphite and externalmetrics only.
   * @defaultValue false
   */
  insecureSkipVerify?: boolean;
}

/**
 * All values of one header.
 * @maxItems 16
 */
export type HeaderValues = HeaderValue[];

/** @maxLength 8192 */
export type HeaderValue = string;

export interface SecretReference {
  /** @maxLength 253 */
  name: string;
}

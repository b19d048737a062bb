/** The Canary as users write it. These types are the source of crds/ (scripts/crds.mjs). */
import type { CanaryAnalysis } from './canary-analysis';
import type { CanaryService } from './canary-service';
import type { CanaryStatus } from './canary-status';
import type { KubeObject } from './kube';
import type { PositiveInteger, StringMap, Url } from './scalars';

export * from './alert-provider';
export * from './canary-analysis';
export * from './canary-service';
export * from './canary-status';
export * from './gateway-reference';
export * from './http-match';
export * from './istio-policy';
export * from './metric-template';
export * from './scalars';
export * from './session-affinity';

/** A workload under progressive delivery, `flagger.app/v1beta1`. */
export interface Canary extends KubeObject {
  spec: CanarySpec;
  status?: CanaryStatus;
}

/** Who moves the traffic. */
export type TrafficProvider =
  | 'apisix'
  | 'appmesh'
  | 'appmesh:v1beta2'
  | 'contour'
  | 'gatewayapi:v1'
  | 'gatewayapi:v1beta1'
  | 'gloo'
  | 'istio'
  | 'knative'
  | 'kubernetes'
  | 'kuma'
  | 'linkerd'
  | 'nginx'
  | 'osm'
  | 'skipper'
  | 'smi:v1alpha1'
  | 'smi:v1alpha2'
  | 'smi:v1alpha3'
  | 'traefik';

/**
 * What is delivered, how it is exposed and how it is judged.
 * @cel [
 *   { rule: "self.targetRef.kind == 'Service' || has(self.service)", message: "service is missing: set service.port" },
 *   {
 *     rule: "(self.targetRef.kind == 'Service' && self.targetRef.apiVersion == 'serving.knative.dev/v1') == (has(self.provider) && self.provider == 'knative')",
 *     message: "provider knative and a Knative Service as target need each other"
 *   },
 *   {
 *     rule: "!(has(self.provider) && self.provider in ['nginx', 'skipper']) || has(self.ingressRef)",
 *     message: "this provider needs ingressRef"
 *   },
 *   { rule: "!(has(self.provider) && self.provider == 'apisix') || has(self.routeRef)", message: "provider apisix needs routeRef" },
 *   {
 *     rule: "!(has(self.provider) && self.provider.startsWith('gatewayapi')) || (has(self.service) && has(self.service.gatewayRefs) && self.service.gatewayRefs.size() > 0)",
 *     message: "provider gatewayapi needs service.gatewayRefs"
 *   },
 *   {
 *     rule: "!(has(self.provider) && self.provider.startsWith('appmesh')) || (has(self.service) && has(self.service.meshName) && self.service.meshName.size() > 0)",
 *     message: "provider appmesh needs service.meshName"
 *   },
 *   {
 *     rule: "!(has(self.analysis.mirror) && self.analysis.mirror) || !has(self.provider) || self.provider == 'istio' || self.provider.startsWith('gatewayapi')",
 *     message: "this provider cannot mirror: remove analysis.mirror"
 *   },
 *   {
 *     rule: "(has(self.service) && has(self.service.name) ? self.service.name : self.targetRef.name).size() <= 55",
 *     message: "the apex name must have at most 55 characters: set a shorter service.name"
 *   }
 * ]
 */
export interface CanarySpec {
  /**
   * Who moves the traffic of this Canary.
   * @defaultValue the controller's -mesh-provider
   */
  provider?: TrafficProvider;
  /**
   * Prometheus of the built-in metrics and of inline queries.
   * @defaultValue the controller's -metrics-server
   */
  metricsServer?: Url;
  /**
   * Seconds that a workload may stay unready before the run fails.
   * @defaultValue 600
   */
  progressDeadlineSeconds?: PositiveInteger;
  /** The workload, in the namespace of the Canary. */
  targetRef: TargetReference;
  /** The autoscaler of the target. */
  autoscalerRef?: AutoscalerReference;
  /** nginx and skipper. */
  ingressRef?: IngressReference;
  /** apisix. */
  routeRef?: RouteReference;
  /** gloo: settings that generated upstreams copy. */
  upstreamRef?: UpstreamReference;
  service?: CanaryService;
  analysis: CanaryAnalysis;
  /**
   * Promote healthy revisions without analysing them.
   * @defaultValue false
   */
  skipAnalysis?: boolean;
  /**
   * Undo what was taken over when the Canary is deleted.
   * @defaultValue false
   */
  revertOnDeletion?: boolean;
  /**
   * Freeze: no reconciliation, no repair, a run keeps its weights.
   * @defaultValue false
   */
  suspend?: boolean;
}

export interface TargetReference {
  /** @maxLength 317 */
  apiVersion: string;
  kind: 'DaemonSet' | 'Deployment' | 'Service';
  /** @maxLength 253 */
  name: string;
}

export interface AutoscalerReference {
  /** Free text: autoscalers are always `autoscaling/v2`. */
  apiVersion: string;
  kind: 'HorizontalPodAutoscaler' | 'ScaledObject';
  /** @maxLength 253 */
  name: string;
  /** KEDA: name of a trigger to the primary's query. */
  primaryScalerQueries?: StringMap;
  primaryScalerReplicas?: ScalerReplicas;
}

/**
 * Bounds of the primary's replicas where they differ from the target's.
 * @cel [{
 *   rule: "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
 *   message: "minReplicas must not be above maxReplicas"
 * }]
 */
export interface ScalerReplicas {
  minReplicas?: PositiveInteger;
  maxReplicas?: PositiveInteger;
}

export interface IngressReference {
  apiVersion: string;
  kind: 'Ingress';
  name: string;
}

export interface RouteReference {
  apiVersion: string;
  kind: 'ApisixRoute';
  name: string;
}

export interface UpstreamReference {
  apiVersion: string;
  kind: 'Upstream';
  name: string;
  namespace?: string;
}

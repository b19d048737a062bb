/** What a Canary is made of. */
import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type { CanaryAnalysis } from './analysis';
import type { Bootstrap } from './bootstrap';
import type { Delivery } from './delivery';
import type { IObjectRef } from './references';
import type { CanaryService } from './service';

/** Who moves the traffic. */
export enum TrafficProvider {
  APISIX = 'apisix',
  APPMESH = 'appmesh',
  APPMESH_V1BETA2 = 'appmesh:v1beta2',
  CONTOUR = 'contour',
  GATEWAY_API_V1 = 'gatewayapi:v1',
  GATEWAY_API_V1BETA1 = 'gatewayapi:v1beta1',
  GLOO = 'gloo',
  ISTIO = 'istio',
  KNATIVE = 'knative',
  KUBERNETES = 'kubernetes',
  KUMA = 'kuma',
  LINKERD = 'linkerd',
  NGINX = 'nginx',
  OSM = 'osm',
  SKIPPER = 'skipper',
  SMI_V1ALPHA1 = 'smi:v1alpha1',
  SMI_V1ALPHA2 = 'smi:v1alpha2',
  SMI_V1ALPHA3 = 'smi:v1alpha3',
  TRAEFIK = 'traefik',
}

/** Where the primary's autoscaler differs from the target's. */
export interface PrimaryScaler {
  /**
   * @default - as the target's
   */
  readonly minReplicas?: number;
  /**
   * @default - as the target's
   */
  readonly maxReplicas?: number;
  /**
   * KEDA: name of a trigger to the primary's query.
   * @default - the target's queries with the primary's name in them
   */
  readonly queries?: { [trigger: string]: string };
}

export interface CanaryProps {
  /**
   * @default - the target's name and namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /** The workload that is delivered: a Deployment of any cdk8s-plus, an ApiObject, or `{ apiVersion, kind, name }`. */
  readonly target: IObjectRef;
  /**
   * The autoscaler of the target.
   * @default - none
   */
  readonly autoscaler?: IObjectRef;
  /**
   * Where the primary's autoscaler differs.
   * @default - as the target's
   */
  readonly primaryScaler?: PrimaryScaler;
  /**
   * Who moves the traffic.
   * @default - the controller's `-mesh-provider`
   */
  readonly provider?: TrafficProvider;
  /**
   * Base URL of the Prometheus of the built-in metrics.
   * @default - the controller's `-metrics-server`
   */
  readonly metricsServer?: string;
  /**
   * How long a workload may stay unready before the run fails, in whole seconds.
   * @default - ten minutes
   */
  readonly progressDeadline?: Duration;
  /**
   * The Ingress of the target (nginx, skipper).
   * @default - none
   */
  readonly ingress?: IObjectRef;
  /**
   * The ApisixRoute of the target (apisix).
   * @default - none
   */
  readonly route?: IObjectRef;
  /**
   * The Upstream whose settings are copied (gloo).
   * @default - none
   */
  readonly upstream?: IObjectRef;
  /**
   * Namespace of the Upstream.
   * @default - the namespace of the Canary
   */
  readonly upstreamNamespace?: string;
  /**
   * How the workload is exposed.
   * @default - on the first container port of the target
   */
  readonly service?: CanaryService;
  readonly analysis: CanaryAnalysis;
  /**
   * Promote healthy versions without analysing them.
   * @default false
   */
  readonly skipAnalysis?: boolean;
  /**
   * Undo what was taken over when the Canary is deleted.
   * @default false
   */
  readonly revertOnDeletion?: boolean;
  /**
   * Freeze: no reconciliation, no repair, a run keeps its weights.
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * Who makes the primary, the Services and the routes.
   * @default Bootstrap.CONTROLLER
   */
  readonly bootstrap?: Bootstrap;
  /**
   * How the manifests reach the cluster, again and again: they are made so that the tool moves nothing that the controller
   * moves. An application that serves already gets its Canary without it first, and this once it is Initialized: where it
   * takes `replicas` out of the target's manifest, applying that sets a running target to one pod.
   * @default - as they are: applying them again sets the target's `replicas`, when its manifest has some
   */
  readonly delivery?: Delivery;
  /**
   * The controller's `-selector-labels`: one of the target's match labels must be among them.
   * @default - app, name, app.kubernetes.io/name
   */
  readonly selectorLabels?: string[];
}

/** What a Canary is made of. */
import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type { CanaryAnalysis } from './analysis';
import type { Bootstrap } from './bootstrap';
import type { Delivery } from './delivery';
import type { IObjectRef } from './references';
import type { CanaryService } from './service';

/** Who moves the traffic. */
export enum TrafficProvider {
  /** Apache APISIX. The controller refuses it. */
  APISIX = 'apisix',
  /** AWS App Mesh. The controller refuses it. */
  APPMESH = 'appmesh',
  /** AWS App Mesh. The controller refuses it. */
  APPMESH_V1BETA2 = 'appmesh:v1beta2',
  /** Contour: HTTPProxies. */
  CONTOUR = 'contour',
  /** Gateway API: HTTPRoutes. */
  GATEWAY_API_V1 = 'gatewayapi:v1',
  /** Gateway API before its release: HTTPRoutes of v1beta1. */
  GATEWAY_API_V1BETA1 = 'gatewayapi:v1beta1',
  /** Gloo. The controller refuses it. */
  GLOO = 'gloo',
  /** Istio: VirtualServices and DestinationRules. */
  ISTIO = 'istio',
  /** Knative Serving. The controller refuses it. */
  KNATIVE = 'knative',
  /** Plain Services: blue/green only. */
  KUBERNETES = 'kubernetes',
  /** Kuma. The controller refuses it. */
  KUMA = 'kuma',
  /** Linkerd: HTTPRoutes. */
  LINKERD = 'linkerd',
  /** ingress-nginx: a second Ingress with canary annotations. */
  NGINX = 'nginx',
  /** Open Service Mesh. The controller refuses it. */
  OSM = 'osm',
  /** Skipper. The controller refuses it. */
  SKIPPER = 'skipper',
  /** Service Mesh Interface. The controller refuses it. */
  SMI_V1ALPHA1 = 'smi:v1alpha1',
  /** Service Mesh Interface. The controller refuses it. */
  SMI_V1ALPHA2 = 'smi:v1alpha2',
  /** Service Mesh Interface. The controller refuses it. */
  SMI_V1ALPHA3 = 'smi:v1alpha3',
  /** Traefik: TraefikServices. */
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

/** What is delivered, how it is exposed and how a new version is judged. */
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
  /** How a new version is judged and how fast it gets traffic. */
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

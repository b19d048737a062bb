/** The parts of Kubernetes objects that every room shares. Unknown fields are kept: objects are raw JSON. */

/** Object metadata, as the API server writes it. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  /** RFC 3339 in whole seconds. */
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  generateName?: string;
}

/** Who owns the object: with the last owner it goes. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object of any kind. `spec`, `status` and the rest are read through narrower interfaces. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A kind as the API serves it: enough to build its URL. */
export interface ResourceType {
  /** `v1`, `apps/v1`, … */
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

/** Every kind that the controller reads or writes. */
export const RESOURCES = {
  canary: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', plural: 'canaries', namespaced: true },
  metricTemplate: {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    plural: 'metrictemplates',
    namespaced: true,
  },
  alertProvider: {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'AlertProvider',
    plural: 'alertproviders',
    namespaced: true,
  },
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  daemonSet: { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true },
  controllerRevision: {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    plural: 'controllerrevisions',
    namespaced: true,
  },
  service: { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  event: { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true },
  lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true },
  horizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    namespaced: true,
  },
  /** KEDA's; the kind is there only where KEDA is installed. */
  scaledObject: {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    plural: 'scaledobjects',
    namespaced: true,
  },
  virtualService: {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    plural: 'virtualservices',
    namespaced: true,
  },
  gateway: { apiVersion: 'networking.istio.io/v1beta1', kind: 'Gateway', plural: 'gateways', namespaced: true },
  destinationRule: {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'DestinationRule',
    plural: 'destinationrules',
    namespaced: true,
  },
  httpRoute: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', plural: 'httproutes', namespaced: true },
  httpRouteV1beta1: {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'HTTPRoute',
    plural: 'httproutes',
    namespaced: true,
  },
  ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses', namespaced: true },
  traefikService: {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'TraefikService',
    plural: 'traefikservices',
    namespaced: true,
  },
  httpProxy: { apiVersion: 'projectcontour.io/v1', kind: 'HTTPProxy', plural: 'httpproxies', namespaced: true },
} as const satisfies Record<string, ResourceType>;

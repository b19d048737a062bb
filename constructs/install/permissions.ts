/** What the controller may do, and what for: the one table that Roles, the Helm chart and the tests are made from. */
import { RESOURCES, type ResourceType } from '../../model/kube';
import { TrafficProvider } from '../canary-props';

/**
 * Verbs on kinds of one API group.
 * @internal
 */
export interface Permission {
  /** `''` is the core group. */
  readonly apiGroup: string;
  /** Plural names, with subresources behind a slash. */
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** What the controller does with it. */
  readonly why: string;
  /** Only objects of these names. */
  readonly resourceNames?: readonly string[];
}

/**
 * What the permissions depend on.
 * @internal
 */
export interface PermissionOptions {
  /** Providers that Canaries may name. */
  readonly trafficProviders: readonly TrafficProvider[];
  /** ConfigMaps and Secrets are part of a revision and copied for the primary. */
  readonly configTracking: boolean;
  /** KEDA's ScaledObjects as autoscalers. */
  readonly keda: boolean;
  /** MetricTemplates that ask the external metrics API. */
  readonly externalMetrics: boolean;
}

/** The Lease of the leader election; the controller knows no other. */
const LEASE = 'flagger-leader-election';

const SEE = ['list', 'watch'];
/** Generated objects are made, and replaced as a whole. */
const OWN = [...SEE, 'create', 'update'];
/** Of users' objects, and of fields that others write too, only a part is patched. */
const OWN_AND_PATCH = [...OWN, 'patch'];

const groupOf = ({ apiVersion }: ResourceType): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';

const on = (types: ResourceType[], verbs: readonly string[], why: string, subresource = ''): Permission => ({
  apiGroup: groupOf(types[0] as ResourceType),
  resources: types.map(({ plural }) => `${plural}${subresource}`),
  verbs,
  why,
});

const ALWAYS: readonly Permission[] = [
  on([RESOURCES.canary], [...SEE, 'patch'], 'sees the releases; sets and removes the finalizer of revertOnDeletion'),
  on([RESOURCES.canary], ['patch'], 'tells how a release stands', '/status'),
  on(
    [RESOURCES.canary],
    ['update'],
    'owns what it generates, where the API server checks that (OwnerReferencesPermissionEnforcement)',
    '/finalizers',
  ),
  on([RESOURCES.metricTemplate, RESOURCES.alertProvider], SEE, 'resolves the references of Canaries'),
  on(
    [RESOURCES.deployment, RESOURCES.daemonSet],
    OWN_AND_PATCH,
    'makes and promotes the primary; scales the target by a patch',
  ),
  on(
    [RESOURCES.controllerRevision],
    [...SEE, 'create', 'delete'],
    'keeps the promoted template, to make a lost primary again',
  ),
  on([RESOURCES.service], OWN, 'makes the apex, primary and canary Services'),
  on(
    [RESOURCES.horizontalPodAutoscaler],
    OWN_AND_PATCH,
    'makes the autoscaler of the primary; holds its minimum while traffic comes back',
  ),
  on([RESOURCES.event], ['create', 'get', 'patch'], 'says what happens; a repeat is counted by a patch'),
];

const READ_CREDENTIALS = on([RESOURCES.secret], ['get'], 'reads the credentials of metrics and alerts, by name');

/** @internal */
export const CONFIG_TRACKING: Permission = on(
  [RESOURCES.configMap, RESOURCES.secret],
  ['get', ...OWN, 'delete'],
  'reads what targets mount (only metadata is watched), copies it for the primary, drops copies that it uses no more',
);

const HTTP_ROUTES = on([RESOURCES.httpRoute], OWN, 'moves weights (Gateway API)');

/**
 * What a traffic provider needs. Of those that are not in here nothing is routed.
 * @internal
 */
export const PROVIDER_PERMISSIONS: ReadonlyMap<TrafficProvider, readonly Permission[]> = new Map([
  [
    TrafficProvider.ISTIO,
    [
      on([RESOURCES.virtualService, RESOURCES.destinationRule], OWN, 'moves weights (Istio)'),
      on([RESOURCES.gateway], SEE, 'checks that the gateways of a Canary exist'),
    ],
  ],
  [TrafficProvider.GATEWAY_API_V1, [HTTP_ROUTES]],
  [TrafficProvider.GATEWAY_API_V1BETA1, [HTTP_ROUTES]],
  [TrafficProvider.LINKERD, [HTTP_ROUTES]],
  [TrafficProvider.NGINX, [on([RESOURCES.ingress], OWN, 'moves weights (ingress-nginx)')]],
  [TrafficProvider.TRAEFIK, [on([RESOURCES.traefikService], OWN, 'moves weights (Traefik)')]],
  [TrafficProvider.CONTOUR, [on([RESOURCES.httpProxy], OWN, 'moves weights (Contour)')]],
  [TrafficProvider.KUBERNETES, []],
]);

/** @internal */
export const KEDA: Permission = on(
  [RESOURCES.scaledObject],
  OWN_AND_PATCH,
  'makes the autoscaler of the primary; pauses that of the target',
);

/** @internal */
export const EXTERNAL_METRICS: Permission = {
  apiGroup: 'external.metrics.k8s.io',
  resources: ['*'],
  verbs: ['list'],
  why: 'asks metrics of MetricTemplates with provider externalmetrics, whose names are their resources',
};

/**
 * In the namespace, or in all of them.
 * @internal
 */
export function permissionsOf(options: PermissionOptions): Permission[] {
  const routing = options.trafficProviders.flatMap((provider) => PROVIDER_PERMISSIONS.get(provider) ?? []);
  return [
    ...ALWAYS,
    options.configTracking ? CONFIG_TRACKING : READ_CREDENTIALS,
    ...new Set(routing),
    ...(options.keda ? [KEDA] : []),
    ...(options.externalMetrics ? [EXTERNAL_METRICS] : []),
  ];
}

/**
 * In the namespace of the Lease only.
 * @internal
 */
export const LEASE_PERMISSIONS: readonly Permission[] = [
  // A name cannot restrict what is created.
  on([RESOURCES.lease], ['create'], 'makes the Lease of the leader election'),
  {
    ...on([RESOURCES.lease], ['get', 'update'], 'takes, renews and gives back the Lease'),
    resourceNames: [LEASE],
  },
];

/**
 * The same when replicas share the Canaries: a Lease each and one for each shard, whose names are not known before.
 * @internal
 */
export const SHARD_PERMISSIONS: readonly Permission[] = [
  on([RESOURCES.lease], ['get', 'list', 'create', 'update', 'delete'], 'shares the Canaries with the other replicas'),
];

/**
 * As a Role has them.
 * @internal
 */
export const policyRules = (permissions: readonly Permission[]): object[] =>
  permissions.map(({ apiGroup, resources, verbs, resourceNames }) => ({
    apiGroups: [apiGroup],
    resources: [...resources],
    ...(resourceNames && { resourceNames: [...resourceNames] }),
    verbs: [...verbs],
  }));

/** Which kinds have to be watched: a few always, the others when a Canary needs them (their CRDs may not be installed). */
import type { Canary } from '../model/canary';
import { providerOf } from '../model/defaults';
import { at, textsOf } from '../model/json';
import { RESOURCES, type ResourceType } from '../model/kube';
import { isRouter, type RoutingObject, routerFor } from '../model/traffic/router';
import { INDEXES, type KeysOf } from './indexes';
import { CANARY_LABEL } from './rollout/effects';
import { keptWith } from './rollout/kept';
import { scalerType } from './rollout/scaling';
import type { Settings } from './rollout/settings';
import { workloadType } from './rollout/writing';

const CONFIGS: readonly ResourceType[] = [RESOURCES.configMap, RESOURCES.secret];

/** Watched from the start: a tick must never take an empty view for an empty cluster. */
export const alwaysWatched = ({ configTracking }: Settings): ResourceType[] => [
  RESOURCES.canary,
  RESOURCES.metricTemplate,
  RESOURCES.alertProvider,
  RESOURCES.deployment,
  RESOURCES.service,
  ...(configTracking ? CONFIGS : []),
  RESOURCES.controllerRevision,
];

/** Without these there is nothing to see. */
export const ESSENTIAL: ReadonlySet<string> = new Set(['Canary', 'Deployment', 'Service']);

/** The routing objects of a Canary, with the provider of its spec. */
export function routingObjects(canary: Canary, settings: Settings): RoutingObject[] {
  const router = routerFor(providerOf(canary, settings.meshProvider), {
    ingressAnnotationsPrefix: settings.ingressAnnotationsPrefix,
    ...(settings.ingressClass && { ingressClass: settings.ingressClass }),
  });
  return isRouter(router) ? router.objects(canary) : [];
}

const kindsOfSpec = keptWith<ResourceType[]>();

/** The kinds that a Canary needs beyond those that are always watched. */
export const kindsOf = (canary: Canary, settings: Settings): ResourceType[] =>
  kindsOfSpec(canary.spec, [settings], () => kindsIn(canary, settings));

function kindsIn(canary: Canary, settings: Settings): ResourceType[] {
  const kinds = routingObjects(canary, settings).map(({ type }) => type);
  if (canary.spec?.targetRef !== undefined) kinds.push(workloadType({ canary }));
  if (canary.spec?.autoscalerRef !== undefined) kinds.push(scalerType({ canary }));
  const istio = providerOf(canary, settings.meshProvider) === 'istio';
  if (istio && textsOf(at(canary, 'spec', 'service', 'gateways')).length > 0) kinds.push(RESOURCES.gateway);
  return [...new Set(kinds)];
}

/**
 * The kinds without which a Canary is not seen as it is. Kept revisions are a help only: a run ends well without them, and
 * the reference's role does not have them.
 */
export function neededBy(canary: Canary, settings: Settings): ResourceType[] {
  const { metrics = [], alerts = [] } = canary.spec?.analysis ?? {};
  return [
    ...alwaysWatched(settings).filter(({ kind }) => ESSENTIAL.has(kind)),
    ...(settings.configTracking ? CONFIGS : []),
    ...(metrics.some(({ templateRef }) => templateRef) ? [RESOURCES.metricTemplate] : []),
    ...(alerts.length > 0 ? [RESOURCES.alertProvider] : []),
    ...kindsOf(canary, settings),
  ];
}

/** How a kind is watched: of some only the metadata matters, that they are there and that they moved. */
export function watchOptions({ kind }: ResourceType): {
  metadataOnly: boolean;
  labelSelector?: string;
  keysOf?: KeysOf;
} {
  const keysOf = INDEXES[kind];
  return {
    metadataOnly: ['ConfigMap', 'Secret', 'Gateway'].includes(kind),
    ...(kind === 'ControllerRevision' && { labelSelector: CANARY_LABEL }),
    ...(keysOf && { keysOf }),
  };
}

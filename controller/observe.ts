/** Gathers one Observation from the caches: no requests, no decisions. */
import type { Canary, MetricTemplate } from '../model/canary';
import { namespaceOf, providerOf, referenceNamespace } from '../model/defaults';
import { at, objectOf, objectsOf, textOf, textsOf } from '../model/json';
import type { KubeObject, ResourceType } from '../model/kube';
import { RESOURCES } from '../model/kube';
import {
  apexName,
  autoscalerName,
  canaryServiceName,
  primaryAutoscalerName,
  primaryServiceName,
  primaryWorkloadName,
  targetName,
} from '../model/names';
import { canaryCopyName } from '../model/objects/target-service';
import { isRouter, routerFor } from '../model/traffic/router';
import { isUnreadable } from '../model/traffic/routes';
import { gatewayReference } from './gateway-reference';
import { targetKey } from './indexes';
import { configCopiesOf, straySelectorsOf } from './neighbours';
import { configsOf } from './references';
import type { Observation } from './rollout/observation';
import { recordOf } from './rollout/record';
import { scalerType } from './rollout/scaling';
import type { Settings } from './rollout/settings';
import { workloadType } from './rollout/writing';

/** What an observation is read from. */
export interface Views {
  get(type: ResourceType, namespace: string, name: string): KubeObject | undefined;
  /** Objects of the namespace under a key of the kind's index (indexes.ts). */
  find(type: ResourceType, namespace: string, key: string): KubeObject[];
}

export interface ObserveOptions {
  /** Unix milliseconds. */
  now: number;
  settings: Settings;
  freshId: string;
}

/** Everything about one Canary at this moment; undefined when there is no such Canary. */
export function observe(views: Views, key: string, options: ObserveOptions): Observation | undefined {
  const [namespace = '', name = ''] = key.split('/');
  const canary = views.get(RESOURCES.canary, namespace, name) as Canary | undefined;
  if (canary === undefined) return undefined;
  const get = (type: ResourceType, wanted: string | undefined) =>
    wanted === undefined ? undefined : views.get(type, namespace, wanted);
  const workload = workloadType({ canary });
  const scaler = scalerType({ canary });
  const target = get(workload, targetName(canary));
  const rival = rivalOf(views, canary);

  return {
    ...options,
    canary,
    ...some('target', target),
    ...some('primary', get(workload, primaryWorkloadName(canary))),
    services: {
      ...some('apex', get(RESOURCES.service, apexName(canary))),
      ...some('canary', get(RESOURCES.service, canaryName(canary))),
      ...some('primary', get(RESOURCES.service, primaryServiceName(canary))),
    },
    ...some('autoscaler', get(scaler, autoscalerName(canary))),
    ...some('primaryAutoscaler', get(scaler, primaryAutoscalerName(canary))),
    provider: liveProvider(canary, options.settings),
    ...routingOf(canary, options.settings, get),
    missingGateways: missingGateways(views, canary, options.settings),
    revisions: views.find(RESOURCES.controllerRevision, namespace, canary.metadata.uid ?? ''),
    configs: (options.settings.configTracking ? configsOf(target) : []).map((ref) => {
      const config = get(ref.kind === 'Secret' ? RESOURCES.secret : RESOURCES.configMap, ref.name);
      return { ref, ...(config && { metadata: config.metadata }) };
    }),
    ...(options.settings.configTracking && configCopiesOf(views, canary, options.settings)),
    ...straySelectorsOf(views, canary, target, options.settings.selectorLabels),
    templates: templatesOf(views, canary),
    ...(rival !== undefined && { rival }),
  };
}

/** The canary's copy of a Service is named after the Service, the canary Service of a workload after the apex. */
const canaryName = (canary: Canary): string =>
  canary.spec?.targetRef?.kind === 'Service' ? canaryCopyName(canary) : canaryServiceName(canary);

const some = <K extends string>(key: K, object: KubeObject | undefined) =>
  (object === undefined ? {} : { [key]: object }) as { [P in K]?: KubeObject };

type Get = (type: ResourceType, name: string) => KubeObject | undefined;
type Routing = Pick<Observation, 'routing' | 'router' | 'routes' | 'routesProblem'>;

/** Istio names a gateway `name`, `namespace/name` or `name.namespace.svc.…`. */
function missingGateways(views: Views, canary: Canary, settings: Settings): string[] {
  if (liveProvider(canary, settings) !== 'istio') return [];
  const named = textsOf(at(canary, 'spec', 'service', 'gateways')).filter((name) => name !== 'mesh');
  return named.filter((gateway) => {
    const [namespace, name] = gatewayReference(gateway, namespaceOf(canary));
    return views.get(RESOURCES.gateway, namespace, name) === undefined;
  });
}

const RUNNING = new Set(['Progressing', 'WaitingPromotion', 'Promoting', 'Finalising']);

/** A run ends with the provider that it began with: another one would not know its routes. */
function liveProvider(canary: Canary, settings: Settings): string {
  const begun = RUNNING.has(canary.status?.phase ?? '') ? recordOf(canary).provider : undefined;
  return begun ?? providerOf(canary, settings.meshProvider);
}

function routingOf(canary: Canary, settings: Settings, get: Get): Routing {
  const { ingressAnnotationsPrefix, ingressClass } = settings;
  const router = routerFor(liveProvider(canary, settings), {
    ingressAnnotationsPrefix,
    ...(ingressClass && { ingressClass }),
  });
  if (!isRouter(router)) return { routing: [], router };
  const wanted = router.objects(canary);
  const routing = wanted.map(({ type, name }) => get(type, name)).filter((object) => object !== undefined);
  const read = router.read(canary, routing);
  if (!isUnreadable(read)) return { routing, router, routes: read };
  const { asked, pending = false, unreadable: text } = read;
  if (asked === undefined && routing.length < wanted.length) return { routing, router };
  return { routing, router, ...(asked && { routes: asked }), routesProblem: { text, pending } };
}

function templatesOf(views: Views, canary: Canary): Map<string, MetricTemplate> {
  const templates = new Map<string, MetricTemplate>();
  for (const metric of objectsOf(at(canary, 'spec', 'analysis', 'metrics'))) {
    const name = textOf(at(metric, 'templateRef', 'name'));
    if (name === undefined) continue;
    const namespace = referenceNamespace(objectOf(metric['templateRef']), canary);
    const template = views.get(RESOURCES.metricTemplate, namespace, name) as MetricTemplate | undefined;
    if (template) templates.set(`${namespace}/${name}`, template);
  }
  return templates;
}

/** The oldest of the Canaries with one target works; the others are told which one they collide with. */
function rivalOf(views: Views, canary: Canary): string | undefined {
  const [oldest] = views
    .find(RESOURCES.canary, namespaceOf(canary), targetKey(canary))
    .sort((a, b) => (age(a) < age(b) ? -1 : 1));
  return oldest && age(oldest) < age(canary) ? oldest.metadata.name : undefined;
}

/** Sorts by creation, and by name within one second. */
const age = ({ metadata }: KubeObject): string => `${metadata.creationTimestamp ?? ''}/${metadata.name}`;

/** Traefik: one TraefikService with weighted Services, which users name in their IngressRoutes (spec traffic 3.4). */
import type { Canary } from '../canary';
import { servicePort } from '../defaults';
import { at, type JsonObject, numberOf, objectOf, objectsOf } from '../json';
import { type KubeObject, RESOURCES } from '../kube';
import { canaryServiceName, primaryServiceName } from '../names';
import { type Routes, splitOf } from './routes';
import { foreignFields } from './routing-object';
import { singleObjectRouter } from './single-object';
import { GATEWAY_ONLY, ISTIO_ONLY, skipsOf } from './skipped-fields';

const SPLITS_ONLY = 'a TraefikService only splits: put it on the IngressRoute';

export const traefikRouter = singleObjectRouter({
  provider: 'traefik',
  type: RESOURCES.traefikService,
  fields: ['weighted'],
  spec: (canary, routes) => ({ weighted: { services: services(canary, routes) } }),
  specOver: (_, wanted, live) => ({ weighted: weightedOver(objectOf(live['weighted']), objectOf(wanted['weighted'])) }),
  weights,
  skips: (canary) =>
    skipsOf(canary, {
      ...ISTIO_ONLY,
      ...GATEWAY_ONLY,
      'analysis.match': SPLITS_ONLY,
      'analysis.mirror': 'provider traefik does not mirror',
      'analysis.sessionAffinity': 'provider traefik hands out no cookies',
      'service.gateways': SPLITS_ONLY,
      'service.hosts': SPLITS_ONLY,
      'service.match': SPLITS_ONLY,
      'service.headers': SPLITS_ONLY,
      'service.rewrite': SPLITS_ONLY,
      'service.corsPolicy': SPLITS_ONLY,
      'service.retries': SPLITS_ONLY,
      'service.timeout': SPLITS_ONLY,
    }),
});

/** The canary is only there while it gets traffic: Traefik would look for its pods otherwise. */
function services(canary: Canary, routes: Routes): JsonObject[] {
  const service = (name: string, weight: number) => ({ name, port: servicePort(canary), weight });
  const primary = service(primaryServiceName(canary), routes.primary);
  return routes.canary > 0 ? [primary, service(canaryServiceName(canary), routes.canary)] : [primary];
}

/** What users added to the list or to one of its Services stays; a Service of theirs would change the split. */
function weightedOver(live: JsonObject, wanted: JsonObject): JsonObject {
  const services = objectsOf(wanted['services']).map((service) => {
    const present = objectsOf(live['services']).find(({ name }) => name === service['name']);
    return { ...foreignFields(present, ['name', 'port', 'weight']), ...service };
  });
  return { ...live, services };
}

function weights(canary: Canary, live: KubeObject): Routes | undefined {
  const all = objectsOf(at(live, 'spec', 'weighted', 'services'));
  const weight = (name: string) => {
    const found = all.find((service) => service['name'] === name);
    return found && (numberOf(found['weight']) ?? 1);
  };
  return splitOf(weight(primaryServiceName(canary)), weight(canaryServiceName(canary)));
}

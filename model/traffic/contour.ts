/** Contour: one HTTPProxy without host, which users include from theirs (spec traffic 3.4). */
import type { Canary } from '../canary';
import { namespaceOf, servicePort } from '../defaults';
import { at, compact, type JsonObject, numberOf, objectsOf, textOf } from '../json';
import { type KubeObject, RESOURCES } from '../kube';
import { canaryServiceName, primaryServiceName } from '../names';
import { analysisMatches, comparisonOf, namedConditions, serviceMatches } from './conditions';
import type { Router, RouterSettings } from './router-contract';
import { ALL_TO_PRIMARY, type Routes, splitOf } from './routes';
import { entriesOver, foreignFields } from './routing-object';
import { singleObjectRouter } from './single-object';
import { baseMatchSkips, GATEWAY_ONLY, ISTIO_ONLY, skipsOf } from './skipped-fields';

export const contourRouter = ({ ingressClass }: RouterSettings): Router =>
  singleObjectRouter({
    provider: 'contour',
    type: RESOURCES.httpProxy,
    fields: ingressClass ? ['routes', 'ingressClassName'] : ['routes'],
    spec: (canary, split) => ({
      routes: routesFor(canary, split),
      ...(ingressClass ? { ingressClassName: ingressClass } : {}),
    }),
    specOver: (canary, wanted, live) => ({
      ...wanted,
      routes: entriesOver(live['routes'], objectsOf(wanted['routes']), {
        isOurs: (route) => isOurs(canary, route),
        over: routeOver,
      }),
    }),
    weights,
    skips: (canary) => [
      ...skipsOf(canary, {
        ...ISTIO_ONLY,
        ...GATEWAY_ONLY,
        'analysis.mirror': 'provider contour does not mirror',
        'analysis.sessionAffinity': 'provider contour hands out no cookies',
        'service.gateways': 'the including HTTPProxy has the host',
        'service.hosts': 'the including HTTPProxy has the host',
        'service.headers': 'provider contour does not change headers',
        'service.rewrite': 'provider contour does not rewrite',
        'service.corsPolicy': 'the including HTTPProxy has the CORS policy',
      }),
      ...baseMatchSkips(canary, ['scheme', 'method', 'authority', 'headers', 'queryParams'], 'Contour'),
    ],
  });

/** Conditions that choose the canary's traffic are one route an entry, in front of the route for everybody else. */
function routesFor(canary: Canary, split: Routes): JsonObject[] {
  const prefix = { prefix: textOf(at(serviceMatches(canary)[0], 'uri', 'prefix')) || '/' };
  const matched = analysisMatches(canary).map((entry) => [...conditionsOf(entry), prefix]);
  const route = (conditions: JsonObject[], services: JsonObject[]) =>
    compact({
      conditions,
      services,
      timeoutPolicy: timeoutPolicy(canary),
      retryPolicy: retryPolicy(canary),
    });
  if (matched.length === 0) return [route([prefix], services(canary, split))];
  const [primary = {}] = services(canary, ALL_TO_PRIMARY);
  return [...matched.map((conditions) => route(conditions, services(canary, split))), route([prefix], [primary])];
}

/** @throws Error for an entry that says nothing here: it would match everybody. */
function conditionsOf({ headers, queryParams }: JsonObject): JsonObject[] {
  const conditions = [
    ...namedConditions(headers).map(([name, how]) => ({ header: { name, ...comparison(how, name, 'contains') } })),
    ...namedConditions(queryParams).map(([name, how]) => ({ queryParameter: { name, ...comparison(how, name) } })),
  ];
  if (conditions.length > 0) return conditions;
  throw new Error('analysis.match has an entry without headers and queryParams, which HTTPProxies cannot express');
}

/** Headers have no comparison of prefix and suffix: the reference lets them contain the text. */
function comparison(match: unknown, name: string, affix?: 'contains'): JsonObject {
  const { how, value } = comparisonOf(match) ?? {};
  if (how === undefined)
    throw new Error(`analysis.match ${name} compares with nothing: give it exact, prefix or regex`);
  return { [(how === 'prefix' || how === 'suffix') && affix ? affix : how]: value };
}

function services(canary: Canary, split: Routes): JsonObject[] {
  const port = servicePort(canary);
  const service = (name: string, weight: number) => {
    const value = `${name}.${namespaceOf(canary)}.svc.cluster.local:${port}`;
    return { name, port, weight, requestHeadersPolicy: { set: [{ name: 'l5d-dst-override', value }] } };
  };
  return [service(primaryServiceName(canary), split.primary), service(canaryServiceName(canary), split.canary)];
}

function timeoutPolicy(canary: Canary): JsonObject | undefined {
  const response = textOf(at(canary, 'spec', 'service', 'timeout')) || undefined;
  return response === undefined ? undefined : { response, idle: '5m' };
}

/** The count is written out: the API server would make it 1. */
function retryPolicy(canary: Canary): JsonObject | undefined {
  const retries = at(canary, 'spec', 'service', 'retries');
  if (retries === undefined || retries === null) return undefined;
  const retryOn = (textOf(at(retries, 'retryOn')) ?? '').split(',').map((part) => part.trim());
  return compact({
    count: numberOf(at(retries, 'attempts')) ?? 1,
    perTryTimeout: textOf(at(retries, 'perTryTimeout')) || undefined,
    retryOn: retryOn.some(Boolean) ? retryOn.filter(Boolean) : undefined,
  });
}

const isOurs = (canary: Canary, route: JsonObject): boolean =>
  objectsOf(route['services']).some(({ name }) =>
    [primaryServiceName(canary), canaryServiceName(canary)].includes(textOf(name) ?? ''),
  );

/** What users added to a route, or to one of its Services, stays. */
function routeOver(live: JsonObject, wanted: JsonObject): JsonObject {
  const services = objectsOf(wanted['services']).map((service) => {
    const present = objectsOf(live['services']).find(({ name }) => name === service['name']);
    return { ...foreignFields(present, Object.keys(service)), ...service };
  });
  const ours = ['conditions', 'services', 'timeoutPolicy', 'retryPolicy'];
  return { ...foreignFields(live, ours), ...wanted, services };
}

/** Of the first route that has the canary; without weights of both sides it gets what the primary does not. */
function weights(canary: Canary, live: KubeObject): Routes | undefined {
  const weight = (route: JsonObject | undefined, name: string) =>
    numberOf(objectsOf(route?.['services']).find((service) => service['name'] === name)?.['weight']);
  const routes = objectsOf(at(live, 'spec', 'routes'));
  const route = routes.find((candidate) => weight(candidate, canaryServiceName(canary)) !== undefined);
  return splitOf(weight(route, primaryServiceName(canary)), weight(route, canaryServiceName(canary)));
}

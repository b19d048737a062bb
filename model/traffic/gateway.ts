/** Gateway API: one HTTPRoute; Linkerd is split the same way (spec traffic 3.3). */
import type { Canary } from '../canary';
import { namespaceOf } from '../defaults';
import { at, compact, type JsonObject, numberOf, objectsOf } from '../json';
import type { KubeObject } from '../kube';
import { apexName, canaryServiceName, primaryServiceName } from '../names';
import { isMatched } from './conditions';
import { notAccepted } from './gateway-acceptance';
import { DIALECTS, type Dialect, type GatewayProvider, needsAcceptance, parentsOf } from './gateway-dialects';
import { mirrorsToCanary } from './gateway-filters';
import { affinityOf, rulesFor, rulesOver } from './gateway-rules';
import { gatewaySkips } from './gateway-skips';
import type { Router } from './router-contract';
import { type Routes, splitOf } from './routes';
import { cookieOf, isExpiry, type SessionCookies } from './session-cookies';
import { singleObjectRouter } from './single-object';

export const gatewayRouter = (provider: GatewayProvider): Router => routers[provider];

function make(dialect: Dialect): Router {
  return singleObjectRouter({
    provider: dialect.provider,
    type: dialect.type,
    fields: ['parentRefs', 'hostnames', 'rules'],
    spec: (canary, routes, cookies) => specOf(canary, dialect, routes, cookies),
    specOver: (canary, wanted, live) => ({
      ...wanted,
      rules: rulesOver(canary, dialect, live['rules'], objectsOf(wanted['rules'])),
    }),
    weights,
    unready: (canary, live) => (needsAcceptance(canary, dialect) ? notAccepted(canary, live) : undefined),
    cookies,
    canMirror: (canary) => dialect.mirrors && !isMatched(canary),
    sessions: (canary) => affinityOf(canary, dialect),
    skips: (canary) => gatewaySkips(canary, dialect),
  });
}

const routers: Record<GatewayProvider, Router> = {
  'gatewayapi:v1': make(DIALECTS['gatewayapi:v1']),
  'gatewayapi:v1beta1': make(DIALECTS['gatewayapi:v1beta1']),
  linkerd: make(DIALECTS.linkerd),
};

function specOf(canary: Canary, dialect: Dialect, routes: Routes, cookies: SessionCookies): JsonObject {
  const parentRefs = parentsOf(canary, dialect);
  if (parentRefs.length === 0) {
    throw new Error(`HTTPRoute ${apexName(canary)}.${namespaceOf(canary)} has no parents: set service.gatewayRefs`);
  }
  const hosts = at(canary, 'spec', 'service', 'hosts');
  return compact({
    parentRefs,
    hostnames: dialect.hostnames && Array.isArray(hosts) && hosts.length > 0 ? hosts : undefined,
    rules: rulesFor(canary, dialect, routes, cookies),
  });
}

/** Of the last rule that has both sides: those for cookies come before it, the A/B default has one side. */
function weights(canary: Canary, live: KubeObject): Routes | undefined {
  const rules = objectsOf(at(live, 'spec', 'rules'));
  const weight = (rule: JsonObject | undefined, name: string) => {
    const backend = objectsOf(rule?.['backendRefs']).find((candidate) => candidate['name'] === name);
    return backend && (numberOf(backend['weight']) ?? 1);
  };
  const split = rules.findLast((rule) =>
    [primaryServiceName(canary), canaryServiceName(canary)].every((name) => weight(rule, name) !== undefined),
  );
  const mirrored = objectsOf(split?.['filters']).some((filter) => mirrorsToCanary(canary, filter));
  return splitOf(weight(split, primaryServiceName(canary)), weight(split, canaryServiceName(canary)), mirrored);
}

/** The cookies that a live route hands out: on its backends, and the one that a rule takes back. */
function cookies(canary: Canary, live: KubeObject): SessionCookies {
  const rules = objectsOf(at(live, 'spec', 'rules'));
  const backends = rules.flatMap(({ backendRefs }) => objectsOf(backendRefs));
  const given = (name: string) =>
    cookieOf(
      backends
        .filter((backend) => backend['name'] === name)
        .flatMap(addedCookies)
        .at(0),
    );
  return compact({
    canary: given(canaryServiceName(canary)),
    primary: given(primaryServiceName(canary)),
    previous: cookieOf(rules.flatMap(addedCookies).find(isExpiry)),
  });
}

/** The Set-Cookie headers that the filters of a rule or backend add. */
const addedCookies = (holder: JsonObject): unknown[] =>
  objectsOf(holder['filters'])
    .flatMap((filter) => objectsOf(at(filter, 'responseHeaderModifier', 'add')))
    .filter(({ name }) => name === 'Set-Cookie')
    .map(({ value }) => value);

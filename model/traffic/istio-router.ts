/** The router of provider istio. */
import { namespaceOf } from '../defaults';
import { sameJson } from '../json';
import { RESOURCES } from '../kube';
import { apexName, canaryServiceName, primaryServiceName } from '../names';
import { isMatched } from './conditions';
import { cookiesOf, read, render } from './istio';
import { isTcp } from './istio-routes';
import { istioSkips } from './istio-skips';
import type { Router } from './router-contract';
import { findLive, revertedObjects } from './routing-object';
import { sessionAffinity } from './session-cookies';

export const istioRouter: Router = {
  provider: 'istio',
  splitsTraffic: true,
  objects: (canary) => [
    { type: RESOURCES.destinationRule, name: canaryServiceName(canary) },
    { type: RESOURCES.destinationRule, name: primaryServiceName(canary) },
    { type: RESOURCES.virtualService, name: apexName(canary) },
  ],
  render(canary, routes, live, { selector, cookies } = {}) {
    const present = {
      canaryRule: findLive(live, 'DestinationRule', canaryServiceName(canary)),
      primaryRule: findLive(live, 'DestinationRule', primaryServiceName(canary)),
      virtualService: findLive(live, 'VirtualService', apexName(canary)),
    };
    const { destinationRules, virtualService } = render(canary, routes, present, selector, cookies);
    return [...destinationRules, virtualService].filter(
      (object) => !sameJson(object, findLive(live, object.kind, object.metadata.name)),
    );
  },
  read(canary, live) {
    const object = findLive(live, 'VirtualService', apexName(canary));
    const name = `${apexName(canary)}.${namespaceOf(canary)}`;
    return object ? read(object, canary) : { unreadable: `VirtualService ${name} get query error: not found` };
  },
  finalize: (canary, live) => revertedObjects(canary, [findLive(live, 'VirtualService', apexName(canary))]),
  canMirror: (canary) => !isTcp(canary) && !isMatched(canary),
  sessions: (canary) => (isTcp(canary) ? undefined : sessionAffinity(canary)),
  cookies: (canary, live) => cookiesOf(findLive(live, 'VirtualService', apexName(canary)), canary),
  skips: istioSkips,
};

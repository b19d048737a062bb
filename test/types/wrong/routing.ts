/** Routes around a Canary, house rules and policies. */
import { App, Chart, Duration } from 'cdk8s';
import {
  Canary,
  CanaryPolicy,
  DestinationRule,
  Gateway,
  HouseRules,
  HTTPRoute,
  HttpBackend,
  HttpRouteAction,
  MeshHost,
  PolicyAction,
  RouteAction,
  VirtualService,
} from '../../../constructs';

const chart = new Chart(new App(), 'chart');
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const analysis = { interval: Duration.minutes(1), threshold: 5, stepWeight: 10 };
const canary = new Canary(chart, 'canary', { target, service: { port: 80 }, analysis });
const host = MeshHost.of('reviews');
const parents = [{ name: 'public' }];

new VirtualService(chart, 'right', { hosts: ['a'], routes: [{ action: RouteAction.delegate(canary) }] });
new CanaryPolicy(chart, 'policy', { action: PolicyAction.DENY, houseRules: new HouseRules({ minMetrics: 1 }) });

// @ts-expect-error TS2741: a route does something
new VirtualService(chart, 'a', { hosts: ['a'], routes: [{}] });
// @ts-expect-error TS2353: a route does one thing, and an action says which
new VirtualService(chart, 'b', { hosts: ['a'], routes: [{ redirect: { uri: '/' } }] });
// @ts-expect-error TS2322: a gateway is an object
new VirtualService(chart, 'c', { hosts: ['a'], gateways: ['mesh'] });
// @ts-expect-error TS2345: a Canary is handed over, not its name
RouteAction.delegate('podinfo');
// @ts-expect-error TS2345: nor another construct with a name
RouteAction.delegate(new Gateway(chart, 'd', { servers: [] }));
// @ts-expect-error TS2322: a host is made by a factory
RouteAction.forward({ host: 'reviews' });
// @ts-expect-error TS2741: a side of a split has its weight
RouteAction.split([{ destination: { host } }]);
// @ts-expect-error TS2673: an action comes from a factory
export const action = new RouteAction({});
// @ts-expect-error TS2345: a DestinationRule is of a host
new DestinationRule(chart, 'e', {});
// @ts-expect-error TS2741: a subset has labels
new DestinationRule(chart, 'f', { host, subsets: [{ name: 'v1' }] });
// @ts-expect-error TS2345: an HTTPRoute has a Gateway
new HTTPRoute(chart, 'g', { rules: [] });
// @ts-expect-error TS2741: actions of the mesh are not those of the Gateway API
new HTTPRoute(chart, 'h', { parents, rules: [{ action: RouteAction.forward({ host }) }] });
// @ts-expect-error TS2353: a backend is made by a factory
HttpRouteAction.forward({ name: 'stock', port: 80 });
// @ts-expect-error TS2345: the apex is a Canary's
HttpBackend.apexOf({ name: 'podinfo' });
// @ts-expect-error TS2322: an interval has a unit
new HouseRules({ minInterval: 60 });
// @ts-expect-error TS2322: an action is one that exists
new CanaryPolicy(chart, 'i', { action: 'Refuse' });
// @ts-expect-error TS2353: house rules are made, so that they are checked
new CanaryPolicy(chart, 'j', { houseRules: { minMetrics: 1 } });

import { Chart, Duration } from 'cdk8s';
import * as plus33 from 'cdk8s-plus-33';
import {
  type CanaryService,
  Gateway,
  MeshHost,
  RouteAction,
  TrafficProvider,
  VirtualService,
  type VirtualServiceProps,
  type VirtualServiceRoute,
} from '../../constructs';
import { validatedByIstio } from '../istio-schema';
import { aCanary, aChart, type Manifest, synthesised } from './fixtures';

const reviews = RouteAction.forward({ host: MeshHost.of('reviews') });
const metadata = { name: 'root' };
const specOf = (chart: Chart): Manifest => synthesised(chart)['VirtualService/root'].spec;

it('writes every field that it has, as Istio knows it', () => {
  const chart = aChart();
  const service = new plus33.Service(chart, 'service', { metadata: { name: 'ratings' }, ports: [{ port: 80 }] });
  const root = new VirtualService(chart, 'root', {
    metadata,
    hosts: ['shop.example.com'],
    gateways: [Gateway.MESH, Gateway.fromName('edge/public')],
    exportTo: ['.'],
    tcp: [{ route: [{ destination: { host: 'db' } }] }],
    tls: [{ match: [{ sniHosts: ['db.example.com'] }], route: [{ destination: { host: 'db' } }] }],
    routes: [
      {
        name: 'reviews',
        match: [{ uri: { prefix: '/reviews' } }],
        action: RouteAction.split([
          { destination: { host: MeshHost.of('reviews'), port: 8080, subset: 'v1' }, weight: 75 },
          {
            destination: { host: MeshHost.service({ name: 'reviews', namespace: 'next' }) },
            weight: 25,
            headers: { response: { set: { 'x-side': 'next' } } },
          },
        ]),
        rewrite: { uri: '/' },
        timeout: Duration.seconds(5),
        retries: { attempts: 2, perTryTimeout: Duration.seconds(1), retryOn: '5xx' },
        headers: { request: { add: { 'x-shop': 'yes' }, remove: ['x-debug'] } },
        corsPolicy: { allowOrigins: [{ exact: 'https://shop.example.com' }], maxAge: Duration.hours(1) },
        mirror: { host: MeshHost.service(service) },
        mirrorPercentage: 12.5,
        fault: { delay: { percentage: { value: 1 }, fixedDelay: '1s' } },
      },
    ],
  });
  root.addRoute({ match: [{ uri: { exact: '/old' } }], action: RouteAction.redirect({ uri: '/', redirectCode: 308 }) });
  root.addRoute({ action: RouteAction.respond(503, 'closed') });
  expect(specOf(chart)).toEqual({
    hosts: ['shop.example.com'],
    gateways: ['mesh', 'edge/public'],
    exportTo: ['.'],
    tcp: [{ route: [{ destination: { host: 'db' } }] }],
    tls: [{ match: [{ sniHosts: ['db.example.com'] }], route: [{ destination: { host: 'db' } }] }],
    http: [
      {
        name: 'reviews',
        match: [{ uri: { prefix: '/reviews' } }],
        route: [
          { destination: { host: 'reviews', port: { number: 8080 }, subset: 'v1' }, weight: 75 },
          {
            destination: { host: 'reviews.next.svc.cluster.local' },
            weight: 25,
            headers: { response: { set: { 'x-side': 'next' } } },
          },
        ],
        rewrite: { uri: '/' },
        timeout: '5s',
        retries: { attempts: 2, perTryTimeout: '1s', retryOn: '5xx' },
        headers: { request: { add: { 'x-shop': 'yes' }, remove: ['x-debug'] } },
        corsPolicy: { allowOrigins: [{ exact: 'https://shop.example.com' }], maxAge: '60m' },
        mirror: { host: 'ratings.test.svc.cluster.local' },
        mirrorPercentage: { value: 12.5 },
        fault: { delay: { percentage: { value: 1 }, fixedDelay: '1s' } },
      },
      { match: [{ uri: { exact: '/old' } }], redirect: { uri: '/', redirectCode: 308 } },
      { directResponse: { status: 503, body: { string: 'closed' } } },
    ],
  });
  expect(validatedByIstio([synthesised(chart)['VirtualService/root']])).toBe('valid');
});

describe('around a Canary', () => {
  it('delegates to the VirtualService that the controller makes', () => {
    const chart = aChart();
    const ops = new Chart(chart.node.root, 'ops', { namespace: 'ops' });
    const canary = aCanary(chart, { service: { port: 9898, delegation: true } });
    const root = new VirtualService(ops, 'root', { metadata, hosts: ['shop.example.com'] });
    root.addRoute({ match: [{ uri: { prefix: '/podinfo' } }], action: RouteAction.delegate(canary) });
    const stock = new VirtualService(ops, 'stock', { metadata: { name: 'stock' }, routes: [{ action: reviews }] });
    root.addRoute({ action: RouteAction.delegateTo(stock) });
    expect(specOf(ops).http).toEqual([
      { match: [{ uri: { prefix: '/podinfo' } }], delegate: { name: 'podinfo', namespace: 'test' } },
      { delegate: { name: 'stock', namespace: 'ops' } },
    ]);
    expect(validatedByIstio(Object.values(synthesised(ops)))).toBe('valid');
  });

  it('forwards to what its users call', () => {
    const chart = aChart();
    const canary = aCanary(chart, { service: { port: 9898, name: 'shop' } });
    const host = MeshHost.apexOf(canary);
    new VirtualService(chart, 'root', {
      metadata,
      hosts: ['all.example.com'],
      routes: [{ action: RouteAction.forward({ host }) }],
    });
    expect(specOf(chart).http).toEqual([{ route: [{ destination: { host: 'shop.test.svc.cluster.local' } }] }]);
  });
});

const synthesising = (props: Partial<VirtualServiceProps>) => () => {
  const chart = aChart();
  new VirtualService(chart, 'root', { metadata, hosts: ['a.example.com'], ...props });
  chart.toJson();
};
const to = (weight: number) => ({ destination: { host: MeshHost.of('a') }, weight });
const route = (fields: Partial<VirtualServiceRoute>) => ({ routes: [{ action: reviews, ...fields }] });

const WRONG: [string, Partial<VirtualServiceProps>, string][] = [
  ['no routes', {}, 'spec.http: is missing: add a route'],
  [
    'weights that are not everything',
    route({ action: RouteAction.split([to(50), to(40)]) }),
    'spec.http[0].route: has weights whose sum is 90 ([{"destination":{"host":"a"},"weight":50},{"destination":{"host":"a"},"weight...): make them sum up to 100',
  ],
  [
    'a single weight that is not everything',
    route({ action: RouteAction.split([to(50)]) }),
    'spec.http[0].route: has weights whose sum is 50 ([{"destination":{"host":"a"},"weight":50}]): make them sum up to 100',
  ],
  [
    'a weight of a fraction',
    route({ action: RouteAction.split([to(99.5), to(0.5)]) }),
    'spec.http[0].route[0].weight: must be a whole number (99.5): write weight as a whole number, without quotes',
  ],
  [
    'a split into nothing',
    route({ action: RouteAction.split([]) }),
    'spec.http[0].route: is empty ([]): give it a destination',
  ],
  [
    'gateways of a delegate',
    { hosts: [], gateways: [Gateway.MESH], ...route({}) },
    'spec.gateways: are given without hosts (["mesh"]): give hosts, or leave both to the root VirtualService',
  ],
  [
    'a delegate that delegates',
    { hosts: [], ...route({ action: RouteAction.delegateTo({ name: 'other' }) }) },
    'spec.http[0].delegate: is in a VirtualService that is a delegate itself ({"name":"other"}): give hosts: Istio delegates once',
  ],
  [
    'a match of two kinds',
    route({ match: [{ uri: { exact: '/', prefix: '/' } }] }),
    'spec.http[0].match[0].uri: must have at most one of exact, prefix, regex: keep one of them',
  ],
  [
    'a rewrite of the Gateway API',
    route({ rewrite: { uri: '/', type: 'ReplacePrefixMatch' } }),
    'spec.http[0].rewrite.type: means nothing to Istio ("ReplacePrefixMatch"): remove it: Istio replaces the matched prefix',
  ],
  [
    'a status that is none',
    route({ action: RouteAction.respond(42) }),
    'spec.http[0].directResponse.status: must be 200 to 599 (42): set status to 200 to 599',
  ],
  [
    'more copies than requests',
    route({ mirror: { host: MeshHost.of('a') }, mirrorPercentage: 101 }),
    'spec.http[0].mirrorPercentage.value: must be 0 to 100 (101): set value to 0 to 100',
  ],
  [
    'a port that is none',
    route({ action: RouteAction.forward({ host: MeshHost.of('a'), port: 0 }) }),
    'spec.http[0].route[0].destination.port.number: must be 1 to 65535 (0): set number to 1 to 65535',
  ],
];

it.each(WRONG)('refuses %s', (_, props, text) => {
  expect(synthesising(props)).toThrow(`Validation failed with the following errors:\n  [podinfo/root] ${text}`);
});

it('hints at a route that is never reached', () => {
  const print = jest.spyOn(process, 'emitWarning').mockImplementation();
  synthesising({
    routes: [
      { name: 'all', action: reviews },
      { match: [{ uri: { prefix: '/' } }], action: reviews },
    ],
  })();
  expect(print.mock.calls).toEqual([
    [
      '[podinfo/root] spec.http[1]: is never reached: http[0] (all) before it takes every request: move it before that route',
      'SerinWarning',
    ],
  ]);
  print.mockRestore();
});

describe('refuses what fights with a Canary', () => {
  const beside = (service: CanaryService, props: Partial<VirtualServiceProps>, provider?: TrafficProvider) => () => {
    const chart = aChart();
    aCanary(chart, { service: { port: 9898, ...service }, ...(provider && { provider }) });
    new VirtualService(chart, 'root', { metadata, routes: [{ action: reviews }], ...props });
    chart.toJson();
  };

  it.each(['podinfo', 'podinfo.test', 'podinfo.test.svc', 'podinfo.test.svc.cluster.local'])('the host %s', (host) => {
    const text =
      '[podinfo/root] spec.hosts: podinfo at gateway mesh is routed by the VirtualService of [podinfo/canary] too, and ' +
      'two of them fight: delegate to the Canary (its service.delegation, and RouteAction.delegate here), or leave the host to it';
    expect(beside({}, { hosts: ['other', host] })).toThrow(text);
  });

  it('a host of its service at the same gateway, however that is written', () => {
    const service = { hosts: ['shop.example.com'], gateways: [Gateway.fromName('public')] };
    for (const gateway of ['public', 'test/public', 'public.test.svc.cluster.local']) {
      const gateways = [Gateway.fromName(gateway)];
      expect(beside(service, { hosts: ['shop.example.com'], gateways })).toThrow(
        '[podinfo/root] spec.hosts: shop.example.com at gateway public is routed by the VirtualService of [podinfo/canary] too',
      );
    }
    expect(beside(service, { hosts: ['shop.example.com'] })).not.toThrow();
    expect(beside(service, { hosts: ['shop.example.com'], gateways: [Gateway.fromName('edge/public')] })).not.toThrow();
    expect(beside(service, { hosts: ['podinfo.example.com'], gateways: service.gateways })).not.toThrow();
  });

  it('but not when the Canary leaves hosts alone, or another provider routes it', () => {
    expect(beside({ delegation: true }, { hosts: ['podinfo'] })).not.toThrow();
    expect(beside({}, { hosts: ['podinfo'] }, TrafficProvider.KUBERNETES)).not.toThrow();
    expect(beside({}, { hosts: ['podinfo.other.svc.cluster.local'] })).not.toThrow();
  });

  it('its name', () => {
    expect(beside({ delegation: true }, { metadata: { name: 'podinfo' }, hosts: ['a'] })).toThrow(
      '[podinfo/root] metadata.name: podinfo is the name of the VirtualService that the controller makes for ' +
        '[podinfo/canary], and would be overwritten: give it another name',
    );
  });

  it('only within its chart and namespace', () => {
    const chart = aChart();
    aCanary(chart);
    const other = new Chart(chart.node.root, 'other', { namespace: 'test' });
    new VirtualService(other, 'root', { hosts: ['podinfo'], routes: [{ action: reviews }] });
    const away = { name: 'podinfo', namespace: 'away' };
    new VirtualService(chart, 'away', { metadata: away, hosts: ['podinfo'], routes: [{ action: reviews }] });
    expect(() => [chart.toJson(), other.toJson()]).not.toThrow();
  });
});

describe('refuses to delegate', () => {
  it('to a Canary that does not take it', () => {
    const chart = aChart();
    const canary = aCanary(chart);
    new VirtualService(chart, 'root', { hosts: ['a.example.com'], routes: [{ action: RouteAction.delegate(canary) }] });
    expect(() => chart.toJson()).toThrow(
      '[podinfo/root] spec.http[0].delegate: [podinfo/canary] (Canary podinfo) does not take delegated requests: set ' +
        'service.delegation of the Canary',
    );
  });

  it('to a Canary that has no VirtualService', () => {
    const chart = aChart();
    const canary = aCanary(chart, { provider: TrafficProvider.KUBERNETES, service: { port: 80, delegation: true } });
    new VirtualService(chart, 'root', { hosts: ['a.example.com'], routes: [{ action: RouteAction.delegate(canary) }] });
    expect(() => chart.toJson()).toThrow(
      '[podinfo/root] spec.http[0].delegate: [podinfo/canary] has provider kubernetes, which makes no VirtualService: ' +
        'forward to MeshHost.apexOf',
    );
  });

  it('to a VirtualService with hosts', () => {
    const chart = aChart();
    const other = new VirtualService(chart, 'other', { hosts: ['b'], routes: [{ action: reviews }] });
    new VirtualService(chart, 'root', { hosts: ['a'], routes: [{ action: RouteAction.delegateTo(other) }] });
    expect(() => chart.toJson()).toThrow(
      '[podinfo/root] spec.http[0].delegate: [podinfo/other] has hosts of its own (b), and a delegate has none: remove ' +
        'its hosts and gateways',
    );
  });

  it('to another kind', () => {
    const chart = aChart();
    const gateway = new Gateway(chart, 'gateway', { servers: [] });
    expect(() => RouteAction.delegateTo(gateway)).toThrow(
      'RouteAction.delegateTo: [podinfo/gateway] is a construct of kind Gateway: give one of kind VirtualService',
    );
  });
});

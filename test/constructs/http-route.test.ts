import { Duration } from 'cdk8s';
import {
  type CanaryProps,
  HTTPRoute,
  HttpBackend,
  HttpRouteAction,
  type HttpRouteProps,
  type HttpRouteRule,
  TrafficProvider,
} from '../../constructs';
import { aCanary, aChart, type Manifest, synthesised } from './fixtures';

const stock = HttpBackend.of({ name: 'stock', port: 80 });
const action = HttpRouteAction.forward(stock);
const parents = [{ name: 'public', namespace: 'edge' }];
const metadata = { name: 'shop' };

const specOf = (props: Partial<HttpRouteProps>): Manifest => {
  const chart = aChart();
  new HTTPRoute(chart, 'route', { metadata, parents, ...props });
  return synthesised(chart)['HTTPRoute/shop'].spec;
};

it('writes every field that it has', () => {
  const chart = aChart();
  const route = new HTTPRoute(chart, 'route', {
    metadata,
    parents: [{ name: 'public', namespace: 'edge', sectionName: 'https' }],
    hostnames: ['shop.example.com', '*.shop.example.com'],
    rules: [
      {
        match: [
          { uri: { prefix: '/stock' }, method: { exact: 'GET' }, headers: { 'x-a': { exact: 'b' } } },
          { uri: { regex: '/s.*' }, queryParams: { q: { regex: 'x+' } } },
        ],
        action: HttpRouteAction.split([
          { backend: stock, weight: 9 },
          { backend: HttpBackend.of({ name: 'next', namespace: 'other', port: 81 }), weight: 1 },
        ]),
        headers: { request: { add: { 'x-b': 'c' }, remove: ['x-debug'] }, response: { set: { 'x-c': 'd' } } },
        rewrite: { uri: '/', type: 'ReplacePrefixMatch', authority: 'stock.internal' },
        mirror: HttpBackend.of({ name: 'copy', port: 80 }),
        timeout: Duration.seconds(10),
        backendTimeout: Duration.seconds(2),
      },
    ],
  });
  route.addRoute({
    match: [{ uri: { exact: '/old' } }],
    action: HttpRouteAction.redirect({
      scheme: 'https',
      hostname: 'new.example.com',
      port: 8443,
      path: '/',
      statusCode: 301,
    }),
  });
  expect(synthesised(chart)['HTTPRoute/shop']).toEqual({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'shop', namespace: 'test' },
    spec: {
      parentRefs: [{ name: 'public', namespace: 'edge', sectionName: 'https' }],
      hostnames: ['shop.example.com', '*.shop.example.com'],
      rules: [
        {
          matches: [
            {
              path: { type: 'PathPrefix', value: '/stock' },
              method: 'GET',
              headers: [{ type: 'Exact', name: 'x-a', value: 'b' }],
            },
            {
              path: { type: 'RegularExpression', value: '/s.*' },
              queryParams: [{ type: 'RegularExpression', name: 'q', value: 'x+' }],
            },
          ],
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { add: [{ name: 'x-b', value: 'c' }], remove: ['x-debug'] },
            },
            { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-c', value: 'd' }] } },
            {
              type: 'URLRewrite',
              urlRewrite: { hostname: 'stock.internal', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
            },
            {
              type: 'RequestMirror',
              requestMirror: { backendRef: { group: '', kind: 'Service', name: 'copy', port: 80 } },
            },
          ],
          backendRefs: [
            { group: '', kind: 'Service', name: 'stock', port: 80, weight: 9 },
            { group: '', kind: 'Service', name: 'next', namespace: 'other', port: 81, weight: 1 },
          ],
          timeouts: { request: '10s', backendRequest: '2s' },
        },
        {
          matches: [{ path: { type: 'Exact', value: '/old' } }],
          filters: [
            {
              type: 'RequestRedirect',
              requestRedirect: {
                scheme: 'https',
                hostname: 'new.example.com',
                port: 8443,
                path: { type: 'ReplaceFullPath', replaceFullPath: '/' },
                statusCode: 301,
              },
            },
          ],
        },
      ],
    },
  });
});

const rule = (fields: Partial<HttpRouteRule>) => ({ rules: [{ action, ...fields }] });

const WRONG: [string, Partial<HttpRouteProps>, string][] = [
  ['no parents', { parents: [], ...rule({}) }, 'spec.parentRefs: is missing ([]): name the Gateway that it belongs to'],
  ['no rules', {}, 'spec.rules: is missing: add a route'],
  [
    'a host that is none',
    { hostnames: ['Shop_1'], ...rule({}) },
    'spec.hostnames: has Shop_1, which is no host name (["Shop_1"]): write names like podinfo.example.com',
  ],
  [
    'a split into nothing',
    rule({ action: HttpRouteAction.split([]) }),
    'spec.rules[0].backendRefs: is empty ([]): give it a backend, or a redirect',
  ],
  [
    'weights of nothing',
    rule({ action: HttpRouteAction.split([{ backend: stock, weight: 0 }]) }),
    'spec.rules[0].backendRefs: has weights that are all 0, so that every request fails ' +
      '([{"group":"","kind":"Service","name":"stock","port":80,"weight":0}]): give one of them a weight',
  ],
  [
    'a weight of a fraction',
    rule({ action: HttpRouteAction.split([{ backend: stock, weight: 0.5 }]) }),
    'spec.rules[0].backendRefs[0].weight: must be a whole number (0.5): write weight as a whole number, without quotes',
  ],
  [
    'a Service without port',
    rule({ action: HttpRouteAction.forward(HttpBackend.of({ name: 'stock' })) }),
    'spec.rules[0].backendRefs[0].port: is missing: a reference to a Service needs its port',
  ],
  [
    'a path from nowhere',
    rule({ match: [{ uri: { prefix: 'stock' } }] }),
    'spec.rules[0].matches[0].path.value: must begin with / ("stock"): write the path from the root on',
  ],
  [
    'a condition that HTTPRoutes do not know',
    rule({ match: [{ scheme: { exact: 'https' }, sourceLabels: { a: 'b' } }] }),
    'spec.rules[0].matches[0]: HTTPRoutes have no scheme, sourceLabels: use uri, method, headers or queryParams',
  ],
  [
    'a method by pattern',
    rule({ match: [{ method: { prefix: 'P' } }] }),
    'spec.rules[0].matches[0]: HTTPRoutes compare methods exactly: give method an exact',
  ],
];

it.each(WRONG)('refuses %s', (_, props, text) => {
  expect(() => specOf(props)).toThrow(`Validation failed with the following errors:\n  [podinfo/route] ${text}`);
});

describe('beside a Canary', () => {
  const service = { port: 9898, gatewayRefs: parents, hosts: ['podinfo.example.com'] };
  const beside = (props: Partial<HttpRouteProps>, canary: Partial<CanaryProps> = {}) => {
    const chart = aChart();
    aCanary(chart, { provider: TrafficProvider.GATEWAY_API_V1, service, ...canary });
    new HTTPRoute(chart, 'route', { metadata, parents, rules: [{ action }], ...props });
    return () => chart.toJson();
  };

  it('refuses its name', () => {
    expect(beside({ metadata: { name: 'podinfo' } })).toThrow(
      '[podinfo/route] metadata.name: podinfo is the name of the HTTPRoute that the controller makes for [podinfo/canary], ' +
        'and would be overwritten: give it another name',
    );
  });

  it('refuses every request for its host', () => {
    const hostnames = ['other.example.com', 'podinfo.example.com'];
    expect(beside({ hostnames })).toThrow(
      '[podinfo/route] spec.hostnames: every request for podinfo.example.com at Gateway public is routed by the HTTPRoute ' +
        'of [podinfo/canary] too, and the older one gets them all: give the route conditions, or leave the host to the Canary',
    );
    expect(beside({ hostnames, rules: [{ match: [{ uri: { prefix: '/a' } }], action }] })).not.toThrow();
    expect(beside({ hostnames, parents: [{ name: 'public' }] })).not.toThrow();
    expect(beside({ hostnames }, { provider: TrafficProvider.ISTIO })).not.toThrow();
    expect(beside({ hostnames }, { service: { ...service, match: [{ uri: { prefix: '/' } }] } })).not.toThrow();
  });

  it('hints at a backend that gets past its split', () => {
    const print = jest.spyOn(process, 'emitWarning').mockImplementation();
    const chart = aChart();
    const canary = aCanary(chart, { provider: TrafficProvider.GATEWAY_API_V1, service });
    const backend = HttpBackend.apexOf(canary);
    new HTTPRoute(chart, 'route', { metadata, parents, rules: [{ action: HttpRouteAction.forward(backend) }] });
    expect(synthesised(chart)['HTTPRoute/shop'].spec.rules).toEqual([
      { backendRefs: [{ group: '', kind: 'Service', name: 'podinfo', port: 9898 }] },
    ]);
    expect(print.mock.calls).toEqual([
      [
        "[podinfo/route] spec.rules[0].backendRefs[0]: Service podinfo of [podinfo/canary] is the primary's alone, because " +
          'the split is in the HTTPRoute of the Canary: add the host to service.hosts of the Canary to have it split',
        'SerinWarning',
      ],
    ]);
    print.mockRestore();
  });
});

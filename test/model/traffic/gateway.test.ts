import { parse } from 'yaml';
import type { Canary } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { type Router, routerFor, routingProblem } from '../../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes, routesFor } from '../../../model/traffic/routes';
import { GATEWAY, plainCanary, raw, served } from './specimen';

const v1 = routerFor('gatewayapi:v1') as Router;
const beta = routerFor('gatewayapi:v1beta1') as Router;
const linkerd = routerFor('linkerd') as Router;
const aCanary = (service: object = {}, analysis: object = {}): Canary =>
  plainCanary(analysis, { gatewayRefs: [GATEWAY], ...service });
const rendered = (canary: Canary, routes: Routes = ALL_TO_PRIMARY, router = v1): KubeObject =>
  router.render(canary, routes, [])[0]!;
const rulesOf = (canary: Canary, routes?: Routes, router = v1) => raw(rendered(canary, routes, router)).spec.rules;

test('the whole route', () => {
  const made = rendered(aCanary({ hosts: ['app.example.com'], timeout: '15s', backendTimeout: '1.5s' }), routesFor(10));
  expect(made).toMatchObject({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' });
  expect(made.metadata).toMatchObject({ name: 'podinfo', namespace: 'test', ownerReferences: [{ uid: 'uid-canary' }] });
  expect(made['spec']).toEqual(
    parse(`
parentRefs: [{ group: gateway.networking.k8s.io, kind: Gateway, name: public, namespace: gateways }]
hostnames: [app.example.com]
rules:
- matches: [{ path: { type: PathPrefix, value: / } }]
  backendRefs:
  - { group: "", kind: Service, name: podinfo-primary, port: 9898, weight: 90 }
  - { group: "", kind: Service, name: podinfo-canary, port: 9898, weight: 10 }
  timeouts: { request: 15s, backendRequest: 1s500ms }
`),
  );
});

test('conditions: the first of regex, exact and prefix counts, what cannot be expressed is dropped', () => {
  const match = [
    { uri: { regex: '/a.*', prefix: '/a' } },
    { uri: { exact: '/b' }, method: { exact: 'GET' }, headers: { y: { regex: 'z' }, x: { exact: '1' } } },
    { queryParams: { q: { exact: '1' } }, port: 80 },
    { port: 80 },
  ];
  expect(rulesOf(aCanary({ match }))[0].matches).toEqual(
    parse(`
- { path: { type: RegularExpression, value: /a.* } }
- path: { type: Exact, value: /b }
  method: GET
  headers: [{ name: x, type: Exact, value: "1" }, { name: y, type: RegularExpression, value: z }]
- { path: { type: PathPrefix, value: / }, queryParams: [{ name: q, type: Exact, value: "1" }] }
`),
  );
  expect(rulesOf(aCanary({ match: [{ port: 80 }] }))[0].matches).toEqual([
    { path: { type: 'PathPrefix', value: '/' } },
  ]);
});

test.each([
  ['a header prefix', { headers: { x: { prefix: 'a' } } }, 'compare a header by exact or regex, x has prefix'],
  ['a query prefix', { queryParams: { q: { prefix: 'a' } } }, 'compare a query parameter by exact or regex'],
  ['an empty uri', { uri: {} }, 'uri is empty'],
  ['a method prefix', { method: { prefix: 'G' } }, 'compare methods exactly'],
])('%s is an error', (_, entry, text) => {
  expect(() => rendered(aCanary({ match: [entry] }))).toThrow(text);
  expect(routingProblem(v1, aCanary({ match: [entry] }), [])).toContain(text);
});

test('a condition of who gets the canary is never dropped: it would match everybody', () => {
  const canary = aCanary({}, { iterations: 3, match: [{ sourceLabels: { a: 'b' } }] });
  expect(() => rendered(canary)).toThrow('analysis.match has an entry without headers and queryParams');
  expect(v1.skips(canary)).toContainEqual({ path: 'analysis.match.sourceLabels', reason: expect.any(String) });
});

test('T9, T10: A/B merges conditions, everybody else stays on the primary', () => {
  const match = [{ headers: { 'x-canary': { exact: 'insider' } }, queryParams: { v: { exact: '2' } } }];
  const base = [{ uri: { prefix: '/app' }, headers: { b: { exact: '1' } } }];
  expect(rulesOf(aCanary({ match: base }, { iterations: 3, match }), ALL_TO_CANARY)).toEqual(
    parse(`
- matches:
  - path: { type: PathPrefix, value: /app }
    headers: [{ name: b, type: Exact, value: "1" }, { name: x-canary, type: Exact, value: insider }]
    queryParams: [{ name: v, type: Exact, value: "2" }]
  backendRefs:
  - { group: "", kind: Service, name: podinfo-primary, port: 9898, weight: 0 }
  - { group: "", kind: Service, name: podinfo-canary, port: 9898, weight: 100 }
- matches:
  - path: { type: PathPrefix, value: /app }
    headers: [{ name: b, type: Exact, value: "1" }]
  backendRefs:
  - { group: "", kind: Service, name: podinfo-primary, port: 9898, weight: 100 }
`),
  );
});

test('filters in order, and T4: a progressive run is mirrored too', () => {
  const canary = aCanary(
    {
      headers: {
        request: { add: { b: '2', a: '1' }, set: { c: '3' }, remove: ['d'] },
        response: { add: {}, remove: [] },
      },
      rewrite: { uri: '/v2', authority: 'api.example.com', type: 'ReplacePrefixMatch' },
      mirror: [{ backendRef: { name: 'shadow', port: 80 } }, {}],
      corsPolicy: {
        allowOrigin: ['https://a.example.com'],
        allowOrigins: [{ exact: 'https://b.example.com' }, { regex: '.*' }],
        allowCredentials: true,
        maxAge: '24h',
      },
    },
    { mirror: true },
  );
  expect(rulesOf(canary, routesFor(0, true))[0].filters).toEqual(
    parse(`
- type: RequestHeaderModifier
  requestHeaderModifier:
    add: [{ name: a, value: "1" }, { name: b, value: "2" }]
    set: [{ name: c, value: "3" }]
    remove: [d]
- type: URLRewrite
  urlRewrite: { hostname: api.example.com, path: { type: ReplacePrefixMatch, replacePrefixMatch: /v2 } }
- type: RequestMirror
  requestMirror: { backendRef: { group: "", kind: Service, name: shadow, port: 80 } }
- type: CORS
  cors: { allowOrigins: [https://a.example.com, https://b.example.com], allowCredentials: true, maxAge: 86400 }
- type: RequestMirror
  requestMirror: { backendRef: { group: "", kind: Service, name: podinfo-canary, port: 9898 } }
`),
  );
  expect(v1.skips(canary).map(({ path }) => path)).toEqual(['service.corsPolicy.allowOrigins']);
  expect(rulesOf(canary, routesFor(10))[0].filters).toHaveLength(4);
  const rewrite = rulesOf(aCanary({ rewrite: { uri: '/' } }))[0].filters;
  expect(rewrite).toEqual([
    { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/' } } },
  ]);
});

test('without parents there is no route', () => {
  expect(routingProblem(v1, plainCanary(), [])).toBe('HTTPRoute podinfo.test has no parents: set service.gatewayRefs');
});

test('filters of types that are not ours stay on the rule', () => {
  const live = rendered(aCanary({ headers: { request: { remove: ['a'] } } }), routesFor(10));
  const extension = { type: 'ExtensionRef', extensionRef: { group: 'x.example.com', kind: 'Auth', name: 'login' } };
  raw(live).spec.rules[0].filters.push(extension);
  const [next] = v1.render(aCanary(), undefined, [live]);
  expect(raw(next).spec.rules[0].filters).toEqual([extension]);
});

describe('v1beta1', () => {
  test('is the same without timeouts and CORS', () => {
    const made = rendered(aCanary({ timeout: '15s', corsPolicy: { allowOrigin: ['*'] } }), routesFor(10), beta);
    expect(made.apiVersion).toBe('gateway.networking.k8s.io/v1beta1');
    expect(Object.keys(raw(made).spec.rules[0])).toEqual(['matches', 'backendRefs']);
  });

  test('needs no Accepted condition', () => {
    expect(beta.read(aCanary(), [rendered(aCanary(), routesFor(10), beta)])).toEqual(routesFor(10));
  });
});

describe('Linkerd', () => {
  test('splits calls to the apex Service', () => {
    const canary = plainCanary({}, { rewrite: { uri: '/' }, timeout: '15s', hosts: ['app.example.com'] });
    const { parentRefs, rules, hostnames } = raw(rendered(canary, routesFor(10), linkerd)).spec;
    expect(hostnames).toBeUndefined();
    expect(parentRefs).toEqual([{ group: 'core', kind: 'Service', name: 'podinfo', port: 9898 }]);
    expect(Object.keys(rules[0])).toEqual(['matches', 'backendRefs', 'timeouts']);
    expect(linkerd.canMirror(canary)).toBe(false);
  });

  test('parents of the user win', () => {
    expect(raw(rendered(aCanary(), ALL_TO_PRIMARY, linkerd)).spec.parentRefs).toMatchObject([GATEWAY]);
  });

  test('a status that calls the core group by its empty name and fills in the namespace counts', () => {
    const canary = plainCanary();
    const live = served(rendered(canary, routesFor(10), linkerd));
    raw(live).status.parents[0].parentRef = {
      group: '',
      kind: 'Service',
      name: 'podinfo',
      namespace: 'test',
      port: 9898,
    };
    expect(linkerd.read(canary, [live])).toEqual(routesFor(10));
  });
});

describe('T11: a route counts once its parents have accepted it', () => {
  const live = (change: (parents: ReturnType<typeof raw>, object: KubeObject) => void) => {
    const object = served(rendered(aCanary(), routesFor(10)), 3);
    change(raw(object).status.parents, object);
    return [object];
  };
  const notReady = (why: string) => ({
    unreadable: `HTTPRoute podinfo.test parent public is not ready (${why})`,
    asked: routesFor(10),
    ...(why.startsWith('Accepted') ? {} : { pending: true }),
  });

  test.each<[string, (parents: ReturnType<typeof raw>, object: KubeObject) => void, string]>([
    ['no status', (_, object) => delete object['status'], 'no controller has reported on it'],
    [
      'another parent',
      (parents) => {
        parents[0].parentRef = { name: 'other' };
      },
      'no controller has reported on it',
    ],
    [
      'no condition',
      (parents) => {
        parents[0].conditions = [];
      },
      'no Accepted condition',
    ],
    [
      'refused',
      (parents) => {
        parents[0].conditions[0] = { type: 'Accepted', status: 'False', reason: 'NotAllowed', message: 'no' };
      },
      'Accepted is False: NotAllowed: no',
    ],
    [
      'a status of before the step',
      (parents) => {
        parents[0].conditions[0].observedGeneration = 2;
      },
      'observed generation 2 is behind 3',
    ],
  ])('%s', (_, change, why) => {
    expect(v1.read(aCanary(), live(change))).toEqual(notReady(why));
  });

  test('the split stays whatever the status says', () => {
    const [unready] = live((_, object) => delete object['status']);
    expect(v1.render(aCanary(), undefined, [unready!])).toEqual([]);
  });

  test('entries of controllers that are gone do not hold it up', () => {
    const both = live((parents) => parents.unshift({ ...parents[0], conditions: [] }));
    expect(v1.read(aCanary(), both)).toEqual(routesFor(10));
  });

  test('an annotation takes routes for ready whose controller writes no status', () => {
    const canary = aCanary();
    canary.metadata.annotations = { 'serin.dev/route-acceptance': 'ignore' };
    expect(
      v1.read(
        canary,
        live((_, object) => delete object['status']),
      ),
    ).toEqual(routesFor(10));
  });

  test('0 and 0 is an error, other sums are percent', () => {
    const weights = (primary: number, canary: number) =>
      live((_, object) => {
        const [rule] = raw(object).spec.rules;
        [rule.backendRefs[0].weight, rule.backendRefs[1].weight] = [primary, canary];
      });
    expect(v1.read(aCanary(), weights(0, 0))).toEqual({
      unreadable: 'HTTPRoute podinfo.test does not contain routes for podinfo-primary and podinfo-canary',
    });
    expect(v1.read(aCanary(), weights(1, 3))).toEqual(routesFor(75));
    expect(v1.read(aCanary(), weights(0, 1))).toEqual(ALL_TO_CANARY);
    expect(v1.read(aCanary(), weights(999, 1))).toEqual(routesFor(1));
  });
});

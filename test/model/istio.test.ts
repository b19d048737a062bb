import fc from 'fast-check';
import { parse } from 'yaml';
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { CANARY_ANNOTATION, LAST_APPLIED } from '../../model/objects/metadata';
import {
  finalize,
  ORIGINAL_CONFIGURATION,
  read,
  render,
  virtualService,
  virtualServicePatch,
} from '../../model/traffic/istio';
import { isRouter, KNOWN_PROVIDERS, type Router, routerFor } from '../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, routesFor } from '../../model/traffic/routes';
import { validatedByIstio } from '../istio-schema';
import { aCanary } from './tutorial';

const withService = (fields: object, change: (canary: Canary) => void = () => {}) =>
  aCanary((canary) => {
    Object.assign(canary.spec.service ?? {}, fields);
    change(canary);
  });
const withAnalysis = (fields: object, service: object = {}) =>
  withService(service, (canary) => Object.assign(canary.spec.analysis, fields));
const plain = { retries: undefined, gateways: undefined, hosts: undefined };
// biome-ignore lint/suspicious/noExplicitAny: tests look into raw JSON
const raw = (object: unknown): any => object;
const spec = (object: KubeObject): unknown => raw(object).spec;

test('both DestinationRules of the tutorial, the canary’s first', () => {
  const { destinationRules } = render(aCanary());
  expect(destinationRules.map((rule) => [rule.metadata.name, spec(rule)])).toEqual([
    ['podinfo-canary', { host: 'podinfo-canary', trafficPolicy: { tls: { mode: 'DISABLE' } } }],
    ['podinfo-primary', { host: 'podinfo-primary', trafficPolicy: { tls: { mode: 'DISABLE' } } }],
  ]);
  expect(spec(render(withService({ trafficPolicy: undefined })).destinationRules[0])).toEqual({
    host: 'podinfo-canary',
  });
});

test('the VirtualService of the tutorial after its first step', () => {
  const wanted = parse(`
hosts: [app.example.com, podinfo]
gateways: [public-gateway.istio-system.svc.cluster.local]
http:
- retries: { attempts: 3, perTryTimeout: 1s, retryOn: "gateway-error,connect-failure,refused-stream" }
  route:
  - { destination: { host: podinfo-primary }, weight: 90 }
  - { destination: { host: podinfo-canary },  weight: 10 }
`);
  const made = virtualService(aCanary(), routesFor(10));
  expect(spec(made)).toEqual(wanted);
  expect(made.metadata).toMatchObject({ name: 'podinfo', namespace: 'test', ownerReferences: [{ uid: 'uid-canary' }] });
  expect(made.metadata.labels).toBeUndefined();
});

test('metadata is the apex Service’s, with its selector label when it has any', () => {
  const canary = withService({ apex: { labels: { x: 'y' } } });
  const { labels } = virtualService(canary, ALL_TO_PRIMARY, undefined, { key: 'app', value: 'podinfo' }).metadata;
  expect(labels).toEqual({ x: 'y', app: 'podinfo' });
});

test('mirroring', () => {
  const wanted = parse(`
- route:
  - { destination: { host: podinfo-primary }, weight: 100 }
  - { destination: { host: podinfo-canary },  weight: 0 }
  mirror: { host: podinfo-canary }
  mirrorPercentage: { value: 25 }
`);
  const canary = withAnalysis({ mirror: true, mirrorWeight: 25 }, plain);
  expect(raw(virtualService(canary, routesFor(0, true))).spec.http).toEqual(wanted);
  expect(raw(virtualService(canary, routesFor(0))).spec.http[0].mirror).toBeUndefined();
  const all = withAnalysis({ mirror: true, mirrorWeight: 0 }, plain);
  expect(raw(virtualService(all, routesFor(0, true))).spec.http[0].mirrorPercentage).toBeUndefined();
});

test('A/B, T10: the default route is 100', () => {
  const wanted = parse(`
- match: [{ uri: { prefix: / }, headers: { x-canary: { exact: insider } } }]
  route:
  - { destination: { host: podinfo-primary }, weight: 0 }
  - { destination: { host: podinfo-canary },  weight: 100 }
- match: [{ uri: { prefix: / } }]
  route:
  - { destination: { host: podinfo-primary }, weight: 100 }
`);
  const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
  const canary = withAnalysis({ match, iterations: 10 }, { ...plain, match: [{ uri: { prefix: '/' } }] });
  expect(raw(virtualService(canary, ALL_TO_CANARY)).spec.http).toEqual(wanted);
});

test('T9: conditions are merged, the analysis wins, query parameters stay', () => {
  const match = [{ headers: { a: { exact: '1' } }, queryParams: { q: { exact: 'x' } } }, { sourceLabels: { l: 'm' } }];
  const base = [{ headers: { a: { exact: '0' }, b: { exact: '2' } } }, { uri: { exact: '/' } }];
  const canary = withAnalysis({ match }, { match: base });
  expect(raw(virtualService(canary, ALL_TO_PRIMARY)).spec.http[0].match).toEqual([
    { headers: { a: { exact: '1' }, b: { exact: '2' } }, queryParams: { q: { exact: 'x' } } },
    { uri: { exact: '/' }, headers: { a: { exact: '1' } }, queryParams: { q: { exact: 'x' } } },
    { headers: { a: { exact: '0' }, b: { exact: '2' } }, sourceLabels: { l: 'm' } },
    { uri: { exact: '/' }, sourceLabels: { l: 'm' } },
  ]);
});

test('TCP', () => {
  const canary = withService({
    ...plain,
    appProtocol: 'TCP',
    match: [{ port: 9898 }, { uri: { prefix: '/' } }],
    timeout: '5s',
  });
  expect(spec(virtualService(canary, routesFor(20)))).toEqual({
    hosts: ['podinfo'],
    gateways: ['mesh'],
    tcp: [
      {
        match: [{ port: 9898 }],
        route: [
          { destination: { host: 'podinfo-primary' }, weight: 80 },
          { destination: { host: 'podinfo-canary' }, weight: 20 },
        ],
      },
    ],
  });
});

test('base fields, and a port where several were discovered', () => {
  const canary = withService({
    portDiscovery: true,
    timeout: '15s',
    rewrite: { uri: '/', type: 'x' },
    headers: { request: { remove: ['a'] } },
    corsPolicy: { allowMethods: ['GET'] },
    retries: { retryOn: '5xx' },
  });
  const [route] = raw(virtualService(canary, ALL_TO_PRIMARY)).spec.http;
  expect(route).toMatchObject({
    timeout: '15s',
    rewrite: { uri: '/' },
    headers: { request: { remove: ['a'] } },
    retries: { attempts: 0, retryOn: '5xx' },
  });
  expect(route.rewrite.type).toBeUndefined();
  expect(route.route[1].destination).toEqual({ host: 'podinfo-canary', port: { number: 9898 } });
  const inMesh = withService({ portDiscovery: true, gateways: ['mesh', 'public'] });
  expect(raw(virtualService(inMesh, ALL_TO_PRIMARY)).spec.http[0].route[0].destination.port).toBeUndefined();
});

test('a delegate has neither hosts nor gateways', () => {
  const delegate = withService({ delegation: true, hosts: undefined, gateways: undefined });
  expect(spec(virtualService(delegate, ALL_TO_PRIMARY))).toMatchObject({ hosts: [] });
  expect(raw(virtualService(delegate, ALL_TO_PRIMARY)).spec.gateways).toBeUndefined();
  expect(() => virtualService(withService({ delegation: true }), ALL_TO_PRIMARY)).toThrow('delegation excludes hosts');
});

describe('over a live object', () => {
  const live = (): KubeObject => {
    const made = virtualService(aCanary(), routesFor(30));
    raw(made).spec = { ...raw(made).spec, exportTo: ['.'] };
    raw(made).spec.http[0].name = 'mine';
    made.metadata.labels = { 'argocd.argoproj.io/instance': 'x' };
    made.metadata.annotations = { ...made.metadata.annotations, foreign: 'y' };
    made.metadata.resourceVersion = '9';
    return made;
  };

  test('T1: a repair keeps the live split', () => {
    const canary = withService({ timeout: '9s' });
    const repaired = virtualService(canary, undefined, live());
    expect(read(repaired, canary)).toEqual(routesFor(30));
    expect(raw(repaired).spec.http[0].timeout).toBe('9s');
    const mirroring = virtualService(aCanary(), routesFor(0, true));
    expect(read(virtualService(canary, undefined, mirroring), canary)).toEqual(routesFor(0, true));
  });

  test('T2: metadata and fields of others stay', () => {
    const stepped = virtualService(aCanary(), routesFor(40), live());
    expect(stepped.metadata.labels).toEqual({ 'argocd.argoproj.io/instance': 'x' });
    expect(stepped.metadata.annotations).toMatchObject({ foreign: 'y' });
    expect(spec(stepped)).toMatchObject({ exportTo: ['.'], http: [{ name: 'mine' }] });
  });

  test('one step is one small patch, no step is none', () => {
    expect(Object.keys(virtualServicePatch(aCanary(), routesFor(40), live()) ?? {})).toEqual(['spec']);
    expect(Object.keys(raw(virtualServicePatch(aCanary(), routesFor(40), live())).spec)).toEqual(['http']);
    expect(virtualServicePatch(aCanary(), routesFor(30), live())).toBeUndefined();
    expect(virtualServicePatch(aCanary(), undefined, live())).toBeUndefined();
  });

  const foreign = (): KubeObject => ({
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    metadata: { name: 'podinfo', namespace: 'test', resourceVersion: '1' },
    spec: { hosts: ['podinfo'], http: [{ name: 'user', route: [{ destination: { host: 'podinfo' } }] }] },
  });

  test('T3: the user’s own spec is recorded once, and restored', () => {
    const taken = virtualService(aCanary(), undefined, foreign());
    expect(read(taken, aCanary())).toEqual(ALL_TO_PRIMARY);
    expect(JSON.parse(taken.metadata.annotations?.[ORIGINAL_CONFIGURATION] ?? '')).toEqual(spec(foreign()));
    expect(taken.metadata.ownerReferences).toBeUndefined();
    expect(raw(taken).spec.http[0].name).toBeUndefined();
    const edited = virtualService(withService({ timeout: '9s' }), routesFor(30), taken);
    expect(edited.metadata.annotations?.[ORIGINAL_CONFIGURATION]).toBe(
      taken.metadata.annotations?.[ORIGINAL_CONFIGURATION],
    );
    const reverted = raw(finalize(aCanary(), edited)).object;
    expect(reverted.spec).toEqual(spec(foreign()));
    expect(reverted.metadata.annotations[ORIGINAL_CONFIGURATION]).toBeUndefined();
  });

  test('T3: objects that Serin made are never recorded', () => {
    const edited = virtualService(withService({ timeout: '9s' }), routesFor(30), live());
    expect(edited.metadata.annotations?.[ORIGINAL_CONFIGURATION]).toBeUndefined();
    expect(finalize(aCanary(), edited)).toEqual({ nothing: expect.any(String) });
  });

  test('kubectl’s record is preferred, a broken one is an error', () => {
    const applied = foreign();
    applied.metadata.annotations = { [LAST_APPLIED]: JSON.stringify({ spec: { hosts: ['old'] } }) };
    const taken = virtualService(aCanary(), undefined, applied);
    expect(taken.metadata.annotations?.[ORIGINAL_CONFIGURATION]).toBeUndefined();
    expect(raw(finalize(aCanary(), taken)).object.spec).toEqual({ hosts: ['old'] });
    applied.metadata.annotations = { [LAST_APPLIED]: '{' };
    expect(() => finalize(aCanary(), applied)).toThrow('is not JSON');
  });

  test('what was synthesised is adopted with its split', () => {
    const made = virtualService(
      aCanary((c) => delete c.metadata.uid),
      routesFor(20),
    );
    expect(made.metadata.annotations?.[CANARY_ANNOTATION]).toBe('podinfo');
    const adopted = virtualService(aCanary(), undefined, made);
    expect(adopted.metadata.ownerReferences).toMatchObject([{ uid: 'uid-canary' }]);
    expect(read(adopted, aCanary())).toEqual(routesFor(20));
  });
});

describe('reading', () => {
  test.each([
    ['no routes', { http: [] }],
    ['zero and zero', { http: [{ route: [{ destination: { host: 'podinfo-canary' }, weight: 0 }] }] }],
    ['garbage', { http: 'x' }],
    ['nothing', undefined],
  ])('%s is an error, never a split', (_, broken) => {
    const object = { ...virtualService(aCanary(), ALL_TO_PRIMARY), spec: broken };
    expect(read(object, aCanary())).toEqual({
      unreadable: 'VirtualService podinfo.test does not contain routes for podinfo-primary and podinfo-canary',
    });
  });
});

const canaries = fc
  .record({
    match: fc.constantFrom(undefined, [{ headers: { a: { exact: 'b' } } }]),
    mirrorWeight: fc.constantFrom(undefined, 0, 50),
    base: fc.constantFrom(undefined, [{ uri: { prefix: '/' } }]),
    appProtocol: fc.constantFrom(undefined, 'http', 'tcp'),
    portDiscovery: fc.boolean(),
    weight: fc.integer({ min: 0, max: 100 }),
    mirrored: fc.boolean(),
  })
  .map(({ match, mirrorWeight, base, appProtocol, portDiscovery, weight, mirrored }) => ({
    canary: withAnalysis({ match, mirrorWeight }, { match: base, appProtocol, portDiscovery }),
    routes: routesFor(weight, mirrored && !match && appProtocol !== 'tcp'),
  }));

const router = routerFor('istio') as Router;

test('the contract: reading what was rendered gives the split, rendering it again changes nothing', () => {
  fc.assert(
    fc.property(canaries, canaries, ({ canary, routes }, { routes: next }) => {
      const objects = router.render(canary, routes, []);
      expect(router.read(canary, objects)).toEqual(routes);
      expect(router.render(canary, routes, objects)).toEqual([]);
      expect(router.render(canary, undefined, objects)).toEqual([]);
      const possible = { ...next, mirrored: next.mirrored && router.canMirror(canary) };
      const [stepped = objects[2]] = router.render(canary, possible, objects);
      expect(stepped && router.read(canary, [stepped])).toEqual(possible);
    }),
    { numRuns: 100 },
  );
});

test('Istio’s own schema accepts what is rendered', () => {
  const mirrored = render(withAnalysis({ mirror: true, mirrorWeight: 50 }), routesFor(0, true));
  const matched = render(
    withAnalysis({ match: [{ headers: { a: { exact: 'b' } } }] }, { match: [{ uri: { prefix: '/' } }] }),
  );
  const tcp = render(withService({ appProtocol: 'tcp', match: [{ port: 9898 }] }));
  const objects = [mirrored, matched, tcp].flatMap((made) => [...made.destinationRules, made.virtualService]);
  expect(validatedByIstio(objects)).toBe('valid');
  const wrong = { ...mirrored.virtualService, spec: { http: [{ route: [{ weight: 'x' }] }] } };
  expect(validatedByIstio([wrong])).toContain('ValidationError');
});

describe('routers', () => {
  test('istio names its objects in the order of writing', () => {
    expect(router.objects(aCanary()).map(({ type, name }) => `${type.kind}/${name}`)).toEqual([
      'DestinationRule/podinfo-canary',
      'DestinationRule/podinfo-primary',
      'VirtualService/podinfo',
    ]);
    expect(router.read(aCanary(), [])).toEqual({
      unreadable: 'VirtualService podinfo.test get query error: not found',
    });
  });

  test('kubernetes routes nothing and reads the status', () => {
    const kubernetes = routerFor('kubernetes') as Router;
    expect(kubernetes.render(aCanary(), ALL_TO_CANARY, [])).toEqual([]);
    expect(kubernetes.read(aCanary(), [])).toEqual(ALL_TO_PRIMARY);
    expect(
      kubernetes.read(
        aCanary((c) => Object.assign(c, { status: { iterations: 2 } })),
        [],
      ),
    ).toEqual(ALL_TO_CANARY);
  });

  test('T12: a provider without router is an error that says which work', () => {
    const without = KNOWN_PROVIDERS.filter((provider) => !isRouter(routerFor(provider)));
    expect(without).toEqual([
      ...['apisix', 'appmesh', 'appmesh:v1beta2', 'gloo', 'knative', 'kuma', 'osm', 'skipper'],
      ...['smi:v1alpha1', 'smi:v1alpha2', 'smi:v1alpha3'],
    ]);
    for (const provider of [...without, 'smi:v1alpha1:istio']) {
      expect(routerFor(provider)).toEqual({
        error: `provider ${provider} is not supported by Serin; see docs/differences.md; these work: contour, gatewayapi:v1, gatewayapi:v1beta1, istio, kubernetes, linkerd, nginx, traefik`,
      });
    }
    expect(routerFor('istoi')).toEqual({
      error: expect.stringContaining('provider istoi is unknown: use one of apisix'),
    });
  });
});

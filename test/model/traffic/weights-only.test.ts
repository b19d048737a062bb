/** nginx, Traefik and Contour. */
import { parse } from 'yaml';
import type { Canary } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { type Router, routerFor, routingProblem } from '../../../model/traffic/router';
import { ALL_TO_CANARY, ALL_TO_PRIMARY, type Routes, routesFor } from '../../../model/traffic/routes';
import { anIngress, plainCanary, raw } from './specimen';

const nginx = routerFor('nginx') as Router;
const traefik = routerFor('traefik') as Router;
const contour = routerFor('contour', { ingressClass: 'public' }) as Router;
const only = (objects: KubeObject[]) => {
  expect(objects).toHaveLength(1);
  return objects[0]!;
};

describe('nginx', () => {
  const P = 'nginx.ingress.kubernetes.io';
  const copy = (canary: Canary, routes: Routes, live: KubeObject[] = []) =>
    only(nginx.render(canary, routes, [anIngress(), ...live]));
  const ab = (...match: object[]) => plainCanary({ iterations: 3, match });
  const marks = (object: KubeObject) =>
    Object.fromEntries(
      Object.entries(object.metadata.annotations ?? {}).filter(([key]) => key.startsWith(`${P}/canary`)),
    );

  test('the copy leads to the canary where the source leads to the apex', () => {
    const made = copy(plainCanary(), routesFor(10));
    expect(made.metadata).toMatchObject({
      name: 'web-canary',
      namespace: 'test',
      labels: { app: 'podinfo' },
      annotations: { [`${P}/proxy-body-size`]: '8m', [`${P}/canary`]: 'true', [`${P}/canary-weight`]: '10' },
    });
    expect(made.metadata.uid).toBeUndefined();
    expect(made.metadata.labels).not.toHaveProperty(['argocd.argoproj.io/instance']);
    const wanted = raw(anIngress()).spec;
    wanted.rules[0].http.paths[0].backend.service.name = 'podinfo-canary';
    expect(made['spec']).toEqual(wanted);
    const byDefault = anIngress();
    byDefault['spec'] = { defaultBackend: { service: { name: 'podinfo', port: { name: 'http' } } } };
    expect(only(nginx.render(plainCanary(), ALL_TO_PRIMARY, [byDefault]))['spec']).toEqual({
      defaultBackend: { service: { name: 'podinfo-canary', port: { name: 'http' } } },
    });
  });

  test.each<[string, object[], object]>([
    ['a header', [{ headers: { a: { exact: 'b' } } }], { header: 'a', 'header-value': 'b' }],
    ['a pattern', [{ headers: { a: { regex: 'b.*' } } }], { header: 'a', 'header-pattern': 'b.*' }],
    ['a prefix', [{ headers: { a: { prefix: 'b.' } } }], { header: 'a', 'header-pattern': '^b\\.' }],
    ['a suffix', [{ headers: { a: { suffix: 'b' } } }], { header: 'a', 'header-pattern': 'b$' }],
    [
      'a header or a cookie',
      [{ headers: { a: { exact: 'b' } } }, { headers: { cookie: { exact: 'c' } } }],
      { header: 'a', 'header-value': 'b', cookie: 'c' },
    ],
  ])('A/B by %s', (_, match, by) => {
    const made = copy(ab(...match), ALL_TO_CANARY);
    const expected = Object.entries(by).map(([key, value]) => [`${P}/canary-by-${key}`, value]);
    expect(marks(made)).toEqual({ [`${P}/canary`]: 'true', ...Object.fromEntries(expected) });
    expect(nginx.read(ab(...match), [made])).toEqual(ALL_TO_CANARY);
  });

  test('T15: annotations of another split do not stay', () => {
    const canary = ab({ headers: { a: { exact: 'b' } } });
    const testing = copy(canary, ALL_TO_CANARY);
    raw(testing).metadata.annotations[`${P}/canary-weight-total`] = '1000';
    expect(marks(copy(canary, ALL_TO_PRIMARY, [testing]))).toEqual({
      [`${P}/canary`]: 'true',
      [`${P}/canary-weight`]: '0',
    });
    expect(marks(copy(plainCanary(), routesFor(20), [testing]))).toEqual({
      [`${P}/canary`]: 'true',
      [`${P}/canary-weight`]: '20',
    });
  });

  test.each<[string, object[], string]>([
    ['two headers at once', [{ headers: { a: { exact: 'b' }, c: { exact: 'd' } } }], 'exactly one header'],
    ['two headers', [{ headers: { a: { exact: 'b' } } }, { headers: { c: { exact: 'd' } } }], 'has more of them'],
    ['a query parameter', [{ queryParams: { a: { exact: 'b' } } }], 'exactly one header'],
    ['a cookie pattern', [{ headers: { cookie: { regex: 'b' } } }], 'compares no cookies'],
  ])('%s is an error, not a canary for everybody', (_, match, text) => {
    expect(routingProblem(nginx, ab(...match), [anIngress()])).toContain(text);
  });

  test('what is missing is said', () => {
    const problem = (canary: Canary, ...live: KubeObject[]) => routingProblem(nginx, canary, live);
    expect(problem(plainCanary())).toBe('Ingress web.test get query error: not found');
    expect(problem(plainCanary({}, { name: 'other' }), anIngress())).toBe('backend other not found in ingress web');
    const without = plainCanary();
    delete without.spec.ingressRef;
    expect(problem(without)).toBe('provider nginx needs ingressRef');
    const matching = plainCanary({ match: [{ headers: { a: { exact: 'b' } } }] });
    expect(problem(matching, anIngress())).toContain('give analysis.match iterations');
  });

  test('a weight that is no percentage is an error', () => {
    for (const weight of ['x', '', '101', '-1', undefined]) {
      const made = copy(plainCanary(), routesFor(10));
      raw(made).metadata.annotations[`${P}/canary-weight`] = weight;
      expect(nginx.read(plainCanary(), [made])).toEqual({ unreadable: expect.stringContaining('must be 0 to 100') });
    }
    const plain = copy(plainCanary(), routesFor(10));
    raw(plain).metadata.annotations[`${P}/canary`] = 'false';
    expect(nginx.read(plainCanary(), [plain])).toEqual({ unreadable: expect.stringContaining('canary: "true"') });
  });

  test('another prefix of annotations', () => {
    const router = routerFor('nginx', { ingressAnnotationsPrefix: 'custom.ingress' }) as Router;
    const made = only(router.render(plainCanary(), routesFor(10), [anIngress()]));
    expect(made.metadata.annotations).toMatchObject({ 'custom.ingress/canary-weight': '10' });
    expect(router.read(plainCanary(), [made])).toEqual(routesFor(10));
  });

  test('the source is seen, never written', () => {
    expect(nginx.objects(plainCanary()).map(({ name, readOnly = false }) => [name, readOnly])).toEqual([
      ['web', true],
      ['web-canary', false],
    ]);
  });
});

test('Traefik: the canary is there only while it has traffic', () => {
  const made = only(traefik.render(plainCanary(), routesFor(10), []));
  expect(made).toMatchObject({
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'TraefikService',
    metadata: { name: 'podinfo' },
  });
  expect(made['spec']).toEqual(
    parse(`
weighted:
  services:
  - { name: podinfo-primary, port: 9898, weight: 90 }
  - { name: podinfo-canary, port: 9898, weight: 10 }
`),
  );
  const [back] = traefik.render(plainCanary(), ALL_TO_PRIMARY, [made]);
  expect(raw(back).spec.weighted.services).toEqual([{ name: 'podinfo-primary', port: 9898, weight: 100 }]);
  const [all] = traefik.render(plainCanary(), ALL_TO_CANARY, [made]);
  expect(raw(all).spec.weighted.services[0]).toEqual({ name: 'podinfo-primary', port: 9898, weight: 0 });
});

describe('Contour', () => {
  const service = (name: string, weight: number) =>
    `{ name: ${name}, port: 9898, weight: ${weight}, requestHeadersPolicy: { set: [{ name: l5d-dst-override, value: "${name}.test.svc.cluster.local:9898" }] } }`;

  test('one route', () => {
    const canary = plainCanary(
      {},
      {
        timeout: '15s',
        retries: { attempts: 3, perTryTimeout: '1s', retryOn: '5xx, reset' },
        match: [{ uri: { prefix: '/app' } }],
      },
    );
    const made = only(contour.render(canary, routesFor(10), []));
    expect(made).toMatchObject({
      apiVersion: 'projectcontour.io/v1',
      kind: 'HTTPProxy',
      metadata: { name: 'podinfo' },
    });
    expect(made['spec']).toEqual(
      parse(`
ingressClassName: public
routes:
- conditions: [{ prefix: /app }]
  services:
  - ${service('podinfo-primary', 90)}
  - ${service('podinfo-canary', 10)}
  timeoutPolicy: { response: 15s, idle: 5m }
  retryPolicy: { count: 3, perTryTimeout: 1s, retryOn: [5xx, reset] }
`),
    );
  });

  test('A/B: one route for each alternative, all conditions of one together', () => {
    const match = [
      { headers: { b: { prefix: 'x' }, a: { exact: '1' } }, queryParams: { q: { exact: '2' } } },
      { headers: { c: { regex: 'y.*' } } },
    ];
    const canary = plainCanary({ iterations: 3, match });
    const { routes } = raw(only(contour.render(canary, ALL_TO_CANARY, []))).spec;
    expect(routes.map(({ conditions }: { conditions: object[] }) => conditions)).toEqual(
      parse(`
- [{ header: { name: a, exact: "1" } }, { header: { name: b, contains: x } }, { queryParameter: { name: q, exact: "2" } }, { prefix: / }]
- [{ header: { name: c, regex: y.* } }, { prefix: / }]
- [{ prefix: / }]
`),
    );
    expect(routes[2].services).toEqual([parse(service('podinfo-primary', 100))]);
    expect(routes[1].services).toEqual([parse(service('podinfo-primary', 0)), parse(service('podinfo-canary', 100))]);
  });

  test('a condition that says nothing is an error', () => {
    const problem = (match: object) => routingProblem(contour, plainCanary({ iterations: 3, match: [match] }), []);
    expect(problem({ sourceLabels: { a: 'b' } })).toContain('without headers and queryParams');
    expect(problem({ headers: { a: {} } })).toContain('compares with nothing');
  });
});

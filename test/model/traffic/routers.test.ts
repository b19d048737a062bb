/** The contract, on every router. */
import type { Canary } from '../../../model/canary';
import { isMatched } from '../../../model/traffic/conditions';
import { ROUTING_TYPES, type Router, routerFor, SUPPORTED_PROVIDERS } from '../../../model/traffic/router';
import { routesFor } from '../../../model/traffic/routes';
import { describeContract, type Subject } from './contract';
import { BASE_MATCH, RICH, SESSIONS, SHAPES } from './shapes';
import { anIngress, GATEWAY, plainCanary, raw } from './specimen';

const ruleAdditions = (list: string, foreign: object, field: string, value: unknown) => ({
  additions: (spec: unknown) => {
    raw(spec).futureField = 'x';
    raw(spec)[list].unshift(structuredClone(foreign));
    raw(spec)[list].at(-1)[field] = value;
  },
  kept: (spec: unknown) =>
    raw(spec).futureField === 'x' &&
    JSON.stringify(raw(spec)[list][0]) === JSON.stringify(foreign) &&
    JSON.stringify(raw(spec)[list].at(-1)[field]) === JSON.stringify(value),
});

const editTimeout = (canary: Canary) => (raw(canary.spec.service).timeout = '31s');
const editLabel = (canary: Canary) => (raw(canary.spec.service).apex = { labels: { edited: 'yes' } });

const istio: Omit<Subject, 'router'> = {
  canaries: SHAPES.istio,
  withSessions: plainCanary(SESSIONS, { ...BASE_MATCH, ...RICH, hosts: [] }),
  given: [],
  additions: (spec) => {
    raw(spec).exportTo = ['.'];
    const list = raw(spec).http ?? raw(spec).tcp;
    list.unshift({ match: [{ port: 1 }], route: [{ destination: { host: 'api' } }] });
    list.at(-1).name = 'mine';
  },
  kept: (spec) => {
    const list = raw(spec).http ?? raw(spec).tcp;
    return raw(spec).exportTo[0] === '.' && list[0].route[0].destination.host === 'api' && list.at(-1).name === 'mine';
  },
  foreignSpec: { hosts: ['podinfo'], http: [{ name: 'own', route: [{ destination: { host: 'podinfo' } }] }] },
  edit: (canary) => {
    editTimeout(canary);
    editLabel(canary);
  },
};

const httpRoute: Omit<Subject, 'router'> = {
  canaries: SHAPES.httpRoute,
  withSessions: plainCanary(SESSIONS, { gatewayRefs: [GATEWAY], ...BASE_MATCH, ...RICH }),
  given: [],
  ...ruleAdditions(
    'rules',
    {
      name: 'theirs',
      matches: [{ path: { type: 'Exact', value: '/metrics' } }],
      backendRefs: [{ name: 'api', port: 80 }],
    },
    'retry',
    { attempts: 2 },
  ),
  foreignSpec: { parentRefs: [{ name: 'theirs' }], rules: [{ backendRefs: [{ name: 'podinfo', port: 9898 }] }] },
  edit: editLabel,
};

const nginx: Omit<Subject, 'router'> = {
  canaries: SHAPES.nginx,
  given: [anIngress()],
  possible: (canary, routes) => (isMatched(canary) ? routesFor(routes.canary >= 50 ? 100 : 0) : routes),
  // The copy's spec is the source's; additions belong there.
  additions: () => {},
  kept: () => true,
  foreignSpec: { rules: [{ host: 'own.example.com' }] },
  edit: (canary) => {
    raw(canary.spec.service).name = 'api';
  },
};

const traefik: Omit<Subject, 'router'> = {
  canaries: SHAPES.traefik,
  given: [],
  additions: (spec) => {
    raw(spec).futureField = 'x';
    raw(spec).weighted.sticky = { cookie: { name: 'lb' } };
    raw(spec).weighted.services[0].scheme = 'h2c';
  },
  kept: (spec) =>
    raw(spec).futureField === 'x' &&
    raw(spec).weighted.sticky.cookie.name === 'lb' &&
    raw(spec).weighted.services[0].scheme === 'h2c',
  foreignSpec: { weighted: { services: [{ name: 'podinfo', port: 9898 }] } },
  edit: editLabel,
};

const contour: Omit<Subject, 'router'> = {
  canaries: SHAPES.contour,
  given: [],
  ...ruleAdditions(
    'routes',
    { conditions: [{ prefix: '/metrics' }], services: [{ name: 'api', port: 80 }] },
    'loadBalancerPolicy',
    { strategy: 'Random' },
  ),
  foreignSpec: { virtualhost: { fqdn: 'a.example.com' }, routes: [{ services: [{ name: 'podinfo', port: 9898 }] }] },
  edit: editTimeout,
};

const SUBJECTS: Record<string, Omit<Subject, 'router'>> = {
  istio,
  'gatewayapi:v1': httpRoute,
  'gatewayapi:v1beta1': httpRoute,
  linkerd: {
    ...httpRoute,
    canaries: SHAPES.linkerd,
    withSessions: undefined,
  },
  nginx,
  traefik,
  contour,
};

describe.each(Object.entries(SUBJECTS))('%s', (provider, subject) => {
  describeContract({ ...subject, router: routerFor(provider, { ingressClass: 'public' }) as Router });
});

test('every kind that a router names is among the routing types', () => {
  const named = SUPPORTED_PROVIDERS.flatMap((provider) => (routerFor(provider) as Router).objects(plainCanary()));
  expect(new Set(named.map(({ type }) => type))).toEqual(new Set(ROUTING_TYPES));
});

test('every router has a subject', () => {
  expect(Object.keys(SUBJECTS).concat('kubernetes').sort()).toEqual([...SUPPORTED_PROVIDERS].sort());
});

test('the skips of a Canary that uses everything', () => {
  const everything = plainCanary(
    { mirror: true, mirrorWeight: 5, ...SESSIONS },
    {
      ...RICH,
      ...BASE_MATCH,
      gatewayRefs: [GATEWAY],
      gateways: ['mesh'],
      backendTimeout: '5s',
      trafficPolicy: { tls: {} },
    },
  );
  const paths = (provider: string) =>
    (routerFor(provider) as Router)
      .skips(everything)
      .map(({ path }) => path)
      .sort();
  const notIstio = ['analysis.mirrorWeight', 'service.gateways', 'service.trafficPolicy'];
  const notGateway = ['service.backendTimeout', 'service.gatewayRefs'];
  const weightsOnly = ['analysis.mirror', 'analysis.sessionAffinity'];
  const elsewhere = ['corsPolicy', 'headers', 'hosts', 'match', 'retries', 'rewrite', 'timeout'].map(
    (f) => `service.${f}`,
  );
  const expected: Record<string, string[]> = {
    istio: notGateway,
    'gatewayapi:v1': [...notIstio, 'service.retries'],
    'gatewayapi:v1beta1': [
      ...[...notIstio, 'service.retries', 'service.timeout', 'service.backendTimeout', 'service.corsPolicy'],
      'analysis.sessionAffinity.primaryCookieName',
    ],
    linkerd: [...notIstio, ...weightsOnly, 'service.hosts', 'service.corsPolicy', 'service.retries', 'service.rewrite'],
    nginx: [...notIstio, ...notGateway, ...weightsOnly, ...elsewhere],
    traefik: [...notIstio, ...notGateway, ...weightsOnly, ...elsewhere],
    contour: [
      ...[...notIstio, ...notGateway, ...weightsOnly, 'service.corsPolicy', 'service.headers', 'service.hosts'],
      ...['service.rewrite', 'service.match.headers', 'service.match.method'],
    ],
  };
  for (const [provider, skipped] of Object.entries(expected)) {
    expect([provider, paths(provider)]).toEqual([provider, [...skipped].sort()]);
  }
  expect(paths('kubernetes')).toContain('analysis.mirror');
  expect((routerFor('istio') as Router).skips(plainCanary())).toEqual([]);
});

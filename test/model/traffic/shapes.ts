/** Canaries of every strategy with every kind of service, by what routes them. */
import type { Canary } from '../../../model/canary';
import { GATEWAY, plainCanary } from './specimen';

export const AB = { iterations: 5, match: [{ headers: { 'x-canary': { exact: 'insider' } } }] };
export const AMONG_MATCHING = { match: [{ headers: { 'x-canary': { regex: 'in.*' } } }] };
export const SESSIONS = {
  sessionAffinity: {
    cookieName: 'fc',
    primaryCookieName: 'pc',
    domain: 'd',
    path: '/x',
    secure: true,
    sameSite: 'None',
  },
};
export const BASE_MATCH = {
  match: [{ uri: { prefix: '/app' } }, { headers: { b: { exact: '1' } }, method: { exact: 'GET' } }],
};
export const RICH = {
  timeout: '15s',
  retries: { attempts: 3, perTryTimeout: '1s', retryOn: '5xx,reset' },
  headers: { request: { add: { x: 'y' }, remove: ['z'] }, response: { set: { q: 'r' } } },
  rewrite: { uri: '/' },
  corsPolicy: { allowOrigin: ['https://a.example.com'], allowMethods: ['GET'], maxAge: '24h' },
  apex: { labels: { l: 'm' }, annotations: { n: 'o' } },
  hosts: ['app.example.com'],
};

/** Every analysis with every service. */
const shapes = (analyses: object[], services: object[], common: object = {}): Canary[] =>
  analyses.flatMap((analysis) => services.map((service) => plainCanary(analysis, { ...common, ...service })));

const ISTIO_SERVICES = [
  { appProtocol: 'TCP', match: [{ port: 9898 }] },
  { delegation: true },
  { portDiscovery: true, gateways: ['public'] },
];

export const SHAPES = {
  istio: [
    ...shapes([{}, AB, AMONG_MATCHING, { mirror: true, mirrorWeight: 50 }, SESSIONS], [{}, RICH, BASE_MATCH]),
    ...shapes([{}], ISTIO_SERVICES),
  ],
  httpRoute: shapes([{}, AB, AMONG_MATCHING, { mirror: true }, SESSIONS], [{}, RICH, BASE_MATCH], {
    gatewayRefs: [GATEWAY],
  }),
  linkerd: shapes([{}, AB, AMONG_MATCHING], [{}, RICH, BASE_MATCH]),
  nginx: shapes([{}, AB, { iterations: 3 }], [{}, RICH]),
  traefik: shapes([{}, { iterations: 3 }, AB], [{}, RICH]),
  contour: shapes([{}, AB, AMONG_MATCHING, { iterations: 3 }], [{}, RICH, BASE_MATCH]),
} satisfies Record<string, Canary[]>;

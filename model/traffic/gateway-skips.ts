/** What of a spec has no effect with HTTPRoutes. */
import type { Canary } from '../canary';
import { at, objectsOf } from '../json';
import { comparisonOf } from './conditions';
import type { Dialect } from './gateway-dialects';
import type { Skip } from './router-contract';
import { affinitySkips, baseMatchSkips, ISTIO_ONLY, skipsOf } from './skipped-fields';

const FOREIGN_FIELDS = [
  'scheme',
  'authority',
  'withoutHeaders',
  'sourceLabels',
  'gateways',
  'port',
  'ignoreUriCase',
  'sourceNamespace',
];

export function gatewaySkips(canary: Canary, dialect: Dialect): Skip[] {
  const { provider } = dialect;
  const unless = (able: boolean, ...paths: string[]) =>
    able ? {} : Object.fromEntries(paths.map((path) => [path, `provider ${provider} has nothing like it`]));
  return [
    ...skipsOf(canary, {
      ...ISTIO_ONLY,
      'service.gateways': 'only Istio reads it: HTTPRoutes have service.gatewayRefs',
      'service.retries': 'HTTPRoutes have no retries',
      ...(dialect.hostnames ? {} : { 'service.hosts': 'calls inside the mesh name the Service' }),
      ...unless(dialect.timeouts, 'service.timeout', 'service.backendTimeout'),
      ...unless(dialect.cors, 'service.corsPolicy'),
      ...unless(dialect.rewrites, 'service.rewrite'),
      ...unless(dialect.mirrors, 'service.mirror', 'analysis.mirror'),
      ...unless(dialect.sessions, 'analysis.sessionAffinity'),
      ...unless(dialect.primaryCookie || !dialect.sessions, 'analysis.sessionAffinity.primaryCookieName'),
    }),
    ...(dialect.sessions ? affinitySkips(canary) : []),
    ...baseMatchSkips(canary, FOREIGN_FIELDS, 'Gateway API'),
    ...patternOrigins(canary),
    ...sourceLabels(canary),
  ];
}

function patternOrigins(canary: Canary): Skip[] {
  const origins = objectsOf(at(canary, 'spec', 'service', 'corsPolicy', 'allowOrigins'));
  if (origins.every((origin) => comparisonOf(origin)?.how === 'exact')) return [];
  return [{ path: 'service.corsPolicy.allowOrigins', reason: 'HTTPRoutes allow exact origins only' }];
}

function sourceLabels(canary: Canary): Skip[] {
  const entries = objectsOf(at(canary, 'spec', 'analysis', 'match'));
  if (entries.every(({ sourceLabels: labels }) => labels === undefined)) return [];
  return [{ path: 'analysis.match.sourceLabels', reason: 'HTTPRoutes do not know who calls' }];
}

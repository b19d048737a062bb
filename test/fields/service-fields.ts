/** `spec.service`: what becomes of its fields in Services and routes. */
import { servicePorts } from '../../model/objects/service-ports';
import { canaryServices, reconcileService } from '../../model/objects/services';
import { aCanary, aDeployment } from '../fixtures';
import { canaryWith, copiedTo, httpRoute, type Raw, routed, shows, type Table, virtualService } from './shown';

const LABEL = { key: 'app', value: 'podinfo' };
const services = (canary = aCanary()): Record<'apex' | 'primary' | 'canary', Raw> =>
  canaryServices(canary, LABEL, aDeployment()) as Raw;

const destinationRule = (canary = aCanary()): Raw => routed(canary).find(({ kind }) => kind === 'DestinationRule');
const base = () => aCanary();

/** With `analysis.match`, the first route is the one for who matches. */
const inVirtualService = (field: string) =>
  copiedTo((canary) => virtualService(canary), `spec.service.${field}`, `spec.http[].${field}`, base);

const port = (path: string, value: unknown, effect: object) =>
  expect(services(canaryWith(path, value)).canary.spec.ports).toContainEqual(expect.objectContaining(effect));

/** A field of a Gateway API reference. */
const parentRef = shows((path) => {
  const value = path.endsWith('port') ? 7 : 'x';
  const canary = canaryWith('spec.service.gatewayRefs[].name', 'public');
  const route = httpRoute(canaryWith(path, value, canary));
  expect(route.spec.parentRefs[0]).toMatchObject({ [path.split('.').at(-1)!]: value });
});

const mirrored = shows((path) => {
  const value = path.endsWith('port') ? 7 : 'x';
  const canary = canaryWith('spec.service.mirror[].backendRef.name', 'shadow');
  const [rule] = httpRoute(canaryWith(path, value, canary)).spec.rules;
  const { backendRef } = rule.filters.find(({ type }: Raw) => type === 'RequestMirror').requestMirror;
  expect(backendRef[path.split('.').at(-1)!]).toBe(value);
});

const ownMetadata = (side: 'apex' | 'primary' | 'canary') =>
  shows((path) => {
    const map = path.endsWith('labels') ? 'labels' : 'annotations';
    const made = services(canaryWith(path, { mine: '1' }));
    expect(made[side].metadata[map]).toMatchObject({ mine: '1' });
    const others = Object.entries(made).filter(([name]) => name !== side);
    for (const [, other] of others) expect(other.metadata[map]).not.toHaveProperty('mine');
  });

/** A key that somebody put on an owned Service. */
const unmanaged = shows((path) => {
  const map = path.endsWith('labels') ? 'labels' : 'annotations';
  const kept = (canary = aCanary()) => {
    const { apex } = services(canary);
    const live = { ...apex, metadata: { ...apex.metadata, [map]: { ...apex.metadata[map], mine: '1', other: '2' } } };
    return (reconcileService(canary, live, apex) as Raw).metadata[map];
  };
  expect(kept()).not.toHaveProperty('mine');
  expect(kept(canaryWith(path, ['mine']))).toMatchObject({ mine: '1' });
  expect(kept(canaryWith(path, ['mine']))).not.toHaveProperty('other');
});

export const SERVICE_FIELDS: Table = {
  'spec.service.name': shows((path) => {
    const made = services(canaryWith(path, 'shop'));
    expect([made.apex, made.primary, made.canary].map(({ metadata }) => metadata.name)).toEqual([
      'shop',
      'shop-primary',
      'shop-canary',
    ]);
  }),
  'spec.service.port': shows((path) => port(path, 81, { port: 81, targetPort: 81 })),
  'spec.service.portName': shows((path) => port(path, 'grpc', { name: 'grpc' })),
  'spec.service.targetPort': shows((path) => port(path, 'http', { port: 9898, targetPort: 'http' })),
  'spec.service.appProtocol': shows((path) => {
    port(path, 'TCP', { appProtocol: 'TCP' });
    expect(Object.keys(virtualService(canaryWith(path, 'TCP')).spec)).toContain('tcp');
  }),
  'spec.service.trafficDistribution': shows((path) =>
    expect(services(canaryWith(path, 'PreferClose')).apex.spec.trafficDistribution).toBe('PreferClose'),
  ),
  'spec.service.portDiscovery': shows((path) => {
    const target = aDeployment() as Raw;
    target.spec.template.spec.containers[0].ports.push({ name: 'grpc', containerPort: 9999 });
    expect(servicePorts(aCanary(), target)).toHaveLength(1);
    expect(servicePorts(canaryWith(path, true), target)).toContainEqual(expect.objectContaining({ port: 9999 }));
  }),
  'spec.service.headless': shows((path) =>
    expect(services(canaryWith(path, true)).primary.spec.clusterIP).toBe('None'),
  ),
  'spec.service.timeout': inVirtualService('timeout'),
  'spec.service.backendTimeout': shows((path) =>
    expect(httpRoute(canaryWith(path, '5s')).spec.rules[0].timeouts).toEqual({ backendRequest: '5s' }),
  ),
  'spec.service.gateways': shows((path) =>
    expect(virtualService(canaryWith(path, ['public'])).spec.gateways).toEqual(['public']),
  ),
  'spec.service.gatewayRefs[].*': parentRef,
  'spec.service.hosts': shows((path) => {
    expect(virtualService(canaryWith(path, ['a.example.com'])).spec.hosts).toEqual(['a.example.com', 'podinfo']);
    expect(httpRoute(canaryWith(path, ['a.example.com'])).spec.hostnames).toEqual(['a.example.com']);
  }),
  'spec.service.delegation': shows((path) => {
    const canary = canaryWith(path, true);
    delete canary.spec.service!.gateways;
    const { spec } = virtualService(canary);
    expect([spec.hosts, spec.gateways]).toEqual([[], undefined]);
  }),
  'spec.service.trafficPolicy.*': copiedTo((canary) => destinationRule(canary), 'spec.service', 'spec', base),
  'spec.service.match[].*': inVirtualService('match'),
  'spec.service.rewrite.uri': inVirtualService('rewrite'),
  'spec.service.rewrite.authority': inVirtualService('rewrite'),
  'spec.service.rewrite.type': shows((path) => {
    const canary = canaryWith(path, 'ReplacePrefixMatch', canaryWith('spec.service.rewrite.uri', '/new'));
    const [{ urlRewrite }] = httpRoute(canary).spec.rules[0].filters;
    expect(urlRewrite.path).toEqual({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' });
  }),
  'spec.service.retries.*': inVirtualService('retries'),
  'spec.service.headers.*': inVirtualService('headers'),
  'spec.service.mirror[].*': mirrored,
  'spec.service.corsPolicy.*': inVirtualService('corsPolicy'),
  'spec.service.meshName': { not: 'appmesh is not built' },
  'spec.service.backends': { not: 'appmesh is not built' },
  'spec.service.apex.*': ownMetadata('apex'),
  'spec.service.primary.*': ownMetadata('primary'),
  'spec.service.canary.*': ownMetadata('canary'),
  'spec.service.unmanagedMetadata.*': unmanaged,
};

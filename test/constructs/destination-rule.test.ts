import { Duration } from 'cdk8s';
import {
  DestinationRule,
  type DestinationRuleProps,
  LoadBalancing,
  MeshHost,
  TlsMode,
  TrafficProvider,
} from '../../constructs';
import { validatedByIstio } from '../istio-schema';
import { aCanary, aChart, synthesised } from './fixtures';

const host = MeshHost.of('reviews');
const metadata = { name: 'reviews' };

it('writes every field that it has, as Istio knows it', () => {
  const chart = aChart();
  const rule = new DestinationRule(chart, 'rule', {
    metadata,
    host: MeshHost.service({ name: 'reviews', namespace: 'shop' }),
    exportTo: ['*'],
    trafficPolicy: {
      loadBalancer: { simple: LoadBalancing.LEAST_REQUEST },
      outlierDetection: { consecutive5xxErrors: 5, interval: Duration.seconds(30) },
      tls: { mode: TlsMode.ISTIO_MUTUAL },
    },
    subsets: [{ name: 'v1', labels: { version: 'v1' } }],
  });
  rule.addSubset({
    name: 'v2',
    labels: { version: 'v2' },
    trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } },
  });
  expect(synthesised(chart)['DestinationRule/reviews'].spec).toEqual({
    host: 'reviews.shop.svc.cluster.local',
    exportTo: ['*'],
    trafficPolicy: {
      loadBalancer: { simple: 'LEAST_REQUEST' },
      outlierDetection: { consecutive5xxErrors: 5, interval: '30s' },
      tls: { mode: 'ISTIO_MUTUAL' },
    },
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      {
        name: 'v2',
        labels: { version: 'v2' },
        trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } },
      },
    ],
  });
  expect(validatedByIstio(Object.values(synthesised(chart)))).toBe('valid');
});

const WRONG: [string, Partial<DestinationRuleProps>, string][] = [
  ['no host', { host: MeshHost.of('') }, 'spec.host: must not be empty (""): set host'],
  [
    'two load balancers',
    { trafficPolicy: { loadBalancer: { simple: LoadBalancing.RANDOM, consistentHash: { useSourceIp: true } } } },
    'spec.trafficPolicy.loadBalancer: must have exactly one of simple, consistentHash: keep one of them',
  ],
  [
    'two load balancers of a subset',
    { subsets: [{ name: 'a', labels: { a: 'b' }, trafficPolicy: { loadBalancer: {} } }] },
    'spec.subsets[0].trafficPolicy.loadBalancer: must have exactly one of simple, consistentHash: keep one of them',
  ],
  [
    'two subsets of a name',
    {
      subsets: [
        { name: 'a', labels: { a: 'b' } },
        { name: 'a', labels: { a: 'c' } },
      ],
    },
    'spec.subsets[1].name: is there twice ("a"): give each subset its own name',
  ],
  [
    'a subset of all pods',
    { subsets: [{ name: 'a', labels: {} }] },
    'spec.subsets[0].labels: are empty ({}): give the labels of its pods',
  ],
];

it.each(WRONG)('refuses %s', (_, props, text) => {
  const chart = aChart();
  new DestinationRule(chart, 'rule', { metadata, host, ...props });
  expect(() => chart.toJson()).toThrow(`Validation failed with the following errors:\n  [podinfo/rule] ${text}`);
});

describe('beside a Canary', () => {
  const beside =
    (props: Partial<DestinationRuleProps>, provider = TrafficProvider.ISTIO) =>
    () => {
      const chart = aChart();
      aCanary(chart, { provider });
      new DestinationRule(chart, 'rule', { metadata, host, ...props });
      chart.toJson();
    };

  it.each(['podinfo-primary', 'podinfo-canary.test', 'podinfo-canary.test.svc.cluster.local'])('refuses %s', (name) => {
    expect(beside({ host: MeshHost.of(name) })).toThrow(
      `[podinfo/rule] spec.host: ${name} is a Service of [podinfo/canary], whose DestinationRule the controller makes: ` +
        'put the policy into service.trafficPolicy of the Canary',
    );
  });

  it('refuses the name of one of its own', () => {
    expect(beside({ metadata: { name: 'podinfo-primary' } })).toThrow(
      '[podinfo/rule] metadata.name: podinfo-primary is the name of the DestinationRule that the controller makes for ' +
        '[podinfo/canary], and would be overwritten: give it another name',
    );
  });

  it('takes others', () => {
    expect(beside({ host: MeshHost.of('podinfo-primary.other.svc.cluster.local') })).not.toThrow();
    expect(beside({ host: MeshHost.of('podinfo') })).not.toThrow();
    expect(beside({ host: MeshHost.of('podinfo-primary') }, TrafficProvider.KUBERNETES)).not.toThrow();
  });
});

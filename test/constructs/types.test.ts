import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Duration } from 'cdk8s';
import {
  type AnalysisMatch,
  Canary,
  type CanaryAnalysis,
  type CanaryService,
  Metric,
  type SessionAffinity,
  type TrafficPolicy,
} from '../../constructs';
import type * as model from '../../model/canary';
import { offencesIn } from './jsii-shape';

/** Fields of the API that the constructs do not have, `never` when there are none. */
type Unreachable<Api, Props, Renamed = never> = Exclude<KnownKeys<Api>, keyof Props | Renamed>;
/** Without the index signature of forwarded objects. */
type KnownKeys<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] };
const none = <T extends never>(): T | undefined => undefined;

it('reaches every field of the API (checked by the compiler)', () => {
  none<Unreachable<model.CanaryService, CanaryService>>();
  none<Unreachable<model.CanaryAnalysis, CanaryAnalysis>>();
  none<Unreachable<model.SessionAffinity, SessionAffinity>>();
  none<Unreachable<model.TrafficPolicy, TrafficPolicy>>();
  none<Unreachable<model.ConnectionPool, NonNullable<TrafficPolicy['connectionPool']>>>();
  none<Unreachable<model.LoadBalancer, NonNullable<TrafficPolicy['loadBalancer']>>>();
  none<Unreachable<model.OutlierDetection, NonNullable<TrafficPolicy['outlierDetection']>>>();
  none<Unreachable<model.ClientTls, NonNullable<TrafficPolicy['tls']>>>();
  none<Unreachable<model.CorsPolicy, NonNullable<CanaryService['corsPolicy']>>>();
  none<Unreachable<model.HttpMatch, NonNullable<CanaryService['match']>[number]>>();
  none<Unreachable<model.AnalysisMatch, AnalysisMatch>>();
  type SpecNames =
    | 'targetRef'
    | 'autoscalerRef'
    | 'ingressRef'
    | 'routeRef'
    | 'upstreamRef'
    | 'progressDeadlineSeconds';
  none<Unreachable<model.CanarySpec, ConstructorParameters<typeof Canary>[2], SpecNames>>();
  // @ts-expect-error The check can fail: `port` is not in an empty object.
  none<Unreachable<model.CanaryService, object>>();
});

it('does not compile what makes no sense (checked by the compiler)', () => {
  const chart = new Chart(new App(), 'chart');
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const analysis = { interval: Duration.minutes(1), threshold: 5, stepWeight: 10 };
  const wrong = [
    // @ts-expect-error A metric needs its bound.
    () => Metric.successRate({}),
    // @ts-expect-error Durations are not texts.
    () => Metric.duration({ max: '500ms' }),
    // @ts-expect-error A Canary needs an analysis.
    () => new Canary(chart, 'a', { target }),
    // @ts-expect-error A target has a name.
    () => new Canary(chart, 'b', { target: { apiVersion: 'apps/v1', kind: 'Deployment' }, analysis }),
    // @ts-expect-error A gateway is an object, not a text.
    () => new Canary(chart, 'c', { target, analysis, service: { port: 80, gateways: ['mesh'] } }),
  ];
  expect(wrong).toHaveLength(5);
});

describe('the public door is jsii-shaped', () => {
  const folder = join(__dirname, '..', '..', 'constructs');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const index = readFileSync(join(folder, 'index.ts'), 'utf8');
  const isPublic = (name: string) => index.includes(`'./${name.replace(/\.ts$/, '')}'`);

  it.each(sources.filter(isPublic))('%s', (name) => {
    expect(offencesIn(join(folder, name), { needsDefaults: true })).toEqual([]);
  });
});

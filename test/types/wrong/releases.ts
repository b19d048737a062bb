/** Canaries: what they are made of. */
import { App, Chart, Duration } from 'cdk8s';
import { Canary, Strategy, TrafficProvider } from '../../../constructs';

const chart = new Chart(new App(), 'chart');
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const analysis = { interval: Duration.minutes(1), threshold: 5, strategy: Strategy.progressive({ stepWeight: 10 }) };
const service = { port: 80 };

new Canary(chart, 'right', { target, service, analysis, provider: TrafficProvider.ISTIO });

// @ts-expect-error TS2345: a Canary needs an analysis
new Canary(chart, 'a', { target, service });
// @ts-expect-error TS2345: a Canary needs a target
new Canary(chart, 'b', { service, analysis });
// @ts-expect-error TS2741: a target has a name
new Canary(chart, 'c', { target: { apiVersion: 'apps/v1', kind: 'Deployment' }, service, analysis });
// @ts-expect-error TS2322: a target is an object, not its name
new Canary(chart, 'd', { target: 'web', service, analysis });
// @ts-expect-error TS2820: a provider is one that exists, and the compiler asks whether that is meant
new Canary(chart, 'e', { target, service, analysis, provider: 'isto' });
// @ts-expect-error TS2322: a deadline has a unit
new Canary(chart, 'f', { target, service, analysis, progressDeadline: 60 });
// @ts-expect-error TS2322: a gateway is an object
new Canary(chart, 'g', { target, analysis, service: { port: 80, gateways: ['mesh'] } });
// @ts-expect-error TS2322: a port is a number; targetPortName takes names
new Canary(chart, 'h', { target, analysis, service: { port: 'http' } });
// @ts-expect-error TS2741: an analysis needs its interval
new Canary(chart, 'i', { target, service, analysis: { threshold: 5, stepWeight: 10 } });
// @ts-expect-error TS2561: misspelt, and told how it is spelt
new Canary(chart, 'j', { target, service, analysis: { ...analysis, stepWeigth: 10 } });
// @ts-expect-error TS2540: what was made is not changed
new Canary(chart, 'k', { target, service, analysis }).name = 'other';

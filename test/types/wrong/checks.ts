/** Metrics, webhooks, gates and alerts. */
import { Duration } from 'cdk8s';
import { AlertSeverity, type CanaryAlert, Gate, Metric, NoData, Webhook } from '../../../constructs';

const url = 'http://flagger-loadtester.test/';
const gates = Gate.onLoadTester(url);

Metric.successRate({ min: 99, noData: NoData.PAUSE });
gates.confirmPromotion('approval');

// @ts-expect-error TS2345: a success rate needs its bound
Metric.successRate({});
// @ts-expect-error TS2353: a success rate cannot be too high
Metric.successRate({ min: 99, max: 100 });
// @ts-expect-error TS2322: a duration has a unit
Metric.duration({ max: 500 });
// @ts-expect-error TS2353: only built-in metrics know their samples
Metric.template({ name: 'latency' }, { max: 1, minSamples: 10 });
// @ts-expect-error TS2345: a template is an object
Metric.template('latency', { max: 1 });
// @ts-expect-error TS2322: no data means one of three things
Metric.successRate({ min: 99, noData: 'pass' });
// @ts-expect-error TS2345: a webhook needs its address
Webhook.rollout('load', {});
// @ts-expect-error TS2353: only gates wait, and can be muted
Webhook.preRollout('test', { url, muteAlert: true });
// @ts-expect-error TS2345: a load test needs its command
Webhook.loadTest('load', { url });
// @ts-expect-error TS2345: a gate elsewhere needs its address
Gate.confirmPromotion('approval', { timeout: Duration.seconds(5) });
// @ts-expect-error TS2353: the load tester's gates have theirs
gates.confirmPromotion('approval', { url });
// @ts-expect-error TS2673: gates are made by their factories
export const gate = new Gate();
// @ts-expect-error TS2322: a provider is an object
export const alert: CanaryAlert = { name: 'ops', provider: 'room', severity: AlertSeverity.ERROR };
// @ts-expect-error TS2322: a severity is one that exists
export const loud: CanaryAlert = { name: 'ops', provider: { name: 'room' }, severity: 'fatal' };

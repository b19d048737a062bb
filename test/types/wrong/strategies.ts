/** Strategies: what means nothing to one cannot be written. */
import { Duration } from 'cdk8s';
import { type CanaryAnalysis, Strategy } from '../../../constructs';

const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
const run = { interval: Duration.minutes(1), threshold: 5 };

export const right: CanaryAnalysis = { ...run, strategy: Strategy.abTest({ match, iterations: 3 }) };

// @ts-expect-error TS2353: blue/green has no weights
Strategy.blueGreen({ iterations: 3, stepWeight: 10 });
// @ts-expect-error TS2345: blue/green counts its steps
Strategy.blueGreen({});
// @ts-expect-error TS2353: blue/green shifts nobody in particular
Strategy.blueGreen({ iterations: 3, match });
// @ts-expect-error TS2345: an A/B test names its users
Strategy.abTest({ iterations: 3 });
// @ts-expect-error TS2353: an A/B test needs no cookie to keep its users
Strategy.abTest({ match, iterations: 3, sessionAffinity: { cookieName: 'c' } });
// @ts-expect-error TS2353: a progressive run has as many steps as its weights give
Strategy.progressive({ stepWeight: 10, iterations: 3 });
// @ts-expect-error TS2345: a progressive run needs its step
Strategy.progressive({ maxWeight: 50 });
// @ts-expect-error TS2353: the last weight is the maximum
Strategy.stepWeights({ weights: [10, 50], maxWeight: 50 });
// @ts-expect-error TS2322: weights are numbers
Strategy.stepWeights({ weights: ['10%'] });
// @ts-expect-error TS2353: a mirrored canary answers nobody, so it has no weights
Strategy.mirrored({ iterations: 3, stepWeight: 10 });
// @ts-expect-error TS2673: a strategy comes from a factory
export const made = new Strategy('progressive', {});
// @ts-expect-error TS2739: what is a strategy is not told by its fields
export const literal: CanaryAnalysis = { ...run, strategy: { name: 'progressive' } };

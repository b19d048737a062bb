/** Whether there are enough requests at the first step to tell a bad version from bad luck. */
import { metricInterval, parseDuration } from '../defaults';
import type { Problem } from '../problem';
import { type Subject, warning } from './subject';

/** A 99th percentile of fewer requests is the slowest one. */
const LEAST_FOR_P99 = 100;

export function noiseAdvice({ analysis, schedule, requestsPerSecond }: Subject): Problem[] {
  const [weight] = schedule.weights;
  if (requestsPerSecond === undefined || weight === undefined) return [];
  return (analysis.metrics ?? []).flatMap((metric, index) => {
    const needed = neededFor(metric.name, metric.thresholdRange?.min ?? metric.threshold);
    const windowMs = parseDuration(metricInterval(metric));
    if (needed === undefined || windowMs === undefined) return [];
    const samples = (requestsPerSecond * weight * windowMs) / 100_000;
    if (samples >= needed) return [];
    const seen = `sees about ${Number(samples.toPrecision(2))} requests at the first step (${weight} % of ${requestsPerSecond}/s in ${metricInterval(metric)})`;
    const message = `${seen}: ${needed} are needed, with fewer ${meaningOf(metric.name)}`;
    const longer = samples > 0 ? `look back ${Math.ceil((windowMs / 1000) * (needed / samples))}s, ` : '';
    const remedy = `${longer}begin with a greater weight, or set minSamples and noData: pause`;
    return [warning(`spec.analysis.metrics[${index}]`, metric.name, message, remedy)];
  });
}

const meaningOf = (name: string): string =>
  name === 'request-duration' ? 'one slow request fails the check' : 'a single failed request fails the check';

/** So many that one failure is still within the range. */
function neededFor(name: string, min: number | undefined): number | undefined {
  if (name === 'request-duration') return LEAST_FOR_P99;
  const isRate = name === 'request-success-rate' || name === 'grpc-success-rate';
  if (!isRate || min === undefined || min >= 100 || min <= 1) return undefined;
  return Math.ceil(Number((100 / (100 - min)).toPrecision(9)));
}

/** What a tick tells the metrics registry (spec traffic-and-metrics 9, behaviour-reference 8.4). */
import type { Canary } from '../model/canary';
import { targetName } from '../model/names';
import type { Clock } from '../model/ports';
import type { Decision } from './rollout/decision';
import type { Observation } from './rollout/observation';
import { phaseOf } from './rollout/observation';
import type { Answers } from './rollout/question';
import { DURATION } from './rollout/verdict';
import type { MetricTarget, Strategy, Telemetry } from './telemetry/metrics';

export interface Ticked {
  seen: Observation;
  decision: Decision;
  answers: Answers;
  strategy: string;
  clock: Clock;
}

/** Series are named after the target, not the Canary. */
export const metricTarget = (canary: Canary): MetricTarget => ({
  name: targetName(canary),
  namespace: canary.metadata.namespace ?? 'default',
});

export function recordTelemetry(telemetry: Telemetry, { seen, decision, answers, strategy, clock }: Ticked): void {
  // Series are named after the target: the one that works on it writes them.
  if (seen.rival !== undefined) return;
  const target = metricTarget(seen.canary);
  telemetry.canaryStatus(target, decision.status.phase ?? phaseOf(seen));
  const weight = decision.routes ?? seen.routes;
  if (weight) telemetry.weight(target, weight.primary, weight.canary);
  for (const metric of seen.canary.spec?.analysis?.metrics ?? [])
    recordMetric(telemetry, target, metric.name, answers, seen);
  for (const fact of decision.facts) {
    if (fact.fact === 'analysed') telemetry.duration(target, (clock.now() - seen.now) / 1000);
    else if (fact.result === 'success') telemetry.success(target, strategy as Strategy, fact.analysis);
    else telemetry.failure(target, strategy as Strategy, fact.analysis);
  }
}

/** The last value of each check; the duration in seconds. */
function recordMetric(
  telemetry: Telemetry,
  target: MetricTarget,
  name: string,
  answers: Answers,
  seen: Observation,
): void {
  const index = (seen.canary.spec.analysis.metrics ?? []).findIndex((metric) => metric.name === name);
  for (const source of ['builtin', 'inline', 'template']) {
    const measured = answers.metrics.get(`metric/${index}/${source}`);
    if (measured?.outcome !== 'value') continue;
    const seconds = name === DURATION && source === 'builtin';
    telemetry.metricAnalysis(target, name, seconds ? measured.value / 1000 : measured.value);
  }
}

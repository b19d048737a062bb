/** Whether a bad release would be noticed at all, and stopped. */
import { failureThreshold } from '../defaults';
import type { Problem } from '../problem';
import { type Subject, warning } from './subject';

export const judgementAdvice = (subject: Subject): Problem[] => [
  ...notJudged(subject),
  ...thresholdOutOfReach(subject),
  ...hairTrigger(subject),
  ...blindToGaps(subject),
];

function notJudged({ canary, analysis }: Subject): Problem[] {
  if (canary.spec.skipAnalysis) {
    const remedy = 'set it for the one release that needs it, and remove it after that';
    return [warning('spec.skipAnalysis', true, 'promotes every version without a look at it', remedy)];
  }
  const judges = (analysis.webhooks ?? []).some(
    ({ type = '' }) => type === '' || type === 'rollout' || type === 'rollback',
  );
  if ((analysis.metrics ?? []).length > 0 || judges) return [];
  const remedy = 'add request-success-rate, or a metric of what your users come for';
  return [
    warning(
      'spec.analysis.metrics',
      analysis.metrics,
      'nothing judges a version: each that starts is promoted',
      remedy,
    ),
  ];
}

/** A failed check does not move the canary on, so a version that always fails is stopped; one that fails at times may not be. */
function thresholdOutOfReach({ analysis, schedule }: Subject): Problem[] {
  const threshold = failureThreshold(analysis);
  const { analyses } = schedule;
  if (analysis.thresholdCounts === 'consecutive' || threshold <= analyses) return [];
  const message = `is more than the ${analyses} analyses of a run: a version that fails every second check passes all of them before it fails ${threshold} times, and is promoted`;
  // Below two steps a threshold in reach would be a hair trigger.
  const remedy = analyses < 2 ? 'take more steps' : `set it to at most ${analyses}, or take more steps`;
  return [warning('spec.analysis.threshold', threshold, message, remedy)];
}

function hairTrigger({ analysis, schedule }: Subject): Problem[] {
  const threshold = failureThreshold(analysis);
  if (threshold > 1 || (analysis.metrics ?? []).length === 0) return [];
  const message = `rolls back at the first failed check: one moment of noise in ${schedule.analyses} analyses is enough`;
  return [warning('spec.analysis.threshold', analysis.threshold, message, 'set it to 2 or more')];
}

function blindToGaps({ analysis }: Subject): Problem[] {
  const metrics = analysis.metrics ?? [];
  if (metrics.length === 0 || metrics.some(({ noData }) => noData !== 'ignore')) return [];
  const message = 'is ignore for every metric: when nothing is measured, a version is promoted that nobody has judged';
  return [warning('spec.analysis.metrics[0].noData', 'ignore', message, 'use pause for at least one of them')];
}

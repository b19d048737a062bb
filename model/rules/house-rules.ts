/** What an organisation asks of every Canary besides that it works. */
import { formatDuration, parseDuration } from '../duration';
import { type JsonObject, objectsOf } from '../json';
import { inAnalysis, inSpec, isNumber, type SharedRule } from './shared-rule';

/** Each rule is off until it is given. */
export interface HouseRules {
  /** Least number of metrics. */
  minMetrics?: number;
  /** Someone hears of a failed run: an alert, or a gate of type rollback. */
  needsRollbackOrAlert?: boolean;
  /** Most percent that one step adds. */
  maxStepWeight?: number;
  /** Least number of steps that are checked before the promotion. */
  minSteps?: number;
  minIntervalMs?: number;
  minProgressDeadlineSeconds?: number;
  /** Every revision is analysed. */
  noSkipAnalysis?: boolean;
}

/** The rules that are on; a Canary that breaks one is refused. */
export function houseRules(house: HouseRules): readonly SharedRule[] {
  const {
    minMetrics = 0,
    maxStepWeight = 100,
    minSteps = 0,
    minIntervalMs = 0,
    minProgressDeadlineSeconds = 0,
  } = house;
  return [
    ...(minMetrics > 0 ? [fewMetrics(minMetrics)] : []),
    ...(house.needsRollbackOrAlert ? [silentFailure] : []),
    ...(maxStepWeight < 100 ? [wideStep(maxStepWeight), wideSteps(maxStepWeight)] : []),
    ...(minSteps > 0 ? stepCounts(minSteps) : []),
    ...(minIntervalMs > 0 ? [shortInterval(minIntervalMs)] : []),
    ...(minProgressDeadlineSeconds > 0 ? [shortDeadline(minProgressDeadlineSeconds)] : []),
    ...(house.noSkipAnalysis ? [skippedAnalysis] : []),
  ];
}

const refused = (rule: Omit<SharedRule, 'severity'>): SharedRule => ({ ...rule, severity: 'error' });

const fewMetrics = (least: number) =>
  refused({
    name: 'house-metrics',
    path: 'spec.analysis.metrics',
    message: `must have at least ${least} by the house rules`,
    remedy: 'add a metric that tells whether users are served well',
    broken: inAnalysis('metrics', ({ metrics }) => objectsOf(metrics).length < least),
    cel: { holds: `variables.metrics.size() >= ${least}` },
  });

const silentFailure = refused({
  name: 'house-rollback-or-alert',
  path: 'spec.analysis.alerts',
  message: 'must have an entry, or webhooks one of type rollback, by the house rules',
  remedy: 'add an alert, so that someone hears of a failed run',
  broken: inAnalysis('alerts', ({ alerts, webhooks }) => {
    return objectsOf(alerts).length === 0 && !objectsOf(webhooks).some(({ type }) => type === 'rollback');
  }),
  cel: {
    holds: "variables.alerts.size() > 0 || variables.webhooks.exists(w, w.?type.orValue('') == 'rollback')",
  },
});

const wideStep = (most: number) =>
  refused({
    name: 'house-step-weight',
    path: 'spec.analysis.stepWeight',
    message: `must be at most ${most} by the house rules`,
    remedy: 'lower stepWeight',
    broken: inAnalysis('stepWeight', ({ stepWeight }) => isNumber(stepWeight) && stepWeight > most),
    cel: { holds: `variables.analysis.?stepWeight.orValue(0) <= ${most}` },
  });

const wideSteps = (most: number) =>
  refused({
    name: 'house-step-weights',
    path: 'spec.analysis.stepWeights',
    message: `must rise by at most ${most} each by the house rules`,
    remedy: 'put weights between them',
    broken: inAnalysis('stepWeights', (analysis) => {
      const weights = numbersOf(analysis['stepWeights']);
      return weights.some((weight, index) => weight - (weights[index - 1] ?? 0) > most);
    }),
    cel: {
      // CEL has no index here. The weights rise, so the one before is near enough when any is.
      holds: `variables.stepWeights.all(w, w <= ${most} || variables.stepWeights.exists(v, v < w && w - v <= ${most}))`,
    },
  });

const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value.filter(isNumber) : []);

/** One rule for each way to step: the path says which field to change. */
function stepCounts(least: number): readonly SharedRule[] {
  const rule = (field: string, remedy: string, isFew: (analysis: JsonObject) => boolean, holds: string) =>
    refused({
      name: `house-steps-of-${field.toLowerCase()}`,
      path: `spec.analysis.${field}`,
      message: `must give at least ${least} steps by the house rules`,
      remedy,
      broken: inAnalysis(field, isFew),
      cel: { holds },
    });
  return [
    rule(
      'stepWeight',
      'lower stepWeight',
      (analysis) => {
        const { stepWeight, maxWeight } = analysis;
        const last = isNumber(maxWeight) && maxWeight > 0 ? maxWeight : 100;
        return isNumber(stepWeight) && stepWeight * (least - 1) >= last;
      },
      `!has(variables.analysis.stepWeight) || variables.analysis.stepWeight * ${least - 1} < ` +
        '(variables.analysis.?maxWeight.orValue(0) > 0 ? variables.analysis.maxWeight : 100)',
    ),
    rule(
      'stepWeights',
      'list more weights',
      ({ stepWeights }) => Array.isArray(stepWeights) && stepWeights.length < least,
      `!has(variables.analysis.stepWeights) || variables.analysis.stepWeights.size() >= ${least}`,
    ),
    rule(
      'iterations',
      'raise iterations',
      ({ iterations }) => isNumber(iterations) && iterations < least,
      `variables.analysis.?iterations.orValue(${least}) >= ${least}`,
    ),
  ];
}

const shortInterval = (leastMs: number) =>
  refused({
    name: 'house-interval',
    path: 'spec.analysis.interval',
    message: `must be at least ${formatDuration(leastMs)} by the house rules`,
    remedy: 'lengthen the interval',
    broken: inAnalysis('interval', ({ interval }) => (parseDuration(interval) ?? leastMs) < leastMs),
    cel: { holds: `variables.interval >= duration('${formatDuration(leastMs)}')` },
  });

const shortDeadline = (leastSeconds: number) =>
  refused({
    name: 'house-deadline',
    path: 'spec.progressDeadlineSeconds',
    message: `must be at least ${leastSeconds} by the house rules`,
    remedy: 'lengthen the deadline',
    broken: inSpec('progressDeadlineSeconds', ({ progressDeadlineSeconds }) => {
      return (isNumber(progressDeadlineSeconds) ? progressDeadlineSeconds : 600) < leastSeconds;
    }),
    cel: { holds: `object.spec.?progressDeadlineSeconds.orValue(600) >= ${leastSeconds}` },
  });

const skippedAnalysis = refused({
  name: 'house-skip-analysis',
  path: 'spec.skipAnalysis',
  message: 'is forbidden by the house rules',
  remedy: 'remove skipAnalysis',
  broken: inSpec('skipAnalysis', ({ skipAnalysis }) => skipAnalysis === true),
  cel: { holds: '!object.spec.?skipAnalysis.orValue(false)' },
});

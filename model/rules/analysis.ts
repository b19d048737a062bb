/** Rules of `spec.analysis`. */
import { parseDuration } from '../duration';
import { alertRules, metricRules } from './metrics';
import { analysisMatchRules } from './service';
import type { Reader } from './shape';
import { sessionAffinityRules, webhookRules } from './webhooks';

const percent = { min: 0, max: 100 };

export function analysisRules(analysis: Reader): void {
  intervalRules(analysis);
  analysis.number('threshold', { required: true, min: 0 });
  analysis.choice('thresholdCounts', ['total', 'consecutive']);
  stepRules(analysis);
  for (const field of ['maxWeight', 'stepWeightPromotion', 'mirrorWeight']) analysis.number(field, percent);
  for (const field of ['primaryReadyThreshold', 'canaryReadyThreshold']) analysis.number(field, percent);
  analysis.flag('mirror');
  for (const match of analysis.inners('match', 64)) analysisMatchRules(match);
  for (const metric of analysis.inners('metrics', 64)) metricRules(metric);
  for (const alert of analysis.inners('alerts', 32)) alertRules(alert);
  for (const webhook of analysis.inners('webhooks', 64)) webhookRules(webhook);
  const affinity = analysis.inner('sessionAffinity');
  if (affinity) sessionAffinityRules(affinity);
}

function intervalRules(analysis: Reader): void {
  const interval = analysis.text('interval', {
    required: true,
    max: 32,
    pattern: /^([0-9]+(ms|s|m|h))+$/,
    patternMessage: 'must be a duration of whole ms, s, m or h',
    remedy: 'write it like 1m or 30s',
  });
  if (interval !== undefined && (parseDuration(interval) ?? 0) < 1000) {
    analysis.error('interval', 'must be at least 1s', 'write it like 1m or 30s');
  }
}

function stepRules(analysis: Reader): void {
  const strategies = ['stepWeight', 'stepWeights', 'iterations'];
  if (strategies.filter((field) => analysis.has(field)).length !== 1) {
    analysis.error('', 'must have exactly one of stepWeight, stepWeights, iterations', 'keep one of them');
  }
  analysis.number('stepWeight', { min: 1, max: 100 });
  analysis.number('iterations', { min: 1 });
  const weights = analysis.list('stepWeights', 100);
  if (Array.isArray(analysis.object['stepWeights']) && weights.length === 0) {
    analysis.error('stepWeights', 'is empty', 'list the weights, such as [10, 50, 100]');
  }
  const whole = weights.every((weight) => Number.isInteger(weight) && Number(weight) >= 1 && Number(weight) <= 100);
  if (!whole)
    analysis.error('stepWeights', 'must be whole numbers from 1 to 100', 'list the weights, such as [10, 50, 100]');
  else if (weights.some((weight, index) => index > 0 && Number(weight) <= Number(weights[index - 1]))) {
    analysis.error('stepWeights', 'must be strictly increasing', 'sort the weights and remove repeated ones');
  }
}

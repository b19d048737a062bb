/** How long a run may take before nobody waits for it any more. */
import type { CanaryAnalysis } from '../model/canary';
import { failureThreshold, intervalMs, maxWeight } from '../model/defaults';
import { at, numberOf, objectOf } from '../model/json';

const HOUR_MS = 3_600_000;

/**
 * Milliseconds: twice the time of all steps, of as many failed checks as the run may have and of two rollouts, and at
 * least an hour.
 */
export function defaultDeadlineMs(spec: unknown): number {
  const analysis = objectOf(at(spec, 'analysis')) as unknown as CanaryAnalysis;
  const steps = stepsOf(analysis) + failureThreshold(analysis);
  const rolloutMs = (numberOf(at(spec, 'progressDeadlineSeconds')) ?? 600) * 1000;
  return Math.max(HOUR_MS, 2 * (steps * intervalMs(analysis) + 2 * rolloutMs));
}

function stepsOf(analysis: CanaryAnalysis): number {
  const { iterations, stepWeights, stepWeight, stepWeightPromotion } = analysis;
  const back = stepWeightPromotion ? Math.ceil(100 / stepWeightPromotion) : 1;
  if (iterations) return iterations + back;
  if (stepWeights) return stepWeights.length + back;
  return Math.ceil(maxWeight(analysis) / Math.max(1, stepWeight ?? 1)) + back;
}

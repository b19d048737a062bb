/** Which weight comes next: the arithmetic of progressive steps (spec behaviour-reference 4.3, behaviour.md B10). */
import type { CanaryAnalysis } from '../../model/canary';

/** The canary's weight after one more step from the live weight; the live weight itself when there is no step left. */
export function nextWeight(analysis: CanaryAnalysis, live: number): number {
  if (analysis.stepWeight !== undefined && analysis.stepWeight > 0) return Math.min(live + analysis.stepWeight, 100);
  return (analysis.stepWeights ?? []).find((weight) => weight > live) ?? live;
}

/** The canary's weight after one step back while promoting. */
export const weightAfterPromotionStep = (analysis: CanaryAnalysis, live: number): number =>
  analysis.stepWeightPromotion !== undefined && analysis.stepWeightPromotion > 0
    ? Math.max(live - analysis.stepWeightPromotion, 0)
    : 0;

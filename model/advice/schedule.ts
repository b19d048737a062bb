/** How a run without failed checks goes: its weights, its analyses, and how long it takes at least. */
import type { Canary, CanaryAnalysis } from '../canary';
import { intervalMs, maxWeight, providerOf } from '../defaults';

export interface Schedule {
  /** Percent of the canary at each step of live traffic; empty where users are not split. */
  weights: readonly number[];
  /** Analyses that a run passes before it is promoted. */
  analyses: number;
  intervalMs: number;
  /** From the first step to the decision, without the start of pods. */
  shortestMs: number;
}

export function scheduleOf(canary: Canary): Schedule {
  const { analysis } = canary.spec;
  const every = intervalMs(analysis);
  const iterations = analysis.iterations ?? (providerOf(canary) === 'kubernetes' ? 10 : 0);
  const weights = iterations > 0 ? [] : weightsOf(analysis);
  const isBlueGreen = iterations > 0 && (analysis.match ?? []).length === 0;
  const analyses =
    iterations > 0 ? iterations + Number(isBlueGreen) : weights.length + Number(analysis.mirror === true);
  return { weights, analyses, intervalMs: every, shortestMs: analyses * every };
}

function weightsOf(analysis: CanaryAnalysis): number[] {
  if (analysis.stepWeights) return analysis.stepWeights;
  const { stepWeight = 0 } = analysis;
  if (stepWeight <= 0) return [];
  const steps = Math.ceil(maxWeight(analysis) / stepWeight);
  return Array.from({ length: steps }, (_, step) => Math.min(100, (step + 1) * stepWeight));
}

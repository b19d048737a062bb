/** The arithmetic of weights. */
import fc from 'fast-check';
import { nextWeight, weightAfterPromotionStep } from '../../../controller/rollout/steps';
import type { CanaryAnalysis } from '../../../model/canary';

const analysis = { interval: '10s', threshold: 2 };

test.each<[string, Partial<CanaryAnalysis>, number, number]>([
  ['the first step', { stepWeight: 20 }, 0, 20],
  ['the next one', { stepWeight: 20 }, 40, 60],
  ['F#189: the last one stays at 100', { stepWeight: 30 }, 90, 100],
  ['a list', { stepWeights: [1, 10, 50] }, 1, 10],
  ['a live weight between two of the list', { stepWeights: [1, 10, 50] }, 7, 10],
  ['the end of the list', { stepWeights: [1, 10, 50] }, 50, 50],
  ['a step wins over a list', { stepWeight: 5, stepWeights: [50] }, 0, 5],
  ['a step of nothing is none', { stepWeight: 0, stepWeights: [50] }, 0, 50],
  ['no step at all', {}, 30, 30],
])('%s', (_, more, live, next) => {
  expect(nextWeight({ ...analysis, ...more }, live)).toBe(next);
});

test.each<[string, Partial<CanaryAnalysis>, number, number]>([
  ['at once', {}, 60, 0],
  ['in steps', { stepWeightPromotion: 25 }, 60, 35],
  ['the last step ends at nothing', { stepWeightPromotion: 25 }, 10, 0],
  ['a step of nothing would never end', { stepWeightPromotion: 0 }, 60, 0],
])('back: %s', (_, more, live, next) => {
  expect(weightAfterPromotionStep({ ...analysis, ...more }, live)).toBe(next);
});

test('F#189: whatever the step, weights only grow and never pass 100', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 100 }), (stepWeight, live) => {
      const next = nextWeight({ ...analysis, stepWeight }, live);
      expect(next).toBeLessThanOrEqual(100);
      expect(next).toBeGreaterThanOrEqual(live);
    }),
  );
});

/** What works, but hardly as meant (spec api.md 8, warn-level). */
import { parseDuration } from '../duration';
import { objectsOf, textOf } from '../json';
import type { ValidateOptions } from '../validate';
import { inMeshRules } from './in-mesh';

import type { Reader } from './shape';

export function warningRules(spec: Reader, options: ValidateOptions): void {
  const analysis = spec.inner('analysis');
  if (!analysis) return;
  const provider = textOf(spec.object['provider']) ?? options.provider ?? 'istio';
  timeRules(analysis, options);
  weightRules(analysis);
  providerRules(analysis, provider);
  const scaler = spec.inner('autoscalerRef');
  if (scaler?.object['kind'] === 'HorizontalPodAutoscaler' && scaler.object['apiVersion'] !== 'autoscaling/v2') {
    scaler.warning(
      'apiVersion',
      'is ignored: autoscalers are read and written as autoscaling/v2',
      'write autoscaling/v2',
    );
  }
  if (spec.object['skipAnalysis'] === true && !options.initialised) {
    spec.warning('skipAnalysis', 'is set on a Canary that is not initialised', 'initialise it with analysis first');
  }
  inMeshRules(spec, provider);
}

function timeRules(analysis: Reader, options: ValidateOptions): void {
  const intervalMs = parseDuration(analysis.object['interval']) ?? 0;
  const floorMs = options.minIntervalMs ?? 10_000;
  if (intervalMs >= 1000 && intervalMs < floorMs) {
    analysis.warning(
      'interval',
      `is raised to ${floorMs / 1000}s`,
      "write a longer one, or lower the controller's -min-interval",
    );
  }
  for (const metric of analysis.inners('metrics')) {
    const interval = textOf(metric.object['interval']);
    if (
      interval !== undefined &&
      metric.has('name') &&
      parseDuration(interval) === undefined &&
      /^[0-9]+(m|s|h)/.test(interval)
    ) {
      metric.warning('interval', 'is no Go duration: only graphite understands it', 'write it like 1m or 30s');
    }
  }
  const hooks = analysis
    .inners('webhooks')
    .filter((hook) => ['', 'rollout', undefined].includes(hook.object['type'] as string));
  const timeouts = hooks.map((hook) => parseDuration(hook.object['timeout'] ?? '10s') ?? 0);
  const totalMs = timeouts.reduce((sum, ms) => sum + ms, 0);
  if (intervalMs > 0 && totalMs > intervalMs) {
    analysis.warning(
      'webhooks',
      `rollout hooks may take ${totalMs / 1000}s, longer than the interval`,
      'shorten their timeouts or lengthen the interval',
    );
  }
}

function weightRules(analysis: Reader): void {
  const { stepWeight, maxWeight, mirrorWeight, mirror } = analysis.object;
  if (typeof stepWeight === 'number' && typeof maxWeight === 'number' && maxWeight > 0 && stepWeight > maxWeight) {
    analysis.warning('stepWeight', 'is above maxWeight: the first step overshoots it', 'lower stepWeight');
  }
  for (const other of ['stepWeights', 'iterations']) {
    if (maxWeight !== undefined && analysis.has(other)) {
      analysis.warning('maxWeight', `has no effect with ${other}`, 'remove maxWeight');
    }
  }
  if (typeof mirrorWeight === 'number' && mirror !== true) {
    analysis.warning('mirrorWeight', 'has no effect without mirror', 'set mirror');
  }
  if (objectsOf(analysis.object['match']).length > 0 && !analysis.has('iterations')) {
    analysis.warning('match', 'without iterations splits the matching requests only', 'set iterations for an A/B run');
  }
  const trafficHook = objectsOf(analysis.object['webhooks']).some(
    (hook) => hook['type'] === 'confirm-traffic-increase',
  );
  if (trafficHook && analysis.has('iterations')) {
    analysis.warning(
      'webhooks',
      'of type confirm-traffic-increase are never called with iterations',
      'use confirm-promotion',
    );
  }
}

function providerRules(analysis: Reader, provider: string): void {
  if (provider !== 'kubernetes') return;
  if (objectsOf(analysis.object['match']).length > 0) {
    analysis.warning('match', 'is ignored by provider kubernetes', 'use a mesh or ingress provider');
  }
  for (const field of ['stepWeight', 'stepWeights']) {
    if (analysis.has(field))
      analysis.warning(field, 'is ignored by provider kubernetes: it runs 10 iterations', 'set iterations');
  }
}

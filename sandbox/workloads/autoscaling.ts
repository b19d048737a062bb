/** How many replicas an autoscaler wants, pure. */
import type { Autoscaler, MetricSpec } from './objects';

/** A ratio this near to 1 changes nothing. */
const TOLERANCE = 0.1;

export interface Load {
  /** CPU in use by each pod, in percent of its request. */
  cpuPercent: number;
}

/** Replicas that bring every CPU metric to its target; metrics that the sandbox does not simulate are always on target. */
export function recommended(current: number, metrics: readonly MetricSpec[], load: Load): number {
  const wanted = metrics.map((metric) => {
    const target = cpuTarget(metric);
    if (target === undefined) return current;
    const ratio = load.cpuPercent / target;
    return Math.abs(ratio - 1) <= TOLERANCE ? current : Math.ceil(current * ratio);
  });
  return Math.max(...wanted, metrics.length === 0 ? current : 0);
}

/** The wanted average utilisation in percent, of a CPU metric. */
export function cpuTarget(metric: MetricSpec): number | undefined {
  const { resource } = metric;
  return metric.type === 'Resource' && resource?.name === 'cpu' ? resource.target.averageUtilization : undefined;
}

/** At most twice as many, or 4 more, in one go. */
function stepUpLimit(current: number): number {
  return Math.max(current * 2, current + 4);
}

export type Limit = 'DesiredWithinRange' | 'TooFewReplicas' | 'TooManyReplicas' | 'ScaleUpLimit';

/** The recommendation within the bounds, and what held it back. */
export function bounded(spec: Autoscaler['spec'], current: number, wanted: number): { replicas: number; limit: Limit } {
  const least = spec.minReplicas ?? 1;
  if (wanted > spec.maxReplicas) return { replicas: spec.maxReplicas, limit: 'TooManyReplicas' };
  if (wanted < least) return { replicas: least, limit: 'TooFewReplicas' };
  const limit = stepUpLimit(current);
  if (wanted > limit) return { replicas: Math.min(limit, spec.maxReplicas), limit: 'ScaleUpLimit' };
  return { replicas: wanted, limit: 'DesiredWithinRange' };
}

export const LIMIT_MESSAGES: Record<Limit, string> = {
  DesiredWithinRange: 'the desired count is within the acceptable range',
  TooFewReplicas: 'the desired replica count is less than the minimum replica count',
  TooManyReplicas: 'the desired replica count is more than the maximum replica count',
  ScaleUpLimit: 'the desired replica count is increasing faster than the maximum scale rate',
};

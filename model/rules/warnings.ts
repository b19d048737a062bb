/** What works, but hardly as meant (spec api.md 8, warn-level). */
import { formatDuration, GO_DURATION, parseDuration } from '../duration';
import { type JsonObject, objectsOf, textOf } from '../json';
import type { ValidateOptions } from '../validate';
import { inMeshRule } from './in-mesh';
import { BUILT_IN_METRICS, LOOSE_DURATION } from './metrics';
import type { Reader } from './shape';
import { celText, inAnalysis, inEach, inSpec, isGiven, isNumber, type Place, type SharedRule } from './shared-rule';

/** The rules for a controller with those flags. */
export function warningRules(options: ValidateOptions): readonly SharedRule[] {
  const provider = (spec: JsonObject) => textOf(spec['provider']) ?? options.provider ?? 'istio';
  return [
    ...metricRules,
    headerCase,
    ...timeRules(options),
    ...weightRules,
    ...kubernetesRules((spec) => provider(spec) === 'kubernetes'),
    ignoredVersion,
    unanalysedStart(options),
    inMeshRule(provider),
  ];
}

const warning = (rule: Omit<SharedRule, 'severity'>): SharedRule => ({ ...rule, severity: 'warning' });

const isBuiltIn = (metric: Reader) => BUILT_IN_METRICS.includes(textOf(metric.object['name']) ?? '');
const CEL_BUILT_IN = JSON.stringify(BUILT_IN_METRICS);

const metricRules: readonly SharedRule[] = [
  warning({
    name: 'unknown-samples',
    path: 'spec.analysis.metrics[].minSamples',
    message: 'is known of built-in metrics only',
    remedy: 'leave it out',
    broken: inEach(
      'metrics',
      'minSamples',
      (metric) => metric.has('minSamples') && (metric.has('templateRef') || metric.has('query')),
    ),
    cel: { holds: 'variables.metrics.all(m, !has(m.minSamples) || !(has(m.templateRef) || has(m.query)))' },
  }),
  warning({
    name: 'built-in-with-template',
    path: 'spec.analysis.metrics[].templateRef',
    message: 'does not replace the built-in metric: both are checked against the same range',
    remedy: 'give the metric another name',
    broken: inEach('metrics', 'templateRef', (metric) => isBuiltIn(metric) && metric.has('templateRef')),
    cel: { holds: `variables.metrics.all(m, !has(m.templateRef) || !(m.name in ${CEL_BUILT_IN}))` },
  }),
  warning({
    name: 'graphite-interval',
    path: 'spec.analysis.metrics[].interval',
    message: 'is no Go duration: only graphite understands it',
    remedy: 'write it like 1m or 30s',
    broken: inEach('metrics', 'interval', (metric) => {
      const interval = textOf(metric.object['interval']) ?? '1m';
      return metric.has('name') && parseDuration(interval) === undefined && LOOSE_DURATION.test(interval);
    }),
    cel: {
      holds:
        `variables.metrics.all(m, !has(m.interval) || !m.interval.matches('${LOOSE_DURATION.source}') || ` +
        `m.interval.matches(${celText(GO_DURATION)}))`,
    },
  }),
];

const headerCase = warning({
  name: 'header-case',
  path: 'spec.analysis.match[].headers.{header}',
  message: 'is not in lower case: Istio never matches it',
  remedy: 'write header names in lower case',
  broken: (spec) =>
    (spec.inner('analysis')?.inners('match') ?? []).flatMap((match): Place[] => {
      const headers = match.inner('headers');
      if (!headers) return [];
      const upper = Object.keys(headers.object).filter((header) => header !== header.toLowerCase());
      return upper.map((header) => ({ reader: headers, field: header, values: { header } }));
    }),
  cel: {
    holds: 'variables.upperHeaders.size() == 0',
    values: { header: 'variables.upperHeaders[0][0]' },
  },
});

const ROLLOUT_TYPES = ['', 'rollout', undefined];

/** Milliseconds that the hooks of one step may take in all. */
function rolloutHooksMs(analysis: JsonObject): number {
  const hooks = objectsOf(analysis['webhooks']).filter((hook) => ROLLOUT_TYPES.includes(hook['type'] as string));
  return hooks.reduce((sum, hook) => sum + (parseDuration(hook['timeout'] ?? '10s') ?? 0), 0);
}

const intervalOf = (analysis: JsonObject) => parseDuration(analysis['interval']) ?? 0;

function timeRules({ minIntervalMs: floorMs = 10_000 }: ValidateOptions): readonly SharedRule[] {
  return [
    warning({
      name: 'interval-floor',
      path: 'spec.analysis.interval',
      message: `is raised to ${floorMs / 1000}s`,
      remedy: "write a longer one, or lower the controller's -min-interval",
      broken: inAnalysis('interval', (analysis) => intervalOf(analysis) >= 1000 && intervalOf(analysis) < floorMs),
      cel: {
        holds: `variables.interval < duration('1s') || variables.interval >= duration('${formatDuration(floorMs)}')`,
      },
    }),
    warning({
      name: 'slow-hooks',
      path: 'spec.analysis.webhooks',
      message: 'rollout hooks may take {seconds}s, longer than the interval',
      remedy: 'shorten their timeouts or lengthen the interval',
      broken: (spec) => {
        const analysis = spec.inner('analysis');
        const [hooksMs, intervalMs] = [rolloutHooksMs(analysis?.object ?? {}), intervalOf(analysis?.object ?? {})];
        if (!analysis || intervalMs <= 0 || hooksMs <= intervalMs) return [];
        return [{ reader: analysis, field: 'webhooks', values: { seconds: `${Math.trunc(hooksMs / 1000)}` } }];
      },
      cel: {
        holds: 'variables.rolloutHooks <= variables.interval',
        values: { seconds: 'string(variables.rolloutHooks.getSeconds())' },
      },
    }),
  ];
}

const weightRules: readonly SharedRule[] = [
  warning({
    name: 'step-above-maximum',
    path: 'spec.analysis.stepWeight',
    message: 'is above maxWeight: the first step overshoots it',
    remedy: 'lower stepWeight',
    broken: inAnalysis('stepWeight', ({ stepWeight, maxWeight }) => {
      return isNumber(stepWeight) && isNumber(maxWeight) && maxWeight > 0 && stepWeight > maxWeight;
    }),
    cel: {
      holds:
        '!has(variables.analysis.stepWeight) || !has(variables.analysis.maxWeight) || ' +
        'variables.analysis.maxWeight == 0 || variables.analysis.stepWeight <= variables.analysis.maxWeight',
    },
  }),
  ...['stepWeights', 'iterations'].map((other) =>
    warning({
      name: `maximum-with-${other.toLowerCase()}`,
      path: 'spec.analysis.maxWeight',
      message: `has no effect with ${other}`,
      remedy: 'remove maxWeight',
      broken: inAnalysis('maxWeight', (analysis) => isGiven(analysis['maxWeight']) && isGiven(analysis[other])),
      cel: { holds: `!has(variables.analysis.maxWeight) || !has(variables.analysis.${other})` },
    }),
  ),
  warning({
    name: 'mirror-weight-alone',
    path: 'spec.analysis.mirrorWeight',
    message: 'has no effect without mirror',
    remedy: 'set mirror',
    broken: inAnalysis('mirrorWeight', ({ mirrorWeight, mirror }) => isNumber(mirrorWeight) && mirror !== true),
    cel: { holds: '!has(variables.analysis.mirrorWeight) || variables.analysis.?mirror.orValue(false)' },
  }),
  warning({
    name: 'match-without-iterations',
    path: 'spec.analysis.match',
    message: 'without iterations splits the matching requests only',
    remedy: 'set iterations for an A/B run',
    broken: inAnalysis('match', ({ match, iterations }) => objectsOf(match).length > 0 && !isGiven(iterations)),
    cel: { holds: 'variables.match.size() == 0 || has(variables.analysis.iterations)' },
  }),
  warning({
    name: 'traffic-gate-with-iterations',
    path: 'spec.analysis.webhooks',
    message: 'of type confirm-traffic-increase are never called with iterations',
    remedy: 'use confirm-promotion',
    broken: inAnalysis('webhooks', ({ webhooks, iterations }) => {
      return isGiven(iterations) && objectsOf(webhooks).some(({ type }) => type === 'confirm-traffic-increase');
    }),
    cel: {
      holds:
        '!has(variables.analysis.iterations) || ' +
        "!variables.webhooks.exists(w, w.?type.orValue('') == 'confirm-traffic-increase')",
    },
  }),
];

const kubernetesRules = (isKubernetes: (spec: JsonObject) => boolean): readonly SharedRule[] => [
  warning({
    name: 'match-without-mesh',
    path: 'spec.analysis.match',
    message: 'is ignored by provider kubernetes',
    remedy: 'use a mesh or ingress provider',
    broken: inAnalysis('match', ({ match }, spec) => isKubernetes(spec) && objectsOf(match).length > 0),
    cel: { holds: "variables.provider != 'kubernetes' || variables.match.size() == 0" },
  }),
  ...['stepWeight', 'stepWeights'].map((field) =>
    warning({
      name: `${field.toLowerCase()}-without-mesh`,
      path: `spec.analysis.${field}`,
      message: 'is ignored by provider kubernetes: it runs 10 iterations',
      remedy: 'set iterations',
      broken: inAnalysis(field, (analysis, spec) => isKubernetes(spec) && isGiven(analysis[field])),
      cel: { holds: `variables.provider != 'kubernetes' || !has(variables.analysis.${field})` },
    }),
  ),
];

const HPA = 'HorizontalPodAutoscaler';

const ignoredVersion = warning({
  name: 'autoscaler-version',
  path: 'spec.autoscalerRef.apiVersion',
  message: 'is ignored: autoscalers are read and written as autoscaling/v2',
  remedy: 'write autoscaling/v2',
  broken: (spec) => {
    const scaler = spec.inner('autoscalerRef');
    const isOld = scaler?.object['kind'] === HPA && scaler.object['apiVersion'] !== 'autoscaling/v2';
    return scaler && isOld ? [{ reader: scaler, field: 'apiVersion' }] : [];
  },
  cel: {
    holds:
      `!has(object.spec.autoscalerRef) || object.spec.autoscalerRef.kind != '${HPA}' || ` +
      "object.spec.autoscalerRef.apiVersion == 'autoscaling/v2'",
  },
});

const unanalysedStart = ({ initialised }: ValidateOptions) =>
  warning({
    name: 'unanalysed-start',
    path: 'spec.skipAnalysis',
    message: 'is set on a Canary that is not initialised',
    remedy: 'initialise it with analysis first',
    broken: inSpec('skipAnalysis', ({ skipAnalysis }) => skipAnalysis === true && !initialised),
    cel: {
      holds: '!object.spec.?skipAnalysis.orValue(false) || ' + "object.?status.?lastPromotedSpec.orValue('') != ''",
    },
  });

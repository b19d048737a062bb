/** One analysis: rollout hooks first, then all metrics at once; the first failure in the reference's order is reported (B12). */
import type { CanaryMetric } from '../../model/canary';
import { metricInterval } from '../../model/defaults';
import type { Call } from './gates';
import { throughGates } from './gates';
import type { Observation } from './observation';
import { apexOf, canaryKey, namespaceOf, providerOf } from './observation';
import type { Answers, MetricQuestion, Question } from './question';
import type { Check } from './verdict';
import { DURATION, GRPC_SUCCESS_RATE, judge, SUCCESS_RATE } from './verdict';

export type AnalysisResult =
  | { state: 'asking'; questions: Question[] }
  | { state: 'passed'; checks: Check[] }
  | { state: 'failed'; message: string; checks: Check[] }
  /** Nobody can tell: a metrics server that is down or wrong is not the new version's fault. */
  | { state: 'held'; message: string; checks: Check[] };

export function analyse(seen: Observation, answers: Answers, call: Call): AnalysisResult {
  const gates = throughGates(seen, answers, 'rollout', call);
  if (gates.state === 'asking') return { state: 'asking', questions: [gates.question] };
  if (gates.state === 'stopped') {
    const message = `Halt ${canaryKey(seen)} advancement external check ${gates.by.name} failed ${gates.error}`;
    return { state: 'failed', message, checks: [] };
  }
  const questions = metricQuestions(seen);
  const unasked = questions.filter((question) => !answers.metrics.has(question.id));
  if (unasked.length > 0) return { state: 'asking', questions: unasked };
  const checks = questions.map((question) => judge(question, answers.metrics.get(question.id)!, canaryKey(seen)));
  const failure = checks.find(({ verdict }) => verdict === 'fail' || verdict === 'noData');
  if (failure) return { state: 'failed', message: failure.message!, checks };
  const open = checks.find(({ verdict }) => verdict === 'error' || verdict === 'inconclusive');
  return open ? { state: 'held', message: open.message!, checks } : { state: 'passed', checks };
}

const BUILTIN = new Set([SUCCESS_RATE, DURATION, GRPC_SUCCESS_RATE]);

/** Unlike the reference's two, gRPC's gives way to a query of that name. */
const isBuiltin = (metric: CanaryMetric): boolean =>
  BUILTIN.has(metric.name) &&
  (metric.name !== GRPC_SUCCESS_RATE || (!metric.query && metric.templateRef === undefined));

/** Every check of the Canary in the reference's order: built-in and inline ones in list order, then templates. */
export function metricQuestions(seen: Observation): MetricQuestion[] {
  const metrics = (seen.canary.spec.analysis.metrics ?? []).map((metric, index) => ({ metric, index }));
  const first = metrics.flatMap(({ metric, index }) => [
    ...(isBuiltin(metric) ? [question(seen, metric, index, 'builtin')] : []),
    ...(metric.query ? [question(seen, metric, index, 'inline')] : []),
    ...(hasNoSource(metric) ? [question(seen, metric, index, 'inline')] : []),
  ]);
  const templated = metrics
    .filter(({ metric }) => metric.templateRef !== undefined)
    .map(({ metric, index }) => question(seen, metric, index, 'template'));
  return [...first, ...templated];
}

const hasNoSource = (metric: CanaryMetric): boolean =>
  !isBuiltin(metric) && !metric.query && metric.templateRef === undefined;

function question(
  seen: Observation,
  metric: CanaryMetric,
  index: number,
  source: MetricQuestion['source'],
): MetricQuestion {
  const { canary, settings } = seen;
  const target = canary.spec.targetRef.name;
  return {
    ask: 'metric',
    id: `metric/${index}/${source}`,
    metric,
    source,
    provider: observerOf(seen),
    metricsServer: canary.spec.metricsServer ?? settings.metricsServer,
    ...(source === 'template' && templateOf(seen, metric)),
    variables: {
      name: canary.metadata.name,
      namespace: namespaceOf(seen),
      target,
      service: apexOf(seen),
      ingress: canary.spec.ingressRef?.name ?? target,
      route: canary.spec.routeRef?.name ?? target,
      interval: metricInterval(metric),
      variables: metric.templateVariables ?? {},
    },
  };
}

/** Whose series the built-in queries read: with Linkerd as the mesh they are Linkerd's, whoever moves the traffic. */
const observerOf = (seen: Observation): string =>
  seen.canary.spec.provider && seen.settings.meshProvider.includes('linkerd') ? 'linkerd' : providerOf(seen);

function templateOf(seen: Observation, metric: CanaryMetric): Pick<MetricQuestion, 'template' | 'templateKey'> {
  const { name = '', namespace = namespaceOf(seen) } = metric.templateRef ?? {};
  const template = seen.templates.get(`${namespace}/${name}`);
  return { templateKey: `${name}.${namespace}`, ...(template && { template }) };
}

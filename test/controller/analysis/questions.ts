import type { MetricQuestion, QueryVariables } from '../../../controller/rollout/question';
import type { CanaryMetric, MetricTemplate } from '../../../model/canary';

export const VARIABLES: QueryVariables = {
  name: 'podinfo',
  namespace: 'test',
  target: 'podinfo',
  service: 'podinfo-svc',
  ingress: 'podinfo-ing',
  route: 'podinfo-route',
  interval: '1m',
  variables: {},
};

export function aQuestion(metric: CanaryMetric, more: Partial<MetricQuestion> = {}): MetricQuestion {
  return {
    ask: 'metric',
    id: 'metric/0',
    metric,
    source: 'builtin',
    provider: 'istio',
    metricsServer: 'http://prometheus:9090',
    variables: VARIABLES,
    ...more,
  };
}

export function aTemplate(query: string, provider: Partial<MetricTemplate['spec']['provider']> = {}): MetricTemplate {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata: { name: 'errors', namespace: 'monitoring' },
    spec: { provider: { type: 'prometheus', address: 'http://thanos:9090/api', ...provider }, query },
  };
}

export function aTemplateQuestion(
  template: MetricTemplate | undefined,
  more: Partial<MetricQuestion> = {},
): MetricQuestion {
  const metric = {
    name: 'error rate',
    templateRef: { name: 'errors', namespace: 'monitoring' },
    thresholdRange: { max: 1 },
  };
  return aQuestion(metric, {
    source: 'template',
    templateKey: 'errors.monitoring',
    ...(template === undefined ? {} : { template }),
    ...more,
  });
}

export const vector = (...values: string[]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value, n) => ({ metric: { n: `${n}` }, value: [1, value] })) },
  });

/** Values at the edges of what the rules allow, and of the wrong type: right and wrong ones side by side. */
import { affinity, all, type Change, hook, iterations, metric, set } from './mistakes';

const text = (length: number) => 'x'.repeat(length);
const edge = (path: string, ...values: unknown[]): [string, Change][] =>
  values.map((value) => [`${path} = ${shown(value)}`, set(path, value)]);

const shown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 70 ? `${json.slice(0, 60)}... (${json.length})` : json;
};

const one = (path: string, field: string, base: object, ...values: unknown[]): [string, Change][] =>
  values.map((value) => [`${path}[].${field} = ${shown(value)}`, set(path, [{ ...base, [field]: value }])]);

const affinityEdge = (field: string, ...values: unknown[]): [string, Change][] =>
  values.map((value) => [`sessionAffinity.${field} = ${shown(value)}`, affinity({ [field]: value })]);

const METRIC = { name: 'request-duration', threshold: 1 };
const HOOK = { name: 'h', url: 'http://x.test/' };
const ALERT = { name: 'a', providerRef: { name: 'p' } };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

export const oddValues: [string, Change][] = [
  ...edge('provider', '', 'kubernetes', 'skipper', 'nginx', 'gatewayapi:v1beta1', 'appmesh:v1beta2', 5),
  ...edge('metricsServer', text(2048), text(2049), 1),
  ...edge('progressDeadlineSeconds', 1, 0, '60'),
  ...['skipAnalysis', 'revertOnDeletion', 'suspend'].flatMap((flag) => edge(flag, false, 'true')),
  ...edge('targetRef.kind', 'DaemonSet', 'Service', 'deployment'),
  ...edge('targetRef.apiVersion', undefined, 1),
  ...edge('targetRef.name', undefined, '', text(55), text(56), text(254)),
  ...edge('autoscalerRef.kind', 'ScaledObject', 'VerticalPodAutoscaler'),
  ...edge('autoscalerRef.name', undefined, ''),
  ...edge('autoscalerRef.apiVersion', 'autoscaling/v2', 'keda.sh/v1alpha1', undefined),
  ...edge('autoscalerRef.primaryScalerQueries', { q: 'up' }, { q: 1 }, []),
  ...edge('autoscalerRef.primaryScalerReplicas', { minReplicas: 2, maxReplicas: 2 }, { minReplicas: 3 }),
  ...edge('autoscalerRef.primaryScalerReplicas', { maxReplicas: 0 }, { minReplicas: 0 }),
  ...edge('ingressRef', { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'i' }, { kind: 'Gateway' }),
  ...edge('routeRef', { apiVersion: 'a', kind: 'ApisixRoute', name: 'r' }, {}),
  ...edge('upstreamRef', { apiVersion: 'a', kind: 'Upstream', name: 'u' }, {}, { name: 'u', namespace: text(64) }),
  ...edge('service.name', text(55), text(56), 7),
  ...edge('service.port', 1, 65_535, 65_536, '80'),
  ...edge('service.targetPort', 'http', 8080, 1.5, true),
  ...edge('service.trafficDistribution', 'PreferClose', 'PreferSameZone', 'PreferSameNode', 'Close'),
  ...['portDiscovery', 'headless', 'delegation'].flatMap((flag) => edge(`service.${flag}`, false, 1)),
  ...['portName', 'appProtocol', 'timeout', 'backendTimeout', 'meshName'].flatMap((field) =>
    edge(`service.${field}`, 'a', 1),
  ),
  ...edge('service.hosts', times(64, 'a'), times(65, 'a'), [1], 'a'),
  ...edge('service.gateways', times(64, 'mesh'), times(65, 'mesh'), [{}], {}),
  ...edge('service.gatewayRefs', times(32, { name: 'g' }), times(33, { name: 'g' }), [{}], [{ name: '' }]),
  ...edge('service.mirror', times(9, { backendRef: { name: 'x', port: 1 } }), [
    { backendRef: { kind: 'Other', name: 'x' } },
  ]),
  ...edge('service.mirror', [{ backendRef: { port: 65_535 } }], [{ backendRef: { group: 'g', name: 'x' } }]),
  ...['apex', 'primary', 'canary'].flatMap((name) =>
    edge(`service.${name}`, { labels: { a: 'b' } }, { labels: { a: 1 } }, { annotations: { a: false } }, 'x'),
  ),
  ...edge('service.retries', { attempts: 3 }, { attempts: '3' }, []),
  ...['rewrite', 'headers', 'corsPolicy', 'unmanagedMetadata'].flatMap((field) => edge(`service.${field}`, {}, 'x')),
  ...['uri', 'scheme', 'method', 'authority'].flatMap((field) =>
    one('service.match', field, {}, { regex: 'a' }, { exact: 'a', regex: 'b' }, { prefix: 1 }),
  ),
  ...['headers', 'withoutHeaders', 'queryParams'].flatMap((field) =>
    one('service.match', field, {}, { a: { exact: 'a' } }, { a: { exact: 'a', prefix: 'b' } }),
  ),
  ...one('service.match', 'sourceLabels', {}, { a: 'b' }, { a: 1 }),
  ...one('service.match', 'gateways', {}, ['mesh'], [1]),
  ...one('service.match', 'port', {}, 80, '80'),
  ...one('service.match', 'ignoreUriCase', {}, true, 'yes'),
  ...edge(
    'service.trafficPolicy',
    { tls: { mode: 'DISABLE' } },
    { tls: { mode: 'SIMPLE' } },
    { tls: { mode: 'NONE' } },
  ),
  ...edge(
    'service.trafficPolicy',
    { tls: { mode: 'MUTUAL' } },
    { tls: { mode: 'ISTIO_MUTUAL' } },
    { loadBalancer: {} },
  ),
  ...['httpHeaderName', 'httpCookie', 'httpQueryParameterName'].flatMap((key) =>
    edge(
      'service.trafficPolicy.loadBalancer',
      { consistentHash: { [key]: 1 } },
      { consistentHash: { [key]: 1, useSourceIp: 1 } },
    ),
  ),
  ...edge('analysis.interval', '1s', '999ms', 10, '0s'),
  ...edge('analysis.threshold', 0, 1, 1.5),
  ...edge('analysis.maxWeight', 0, 1, 100, -1),
  ...edge('analysis.stepWeight', 1, 100, 101, 50, 51),
  ...edge('analysis.mirror', false, 'true'),
  ...edge('analysis.mirrorWeight', 0, 100, 101, -1),
  ...edge('analysis.primaryReadyThreshold', 0, 100, -1),
  ...edge('analysis.canaryReadyThreshold', 0, 100, 101, -1),
  ...edge('analysis.stepWeightPromotion', 1, 100, 0, 101),
  ...[[1, 2], [100], [0], [101], [1, 1.5], 'x', []].map((weights): [string, Change] => [
    `stepWeights alone = ${shown(weights)}`,
    all(
      set('analysis.stepWeight', undefined),
      set('analysis.maxWeight', undefined),
      set('analysis.stepWeights', weights),
    ),
  ]),
  ...[1, 0, 1.5].map((count): [string, Change] => [
    `iterations alone = ${count}`,
    all(iterations, set('analysis.iterations', count)),
  ]),
  ...one('analysis.match', 'headers', {}, { a: { exact: 'b' } }, { a: {} }, { a: { suffix: 'a', regex: 'b' } }),
  ...one('analysis.match', 'queryParams', {}, { a: { exact: 'b' } }, { a: { exact: 'b', prefix: 'c' } }),
  ...one('analysis.match', 'sourceLabels', {}, { a: 'b' }, { a: null }),
  ...one('analysis.metrics', 'name', METRIC, text(1024), text(1025), undefined, 'grpc-success-rate', 1),
  ...one('analysis.metrics', 'interval', METRIC, '1m', '2h', '1min', '1d', text(33)),
  ...one(
    'analysis.metrics',
    'thresholdRange',
    { name: METRIC.name },
    { min: 1, max: 1 },
    { min: 0.5 },
    { max: '1' },
    3,
  ),
  ...one('analysis.metrics', 'query', METRIC, text(8192), text(8193)),
  ...one('analysis.metrics', 'noData', METRIC, 'fail', 'pause', 'ignore', 'pass'),
  ...one('analysis.metrics', 'minSamples', METRIC, 1, 0, 1.5),
  ['samples of a query', metric({ name: 'mine', threshold: 1, query: 'up', minSamples: 1 })],
  ['samples of a template', metric({ name: 'mine', threshold: 1, templateRef: { name: 't' }, minSamples: 1 })],
  ...one('analysis.metrics', 'templateVariables', METRIC, { a: 'b' }, { a: 1 }),
  ...one('analysis.metrics', 'templateRef', { name: 'mine', threshold: 1 }, { name: 't' }, {}, { name: text(254) }),
  ...one('analysis.alerts', 'severity', ALERT, '', 'info', 'warn', 'error'),
  ...one('analysis.alerts', 'name', ALERT, undefined, text(1025)),
  ...one(
    'analysis.alerts',
    'providerRef',
    ALERT,
    {},
    { name: 'p', namespace: text(63) },
    { name: 'p', namespace: text(64) },
  ),
  ...one('analysis.webhooks', 'name', HOOK, undefined, text(1025)),
  ...one('analysis.webhooks', 'type', HOOK, '', 'rollout', 'pre-rollout', 'post-rollout', 'rollback', 'event'),
  ...one('analysis.webhooks', 'type', HOOK, 'confirm-rollout', 'confirm-promotion', 'confirm-traffic-increase'),
  ...one('analysis.webhooks', 'timeout', HOOK, '5s', '10s', '30s', '61s', 'soon', 5),
  ...one('analysis.webhooks', 'retries', HOOK, 0, 10, -1),
  ...one('analysis.webhooks', 'muteAlert', HOOK, true, 'no'),
  ...one('analysis.webhooks', 'disableTLS', HOOK, true, 'no'),
  ...one('analysis.webhooks', 'url', HOOK, 'https://x.test/a', 'http:///a', 'x', '', text(2049)),
  [
    'two hooks that are longer than the interval together',
    set('analysis.webhooks', times(2, { ...HOOK, timeout: '31s' })),
  ],
  ['two hooks of other types', set('analysis.webhooks', times(2, { ...HOOK, type: 'pre-rollout', timeout: '31s' }))],
  ...affinityEdge('cookieName', 'a-b_c', 'a;b', 1),
  ...affinityEdge('primaryCookieName', 'p', 'p q', 1),
  ...affinityEdge('maxAge', 0, -1, 1.5, '60'),
  ...affinityEdge('sameSite', 'Lax', 'Strict', 'lax'),
  ...affinityEdge('secure', true, 'true'),
  ...affinityEdge('httpOnly', true, 'true'),
  ['SameSite None with secure', affinity({ sameSite: 'None', secure: true })],
  ['partitioned with secure', affinity({ partitioned: true, secure: true })],
  ['delegation with gateways alone', all(set('service.hosts', []), set('service.delegation', true))],
  [
    'delegation without both',
    all(set('service.hosts', []), set('service.gateways', []), set('service.delegation', true)),
  ],
  ['a Deployment of Knative’s group', set('targetRef.apiVersion', 'serving.knative.dev/v1')],
  ['mirror of Istio, by name', all(iterations, set('provider', 'istio'), set('analysis.mirror', true))],
  [
    'mirror of the Gateway API',
    all(
      iterations,
      set('provider', 'gatewayapi:v1'),
      set('service.gatewayRefs', [{ name: 'g' }]),
      set('analysis.mirror', true),
    ),
  ],
  ['a step above the maximum of 0', all(set('analysis.stepWeight', 60), set('analysis.maxWeight', 0))],
  ['mirrorWeight with mirror', all(iterations, set('analysis.mirror', true), set('analysis.mirrorWeight', 5))],
  ['a traffic gate without iterations', hook({ type: 'confirm-traffic-increase' })],
  ['an unknown metric without source', metric({ name: 'mine', threshold: 1 })],
  [
    'stepWeights without a mesh',
    all(
      set('analysis.stepWeight', undefined),
      set('analysis.maxWeight', undefined),
      set('provider', 'kubernetes'),
      set('analysis.stepWeights', [1, 2]),
    ),
  ],
];

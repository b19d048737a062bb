/** One Canary for each rule, wrong in one way: what `validate` says about it, and what the API server must too. */
import type { Canary } from '../../model/canary';

export type Change = (canary: Canary) => void;
export const set =
  (path: string, value: unknown): Change =>
  (canary) => {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let node = canary.spec as unknown as Record<string, unknown>;
    for (const key of keys) {
      node[key] ??= {};
      node = node[key] as Record<string, unknown>;
    }
    if (value === undefined) delete node[last];
    else node[last] = value;
  };
export const all =
  (...changes: Change[]): Change =>
  (canary) => {
    for (const change of changes) change(canary);
  };
export const metric = (value: object) => set('analysis.metrics', [value]);
export const hook = (value: object) => set('analysis.webhooks', [{ name: 'h', url: 'http://x.test/', ...value }]);
export const affinity = (value: object) => set('analysis.sessionAffinity', { cookieName: 'c', ...value });
export const iterations = all(
  set('analysis.stepWeight', undefined),
  set('analysis.maxWeight', undefined),
  set('analysis.iterations', 10),
);
export const long = 'x'.repeat(56);
const many = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, value]));
const metricOf = (name: string) => ({ name, query: 'vector(1)', thresholdRange: { max: 1 } });

/** What is wrong, how to make it, and the path of the one error. */
export const errors: [string, Change, string][] = [
  ['targetRef missing', set('targetRef', undefined), 'spec.targetRef'],
  ['target of another kind', set('targetRef.kind', 'StatefulSet'), 'spec.targetRef.kind'],
  ['analysis missing', set('analysis', undefined), 'spec.analysis'],
  ['analysis under its old name', set('canaryAnalysis', {}), 'spec.canaryAnalysis'],
  ['unknown provider', set('provider', 'istoi'), 'spec.provider'],
  ['service missing', set('service', undefined), 'spec.service'],
  ['port missing', set('service.port', undefined), 'spec.service.port'],
  ['port 0', set('service.port', 0), 'spec.service.port'],
  ['port of a fraction', set('service.port', 9898.5), 'spec.service.port'],
  ['name too long', set('service.name', long), 'spec.service.name'],
  ['target name too long without service.name', set('targetRef.name', long), 'spec.targetRef'],
  ['delegation with hosts', set('service.delegation', true), 'spec.service.delegation'],
  [
    'two kinds of string match',
    set('service.match', [{ uri: { exact: '/', prefix: '/' } }]),
    'spec.service.match[0].uri',
  ],
  ['mirror without backend', set('service.mirror', [{}]), 'spec.service.mirror[0].backendRef'],
  [
    'mirror without port',
    set('service.mirror', [{ backendRef: { name: 'x' } }]),
    'spec.service.mirror[0].backendRef.port',
  ],
  [
    'two load balancers',
    set('service.trafficPolicy.loadBalancer', { simple: 'RANDOM', consistentHash: { useSourceIp: true } }),
    'spec.service.trafficPolicy.loadBalancer',
  ],
  ['conditions without end', set('service.match', Array(65).fill({ uri: { prefix: '/' } })), 'spec.service.match'],
  [
    'headers without end',
    set('service.match', [{ headers: many(65, { exact: 'x' }) }]),
    'spec.service.match[0].headers',
  ],
  ['annotations without end', set('service.apex', { annotations: many(129, 'x') }), 'spec.service.apex.annotations'],
  [
    'an annotation without end',
    set('service.apex', { annotations: { a: 'x'.repeat(65_537) } }),
    'spec.service.apex.annotations.a',
  ],
  ['interval missing', set('analysis.interval', undefined), 'spec.analysis.interval'],
  ['interval without unit', set('analysis.interval', '10'), 'spec.analysis.interval'],
  ['interval of words', set('analysis.interval', '1minute'), 'spec.analysis.interval'],
  ['interval under a second', set('analysis.interval', '500ms'), 'spec.analysis.interval'],
  ['threshold missing', set('analysis.threshold', undefined), 'spec.analysis.threshold'],
  ['threshold negative', set('analysis.threshold', -1), 'spec.analysis.threshold'],
  ['no way to step', set('analysis.stepWeight', undefined), 'spec.analysis'],
  ['two ways to step', set('analysis.iterations', 5), 'spec.analysis'],
  ['stepWeight 0', set('analysis.stepWeight', 0), 'spec.analysis.stepWeight'],
  ['stepWeight of a fraction', set('analysis.stepWeight', 1.5), 'spec.analysis.stepWeight'],
  ['stepWeight as text', set('analysis.stepWeight', '10'), 'spec.analysis.stepWeight'],
  [
    'stepWeights empty',
    all(set('analysis.stepWeight', undefined), set('analysis.stepWeights', [])),
    'spec.analysis.stepWeights',
  ],
  [
    'stepWeights unsorted',
    all(set('analysis.stepWeight', undefined), set('analysis.stepWeights', [10, 5])),
    'spec.analysis.stepWeights',
  ],
  [
    'stepWeights repeated',
    all(set('analysis.stepWeight', undefined), set('analysis.stepWeights', [5, 5])),
    'spec.analysis.stepWeights',
  ],
  ['iterations 0', all(iterations, set('analysis.iterations', 0)), 'spec.analysis.iterations'],
  ['maxWeight over 100', set('analysis.maxWeight', 101), 'spec.analysis.maxWeight'],
  ['ready threshold over 100', set('analysis.primaryReadyThreshold', 101), 'spec.analysis.primaryReadyThreshold'],
  ['progress deadline 0', set('progressDeadlineSeconds', 0), 'spec.progressDeadlineSeconds'],
  ['metric without range', metric({ name: 'request-duration' }), 'spec.analysis.metrics[0].thresholdRange'],
  [
    'metric with an empty range',
    metric({ name: 'request-duration', thresholdRange: {} }),
    'spec.analysis.metrics[0].thresholdRange',
  ],
  [
    'metric with min above max',
    metric({ name: 'request-duration', thresholdRange: { min: 2, max: 1 } }),
    'spec.analysis.metrics[0].thresholdRange',
  ],
  ['custom metric without source', metric({ name: 'mine', threshold: 1 }), 'spec.analysis.metrics[0].templateRef'],
  [
    'metric with two sources',
    metric({ name: 'mine', threshold: 1, query: 'up', templateRef: { name: 't' } }),
    'spec.analysis.metrics[0].query',
  ],
  [
    'metric interval',
    metric({ name: 'request-duration', threshold: 1, interval: 'soon' }),
    'spec.analysis.metrics[0].interval',
  ],
  ['alert without provider', set('analysis.alerts', [{ name: 'a' }]), 'spec.analysis.alerts[0].providerRef'],
  [
    'alert severity',
    set('analysis.alerts', [{ name: 'a', providerRef: { name: 'p' }, severity: 'high' }]),
    'spec.analysis.alerts[0].severity',
  ],
  ['webhook without URL', hook({ url: undefined }), 'spec.analysis.webhooks[0].url'],
  ['webhook with a relative URL', hook({ url: '/check' }), 'spec.analysis.webhooks[0].url'],
  ['webhook with another scheme', hook({ url: 'ftp://x/' }), 'spec.analysis.webhooks[0].url'],
  ['webhook type', hook({ type: 'pre-rolout' }), 'spec.analysis.webhooks[0].type'],
  ['webhook retries', hook({ retries: 11 }), 'spec.analysis.webhooks[0].retries'],
  ['webhook metadata', hook({ metadata: { n: 1 } }), 'spec.analysis.webhooks[0].metadata.n'],
  ['a cookie domain that is no text', affinity({ domain: 5 }), 'spec.analysis.sessionAffinity.domain'],
  ['a cookie domain without end', affinity({ domain: 'x'.repeat(254) }), 'spec.analysis.sessionAffinity.domain'],
  ['a cookie path that is no text', affinity({ path: ['/'] }), 'spec.analysis.sessionAffinity.path'],
  ['a cookie path without end', affinity({ path: `/${'x'.repeat(1024)}` }), 'spec.analysis.sessionAffinity.path'],
  [
    'metrics without end',
    set(
      'analysis.metrics',
      Array.from({ length: 65 }, (_, index) => metricOf(`m${index}`)),
    ),
    'spec.analysis.metrics',
  ],
  [
    'webhooks without end',
    set(
      'analysis.webhooks',
      Array.from({ length: 65 }, (_, index) => ({ name: `h${index}`, url: 'http://x.test/' })),
    ),
    'spec.analysis.webhooks',
  ],
  [
    'alerts without end',
    set(
      'analysis.alerts',
      Array.from({ length: 33 }, (_, index) => ({ name: `a${index}`, providerRef: { name: 'p' } })),
    ),
    'spec.analysis.alerts',
  ],
  [
    'users without end',
    all(iterations, set('analysis.match', Array(65).fill({ headers: { a: { exact: 'b' } } }))),
    'spec.analysis.match',
  ],
  [
    'a query without end',
    metric({ name: 'm', threshold: 1, query: 'x'.repeat(8193) }),
    'spec.analysis.metrics[0].query',
  ],
  [
    'variables without end',
    metric({ name: 'm', threshold: 1, templateRef: { name: 't' }, templateVariables: many(129, 'x') }),
    'spec.analysis.metrics[0].templateVariables',
  ],
  ['metadata of a webhook without end', hook({ metadata: many(129, 'x') }), 'spec.analysis.webhooks[0].metadata'],
  [
    'a value of webhook metadata without end',
    hook({ metadata: { cmd: 'x'.repeat(65_537) } }),
    'spec.analysis.webhooks[0].metadata.cmd',
  ],
  [
    'stepWeights that are no list',
    all(set('analysis.stepWeight', undefined), set('analysis.stepWeights', 'x')),
    'spec.analysis.stepWeights',
  ],
  ['empty cookie name', affinity({ cookieName: '' }), 'spec.analysis.sessionAffinity.cookieName'],
  ['cookie name with a space', affinity({ cookieName: 'a b' }), 'spec.analysis.sessionAffinity.cookieName'],
  ['same cookie names', affinity({ primaryCookieName: 'c' }), 'spec.analysis.sessionAffinity.primaryCookieName'],
  ['SameSite None', affinity({ sameSite: 'None' }), 'spec.analysis.sessionAffinity.sameSite'],
  ['partitioned', affinity({ partitioned: true }), 'spec.analysis.sessionAffinity.partitioned'],
  [
    'scaler bounds',
    set('autoscalerRef.primaryScalerReplicas', { minReplicas: 5, maxReplicas: 2 }),
    'spec.autoscalerRef.primaryScalerReplicas.minReplicas',
  ],
  [
    'knative target',
    all(
      set('autoscalerRef', undefined),
      set('targetRef', { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'x' }),
    ),
    'spec.provider',
  ],
  ['knative provider', set('provider', 'knative'), 'spec.provider'],
  [
    'knative autoscaler',
    all(
      set('provider', 'knative'),
      set('targetRef', { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'x' }),
    ),
    'spec.autoscalerRef',
  ],
  ['nginx without Ingress', set('provider', 'nginx'), 'spec.ingressRef'],
  ['apisix without route', set('provider', 'apisix'), 'spec.routeRef'],
  ['gatewayapi without gateways', set('provider', 'gatewayapi:v1'), 'spec.service.gatewayRefs'],
  ['appmesh without mesh', set('provider', 'appmesh'), 'spec.service.meshName'],
  [
    'mirror where it cannot be',
    all(set('provider', 'kubernetes'), set('analysis.mirror', true)),
    'spec.analysis.mirror',
  ],
];

export const mirrored = all(iterations, set('analysis.mirror', true));
export const load = (cmd: string) => hook({ metadata: { cmd } });
export const warnings: [string, Change, string][] = [
  ['interval under the floor', set('analysis.interval', '5s'), 'spec.analysis.interval'],
  [
    'built-in name with template',
    metric({ name: 'request-duration', threshold: 1, templateRef: { name: 't' } }),
    'spec.analysis.metrics[0].templateRef',
  ],
  ['stepWeight above maxWeight', set('analysis.stepWeight', 60), 'spec.analysis.stepWeight'],
  ['maxWeight with iterations', all(iterations, set('analysis.maxWeight', 50)), 'spec.analysis.maxWeight'],
  ['stepWeight without mesh', set('provider', 'kubernetes'), 'spec.analysis.stepWeight'],
  [
    'match without mesh',
    all(iterations, set('provider', 'kubernetes'), set('analysis.match', [{}])),
    'spec.analysis.match',
  ],
  ['match without iterations', set('analysis.match', [{ headers: { a: { exact: 'b' } } }]), 'spec.analysis.match'],
  [
    'header in upper case',
    all(iterations, set('analysis.match', [{ headers: { 'X-A': { exact: 'b' } } }])),
    'spec.analysis.match[0].headers.X-A',
  ],
  [
    'traffic gate with iterations',
    all(iterations, hook({ type: 'confirm-traffic-increase' })),
    'spec.analysis.webhooks',
  ],
  [
    'metric interval of graphite',
    metric({ name: 'request-duration', threshold: 1, interval: '1min' }),
    'spec.analysis.metrics[0].interval',
  ],
  ['hooks longer than the interval', hook({ timeout: '2m' }), 'spec.analysis.webhooks'],
  ['mirrorWeight without mirror', set('analysis.mirrorWeight', 50), 'spec.analysis.mirrorWeight'],
  ['skipAnalysis before initialisation', set('skipAnalysis', true), 'spec.skipAnalysis'],
  [
    'in-mesh load on the apex without mesh',
    all(mirrored, load('hey http://podinfo.test:9898/')),
    'spec.analysis.webhooks[0].metadata',
  ],
  [
    'in-mesh load on the canary while mirroring',
    all(mirrored, load('hey http://podinfo-canary.test:9898/')),
    'spec.analysis.webhooks[0].metadata',
  ],
];

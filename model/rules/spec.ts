/** Rules of `spec`: references, and what a provider or a target needs. */
import { at, objectsOf, textOf } from '../json';
import { KNOWN_PROVIDERS } from '../traffic/router';
import { analysisRules } from './analysis';
import { namedReference } from './metrics';
import { serviceRules } from './service';
import type { Reader } from './shape';

export function specRules(spec: Reader): void {
  spec.choice('provider', KNOWN_PROVIDERS);
  spec.text('metricsServer', { max: 2048 });
  spec.number('progressDeadlineSeconds', { min: 1 });
  for (const field of ['skipAnalysis', 'revertOnDeletion', 'suspend']) spec.flag(field);
  references(spec);
  const service = spec.inner('service');
  if (service) serviceRules(service);
  const analysis = spec.inner('analysis', true);
  if (analysis) analysisRules(analysis);
  if (spec.has('canaryAnalysis')) {
    spec.error('canaryAnalysis', 'is not read', 'rename it to analysis');
  }
  targetRules(spec);
  providerNeeds(spec);
}

function references(spec: Reader): void {
  const kinds: Record<string, string[]> = {
    targetRef: ['DaemonSet', 'Deployment', 'Service'],
    autoscalerRef: ['HorizontalPodAutoscaler', 'ScaledObject'],
    ingressRef: ['Ingress'],
    routeRef: ['ApisixRoute'],
    upstreamRef: ['Upstream'],
  };
  for (const [field, choices] of Object.entries(kinds)) {
    const reference = spec.inner(field, field === 'targetRef');
    reference?.text('apiVersion', { required: true });
    reference?.choice('kind', choices, true);
    if (field !== 'upstreamRef') reference?.text('name', { required: true, min: 1, max: 253 });
  }
  namedReference(spec, 'upstreamRef');
  const replicas = spec.inner('autoscalerRef')?.inner('primaryScalerReplicas');
  const min = replicas?.number('minReplicas', { min: 1 });
  const max = replicas?.number('maxReplicas', { min: 1 });
  if (min !== undefined && max !== undefined && min > max) {
    replicas?.error('minReplicas', 'is above maxReplicas', 'swap them');
  }
  spec.inner('autoscalerRef')?.textMap('primaryScalerQueries');
}

function targetRules(spec: Reader): void {
  const kind = at(spec.object, 'targetRef', 'kind');
  const knative = kind === 'Service' && at(spec.object, 'targetRef', 'apiVersion') === 'serving.knative.dev/v1';
  const provider = textOf(spec.object['provider']) ?? '';
  if (kind !== undefined && kind !== 'Service' && !spec.has('service')) {
    spec.error('service', 'is missing', 'set service.port');
  }
  if (knative !== (provider === 'knative') && kind !== undefined) {
    const message = knative
      ? 'must be knative for a Knative Service'
      : 'is knative, but the target is no Knative Service';
    spec.error('provider', message, 'provider knative and a Knative Service as target need each other');
  }
  const apex = textOf(at(spec.object, 'service', 'name')) || textOf(at(spec.object, 'targetRef', 'name')) || '';
  if (apex.length > 55 && !textOf(at(spec.object, 'service', 'name'))) {
    spec.error(
      'targetRef',
      `gives an apex name of ${apex.length} characters, 55 are allowed`,
      'set a shorter service.name',
    );
  }
}

function providerNeeds(spec: Reader): void {
  const provider = textOf(spec.object['provider']);
  if (provider === undefined) return;
  const need = (field: string, isThere: boolean, what: string) => {
    if (!isThere) spec.error(field, 'is missing', `provider ${provider} needs ${what}`);
  };
  const service = at(spec.object, 'service');
  if (provider === 'nginx' || provider === 'skipper') need('ingressRef', spec.has('ingressRef'), 'ingressRef');
  if (provider === 'apisix') need('routeRef', spec.has('routeRef'), 'routeRef');
  if (provider.startsWith('gatewayapi')) {
    need('service.gatewayRefs', objectsOf(at(service, 'gatewayRefs')).length > 0, 'service.gatewayRefs');
  }
  if (provider.startsWith('appmesh'))
    need('service.meshName', Boolean(textOf(at(service, 'meshName'))), 'service.meshName');
  const mirrors = provider === 'istio' || provider.startsWith('gatewayapi');
  if (at(spec.object, 'analysis', 'mirror') === true && !mirrors) {
    spec.inner('analysis')?.error('mirror', `cannot be done by provider ${provider}`, 'remove analysis.mirror');
  }
}

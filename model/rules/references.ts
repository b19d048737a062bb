/** References that the resource definition takes and a controller refuses. */
import { at } from '../json';
import type { ValidateOptions } from '../validate';
import type { Reader } from './shape';
import { isGiven, type SharedRule } from './shared-rule';

const KNATIVE = 'serving.knative.dev/v1';

export function referenceRules({ noCrossNamespaceRefs, namespace }: ValidateOptions): readonly SharedRule[] {
  return noCrossNamespaceRefs ? [knativeAutoscaler, ...barredRules(namespace ?? 'default')] : [knativeAutoscaler];
}

const knativeAutoscaler: SharedRule = {
  name: 'knative-autoscaler',
  severity: 'error',
  path: 'spec.autoscalerRef',
  message: 'cannot be used with a Knative Service',
  remedy: 'remove autoscalerRef',
  broken: (spec) => {
    const isKnative =
      at(spec.object, 'targetRef', 'kind') === 'Service' && at(spec.object, 'targetRef', 'apiVersion') === KNATIVE;
    return isKnative && isGiven(spec.object['autoscalerRef']) ? [{ reader: spec, field: 'autoscalerRef' }] : [];
  },
  cel: {
    holds:
      "!has(object.spec.autoscalerRef) || object.spec.targetRef.kind != 'Service' || " +
      `object.spec.targetRef.apiVersion != '${KNATIVE}'`,
  },
};

/** -no-cross-namespace-refs */
function barredRules(namespace: string): readonly SharedRule[] {
  const isAway = (reference: Reader | undefined) => {
    const own = reference?.object['namespace'];
    return typeof own === 'string' && own !== '' && own !== namespace;
  };
  const staysIn = (reference: string) =>
    `${reference}.?namespace.orValue('') == '' || ${reference}.namespace == object.metadata.namespace`;
  const rule = (path: string, broken: SharedRule['broken'], holds: string): SharedRule => ({
    name: `barred-${path.split('.').at(-1)?.toLowerCase()}`,
    severity: 'error',
    path: `${path}.namespace`,
    message: 'is another namespace, and cross-namespace references are blocked',
    remedy: 'use an object of the namespace of the Canary',
    broken,
    cel: { holds },
  });
  const inList =
    (list: string, field: string): SharedRule['broken'] =>
    (spec) =>
      (spec.inner('analysis')?.inners(list) ?? []).flatMap((entry) => {
        const reader = entry.inner(field);
        return reader && isAway(reader) ? [{ reader, field: 'namespace' }] : [];
      });
  return [
    rule(
      'spec.analysis.metrics[].templateRef',
      inList('metrics', 'templateRef'),
      `variables.metrics.all(m, !has(m.templateRef) || ${staysIn('m.templateRef')})`,
    ),
    rule(
      'spec.analysis.alerts[].providerRef',
      inList('alerts', 'providerRef'),
      `variables.alerts.all(a, ${staysIn('a.providerRef')})`,
    ),
    rule(
      'spec.upstreamRef',
      (spec) => {
        const reader = spec.inner('upstreamRef');
        return reader && isAway(reader) ? [{ reader, field: 'namespace' }] : [];
      },
      `!has(object.spec.upstreamRef) || ${staysIn('object.spec.upstreamRef')}`,
    ),
  ];
}

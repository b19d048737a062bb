/** autoscaling/v2, and the same objects as autoscaling/v1. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, child, fallback, isObject, type Json, objects } from '../json';
import { type Column, defineKind, type Kind } from '../kind';
import { AGE, NAME, text } from './columns';
import { invalidValue, required } from './problems';

const V2 = 'autoscaling/v2';
const V1 = 'autoscaling/v1';
const KIND = 'HorizontalPodAutoscaler';
/** Where autoscaling/v1 keeps what it has no field for. */
const OTHER_METRICS = 'autoscaling.alpha.kubernetes.io/metrics';

const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

const cpuMetric = (averageUtilization: number): Json => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

function admit(object: KubeObject): void {
  const spec = child(object, 'spec');
  fallback(spec, 'minReplicas', 1);
  if (objects(spec, 'metrics').length === 0) spec['metrics'] = [cpuMetric(80)];
  fallback(object, 'status', { currentMetrics: null, desiredReplicas: 0 });
  const behavior = spec['behavior'];
  if (!isObject(behavior)) return;
  fillRules(child(behavior, 'scaleUp'), [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]);
  fallback(child(behavior, 'scaleUp'), 'stabilizationWindowSeconds', 0);
  fillRules(child(behavior, 'scaleDown'), [{ type: 'Percent', value: 100, periodSeconds: 15 }]);
}

function fillRules(rules: Json, policies: Json[]): void {
  fallback(rules, 'policies', policies);
  fallback(rules, 'selectPolicy', 'Max');
}

function validate(object: KubeObject): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const [min, max] = ['minReplicas', 'maxReplicas'].map((field) => Number(at(object, 'spec', field) ?? 0)) as [
    number,
    number,
  ];
  if (min < 1) problems.push(invalidValue('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) problems.push(invalidValue('spec.maxReplicas', max, 'must be greater than 0'));
  else if (max < min)
    problems.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  for (const field of ['kind', 'name']) {
    if (!at(object, 'spec', 'scaleTargetRef', field)) problems.push(required(`spec.scaleTargetRef.${field}`));
  }
  const target = at(object, 'spec', 'scaleTargetRef');
  if (!String(at(target, 'apiVersion') ?? '').includes('/') && at(target, 'kind') !== 'ReplicationController') {
    problems.push(
      invalidValue(
        'spec.scaleTargetRef.apiVersion',
        at(target, 'apiVersion') ?? '',
        'apiVersion must specify API group',
      ),
    );
  }
  return problems;
}

function targets(object: KubeObject): string {
  const current = objects(at(object, 'status'), 'currentMetrics');
  const wanted = objects(at(object, 'spec'), 'metrics');
  return wanted.map((metric, index) => metricText(metric, current[index])).join(', ') || '<none>';
}

function metricText(metric: Json, current: Json | undefined): string {
  const source = String(metric['type']).replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  const target = at(metric, source, 'target');
  const percent = at(target, 'averageUtilization');
  const wanted = percent !== undefined ? `${percent}%` : (at(target, 'averageValue') ?? at(target, 'value'));
  const now = at(current, source, 'current');
  const measured =
    percent !== undefined ? at(now, 'averageUtilization') : (at(now, 'averageValue') ?? at(now, 'value'));
  const shown = measured === undefined ? '<unknown>' : `${measured}${percent !== undefined ? '%' : ''}`;
  return `${source === 'resource' ? `${at(metric, source, 'name')}: ` : ''}${shown}/${wanted}`;
}

const COLUMNS: Column[] = [
  NAME,
  text('Reference', (object) => {
    const target = at(object, 'spec', 'scaleTargetRef');
    return `${at(target, 'kind')}/${at(target, 'name')}`;
  }),
  text('Targets', targets),
  text('MinPods', (object) => String(at(object, 'spec', 'minReplicas') ?? '<unset>')),
  text('MaxPods', (object) => at(object, 'spec', 'maxReplicas')),
  text('Replicas', (object) => at(object, 'status', 'currentReplicas') ?? 0),
  AGE,
];

function isCpuUtilization(metric: Json): boolean {
  const target = at(metric, 'resource', 'target');
  return (
    metric['type'] === 'Resource' &&
    at(metric, 'resource', 'name') === 'cpu' &&
    at(target, 'averageUtilization') !== undefined
  );
}

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentCPUUtilizationPercentage: _, ...status } = (object['status'] ?? {}) as Json;
  const { [OTHER_METRICS]: others, [BEHAVIOR]: behavior, ...annotations } = object.metadata.annotations ?? {};
  const metrics = [...(typeof percent === 'number' ? [cpuMetric(percent)] : []), ...(others ? JSON.parse(others) : [])];
  return {
    ...object,
    apiVersion: V2,
    metadata: { ...object.metadata, ...(object.metadata.annotations && { annotations }) },
    spec: { ...spec, ...(metrics.length > 0 && { metrics }), ...(behavior && { behavior: JSON.parse(behavior) }) },
    ...(object['status'] !== undefined && { status }),
  };
}

function toV1(object: KubeObject): KubeObject {
  const { metrics: _, behavior, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentMetrics: __, conditions: ___, ...status } = (object['status'] ?? {}) as Json;
  const metrics = objects(object['spec'], 'metrics');
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const measured = objects(object['status'], 'currentMetrics').find(
    (metric) => at(metric, 'resource', 'name') === 'cpu',
  );
  const utilization = at(measured, 'resource', 'current', 'averageUtilization');
  const annotations = {
    ...object.metadata.annotations,
    ...(others.length > 0 && { [OTHER_METRICS]: JSON.stringify(others) }),
    ...(behavior !== undefined && { [BEHAVIOR]: JSON.stringify(behavior) }),
  };
  return {
    ...object,
    apiVersion: V1,
    metadata: { ...object.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: {
      ...spec,
      ...(cpu && { targetCPUUtilizationPercentage: at(cpu, 'resource', 'target', 'averageUtilization') }),
    },
    status: {
      currentReplicas: 0,
      ...status,
      ...(utilization !== undefined && { currentCPUUtilizationPercentage: utilization }),
    },
  };
}

const hpa = (apiVersion: string, more: Partial<Kind> = {}): Kind =>
  defineKind({
    apiVersion,
    kind: KIND,
    plural: 'horizontalpodautoscalers',
    namespaced: true,
    shortNames: ['hpa'],
    categories: ['all'],
    status: true,
    columns: COLUMNS,
    ...more,
  });

export const AUTOSCALING_KINDS: readonly Kind[] = [
  hpa(V2, { admit, validate }),
  hpa(V1, { hub: { apiVersion: V2, kind: KIND, toHub: toV2, fromHub: toV1 } }),
];

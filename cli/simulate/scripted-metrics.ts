/** `--metric errors=0.2`: what a metric says that nobody here can ask, such as one of Datadog. */
import type { Canary, CanaryMetric, MetricTemplate } from '../../model/canary';
import { namespaceOf } from '../../model/defaults';
import type { KubeObject } from '../../model/kube';
import { BUILT_IN_METRICS } from '../../model/rules/metrics';
import { UsageError } from '../usage-error';

/** What each says, by its name in the Canary; undefined: it has no data. */
export type ScriptedMetrics = ReadonlyMap<string, number | undefined>;

/** @throws UsageError for what is no value, no metric of the Canary, and for metrics that cannot be asked and have no value */
export function scriptedMetrics(
  texts: readonly string[],
  canary: Canary,
  objects: readonly KubeObject[],
): ScriptedMetrics {
  const scripted = new Map(texts.map(parsed));
  const metrics = canary.spec.analysis.metrics ?? [];
  for (const name of scripted.keys()) checkName(name, metrics);
  for (const metric of metrics) if (!scripted.has(metric.name)) checkAskable(metric, canary, objects);
  return scripted;
}

/** Names may have `=` in them, values do not. */
function parsed(text: string): [string, number | undefined] {
  const [, name, value = ''] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  const number = Number(value);
  if (name !== undefined && value === 'none') return [name, undefined];
  if (name !== undefined && value.trim() !== '' && Number.isFinite(number)) return [name, number];
  throw new UsageError(`--metric "${text}": write NAME=NUMBER, or NAME=none for no data`);
}

function checkName(name: string, metrics: readonly CanaryMetric[]): void {
  const metric = metrics.find((one) => one.name === name);
  const names = metrics.filter(isAsked).map((one) => one.name);
  if (metric && isAsked(metric)) return;
  if (metric) {
    throw new UsageError(`--metric ${name}: a built-in metric follows from the version: write it with --behaviour`);
  }
  throw new UsageError(`--metric ${name}: the Canary has no such metric, it has ${names.join(', ') || 'none'}`);
}

const isAsked = ({ name, templateRef, query }: CanaryMetric): boolean =>
  templateRef !== undefined || query !== undefined || !BUILT_IN_METRICS.includes(name);

function checkAskable({ name, templateRef }: CanaryMetric, canary: Canary, objects: readonly KubeObject[]): void {
  if (templateRef === undefined) return;
  const namespace = templateRef.namespace || namespaceOf(canary);
  const template = objects.find(
    ({ kind, metadata }) =>
      kind === 'MetricTemplate' &&
      metadata.name === templateRef.name &&
      (metadata.namespace ?? 'default') === namespace,
  ) as MetricTemplate | undefined;
  const remedy = `say what it answers with --metric ${name}=NUMBER (none: no data)`;
  if (template === undefined) {
    throw new UsageError(
      `metric ${name} asks the MetricTemplate ${namespace}/${templateRef.name}, which is in none of the files: add its file with -f, or ${remedy}`,
    );
  }
  const { type } = template.spec.provider;
  if (type !== 'prometheus') throw new UsageError(`metric ${name} asks ${type}, which is not here: ${remedy}`);
}

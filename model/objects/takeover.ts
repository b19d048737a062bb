/** Whether a primary runs what its target asks for, whoever promoted it (spec api.md 9.9). */
import { configKey, configRefs, renameConfigs } from '../config-refs';
import { canonicalJson, type JsonObject, objectOf, sameJson } from '../json';
import type { KubeObject } from '../kube';
import { primaryName, SELECTOR_LABELS, selectorLabel } from '../names';
import { meaningful, templateOf } from '../revision';
import { FLAGGER_ID, withoutToolkit } from './metadata';
import { towardsTarget } from './self-references';
import { copyableSpec } from './target-service';

/**
 * Whether the primary's pod template equals the target's after the documented renames are undone: the selector label,
 * copies of configs, rules about own pods, flagger-id, and metadata that is never copied. Services are compared by what
 * the cluster did not assign.
 */
export function sameTemplate(
  target: KubeObject,
  primary: KubeObject,
  selectorLabels: readonly string[] = SELECTOR_LABELS,
): boolean {
  if (target.kind === 'Service') return sameJson(ownSpec(target), ownSpec(primary));
  const selector = selectorLabel(target, selectorLabels);
  if (!selector) return false;
  const self = { targetName: target.metadata.name, selector, selectorLabels };
  const wanted = templateOf(target);
  const running = templateOf(primary);
  const originals = new Map(
    configRefs(wanted).map(({ kind, name }) => [configKey({ kind, name: primaryName(name) }), name]),
  );
  const podSpec = renameConfigs(running['spec'], (kind, name) => originals.get(configKey({ kind, name })) ?? name);
  const comparable = (template: JsonObject, spec: JsonObject, label?: string): string => {
    const metadata = objectOf(template['metadata']);
    const labels = withoutToolkit(metadata['labels']);
    if (label !== undefined && labels[selector.key] === primaryName(label)) labels[selector.key] = label;
    const { [FLAGGER_ID]: _, ...annotations } = withoutToolkit(metadata['annotations']);
    const whole = { ...template, metadata: { ...metadata, labels, annotations }, spec: towardsTarget(spec, self) };
    return canonicalJson(meaningful(whole));
  };
  return comparable(running, podSpec, selector.value) === comparable(wanted, objectOf(wanted['spec']));
}

/** Without what the Canary itself puts on copies. */
function ownSpec(service: KubeObject): JsonObject {
  const { trafficDistribution, ...spec } = copyableSpec(service);
  return spec;
}

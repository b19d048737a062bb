/** Objects beside a Canary's own that matter to it: copies that may be left over, Services that select both sides. */
import type { Canary } from '../model/canary';
import { namespaceOf } from '../model/defaults';
import { at, textMapOf } from '../model/json';
import { type KubeObject, RESOURCES } from '../model/kube';
import { selectorLabel } from '../model/names';
import { labelKeys } from './indexes';
import type { Views } from './observe';
import type { Settings } from './rollout/settings';

/** Copies of configs that the Canary controls, looked for when a promotion ends: metadata only, as they are watched. */
export function configCopiesOf(
  views: Views,
  canary: Canary,
  { configTracking }: Settings,
): { configCopies?: KubeObject[] } {
  if (canary.status?.phase !== 'Finalising' || !configTracking) return {};
  const { uid } = canary.metadata;
  const configCopies = [RESOURCES.configMap, RESOURCES.secret].flatMap((type) =>
    views.find(type, namespaceOf(canary), uid ?? '').map((copy) => ({ ...copy, kind: type.kind })),
  );
  return { configCopies };
}

/**
 * Names of Services whose selector takes the target's pods without the one label that tells the two sides apart: they
 * send their callers to both (W25).
 */
export function straySelectorsOf(
  views: Views,
  canary: Canary,
  target: KubeObject | undefined,
  selectorLabels: readonly string[],
): { straySelectors?: string[] } {
  const label = target && selectorLabel(target, selectorLabels);
  if (label === undefined) return {};
  const labels = textMapOf(at(target, 'spec', 'template', 'metadata', 'labels'));
  // A Service that selects the pods is under one of their labels.
  const candidates = labelKeys(labels).flatMap((key) => views.find(RESOURCES.service, namespaceOf(canary), key));
  const strays = candidates.filter((service) => {
    const selector = Object.entries(textMapOf(at(service, 'spec', 'selector')));
    if (selector.length === 0 || selector.some(([key]) => key === label.key)) return false;
    return selector.every(([key, value]) => labels[key] === value);
  });
  return strays.length > 0 ? { straySelectors: strays.map(({ metadata }) => metadata.name).sort() } : {};
}

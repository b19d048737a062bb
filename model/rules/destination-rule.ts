/** Rules of a DestinationRule that users write beside those of their Canaries. */
import type { KubeObject } from '../kube';
import type { Problem } from '../problem';
import { inOrder, specOf } from '../validate';
import { trafficPolicyRules } from './service';
import { Reader } from './shape';

/** Everything that is wrong with a DestinationRule, errors first. */
export function validateDestinationRule(object: KubeObject): Problem[] {
  const spec = specOf(object);
  if (!(spec instanceof Reader)) return spec;
  spec.text('host', { required: true, min: 1 });
  spec.texts('exportTo');
  trafficPolicyRules(spec.inner('trafficPolicy'));
  const names = new Set<string>();
  for (const subset of spec.inners('subsets')) {
    const name = subset.text('name', { required: true, min: 1 });
    if (name !== undefined && names.has(name)) subset.error('name', 'is there twice', 'give each subset its own name');
    if (name !== undefined) names.add(name);
    subset.textMap('labels');
    if (Object.keys(subset.inner('labels')?.object ?? {}).length === 0) {
      subset.error('labels', 'are empty', 'give the labels of its pods');
    }
    trafficPolicyRules(subset.inner('trafficPolicy'));
  }
  return inOrder(spec.problems);
}

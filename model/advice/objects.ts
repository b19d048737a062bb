/** Templates that mean one Canary only, and secrets in plain sight. */
import type { AlertProvider, MetricTemplate } from '../canary';
import type { Problem } from '../problem';
import { warning } from './subject';

const PLACE = /\{\{-?\s*\.?(target|name|namespace|service|ingress|route|variables)\b/;

export function metricTemplateAdvice({ spec }: MetricTemplate): Problem[] {
  const { query, provider } = spec;
  const found: Problem[] = [];
  if (!PLACE.test(query)) {
    const message = 'names no Canary: each that refers to it is judged by the same number, the primary’s too';
    found.push(warning('spec.query', query, message, 'use {{ target }} and {{ namespace }}'));
  }
  const fixed = /\[\d+[smhd]/.test(query);
  if (provider.type === 'prometheus' && fixed && !/\{\{-?\s*\.?interval\b/.test(query)) {
    const message = 'has a window of its own: the interval of the metrics that refer to it has no effect';
    found.push(warning('spec.query', query, message, 'write [{{ interval }}]'));
  }
  return found;
}

/** Whoever knows the address of a chat's webhook may write there. */
export function alertProviderAdvice({ spec }: AlertProvider): Problem[] {
  if (!spec.address || !/hooks\.|webhook|\/services\//.test(spec.address)) return [];
  const message = 'is a secret that everybody can read who may read the object';
  return [
    warning('spec.address', '(not shown)', message, 'put it into a Secret, key address, and name that in secretRef'),
  ];
}

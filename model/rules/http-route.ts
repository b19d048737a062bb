/** Rules of an HTTPRoute that users write beside those of their Canaries. */
import { textOf } from '../json';
import type { KubeObject } from '../kube';
import type { Problem } from '../problem';
import { inOrder, specOf } from '../validate';
import { Reader } from './shape';

/** The API server's own bounds. */
const MOST = { parents: 32, hostnames: 16, rules: 16, matches: 64, backends: 16, weight: 1_000_000 };

/** Everything that is wrong with an HTTPRoute, errors first. */
export function validateHttpRoute(object: KubeObject): Problem[] {
  const spec = specOf(object);
  if (!(spec instanceof Reader)) return spec;
  const parents = spec.inners('parentRefs', MOST.parents);
  if (parents.length === 0) spec.error('parentRefs', 'is missing', 'name the Gateway that it belongs to');
  for (const parent of parents) parent.text('name', { required: true, min: 1, max: 253 });
  for (const host of spec.texts('hostnames', MOST.hostnames)) {
    if (!HOST_NAME.test(host)) {
      spec.error('hostnames', `has ${host}, which is no host name`, 'write names like podinfo.example.com');
    }
  }
  const rules = spec.inners('rules', MOST.rules);
  if (rules.length === 0) spec.error('rules', 'is missing', 'add a route');
  for (const rule of rules) ruleRules(rule);
  return inOrder(spec.problems);
}

/** A wildcard may stand for the first label. */
const HOST_NAME = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function ruleRules(rule: Reader): void {
  for (const match of rule.inners('matches', MOST.matches)) pathRules(match.inner('path'));
  const redirects = rule.inners('filters').some(({ object }) => object['type'] === 'RequestRedirect');
  const backends = rule.inners('backendRefs', MOST.backends);
  if (backends.length === 0 && !redirects) {
    rule.error('backendRefs', 'is empty', 'give it a backend, or a redirect');
  }
  for (const backend of backends) backendRules(backend);
  const weights = backends.map(({ object }) => object['weight'] ?? 1);
  if (backends.length > 0 && weights.every((weight) => weight === 0)) {
    rule.error('backendRefs', 'has weights that are all 0, so that every request fails', 'give one of them a weight');
  }
}

function pathRules(path: Reader | undefined): void {
  const isPattern = textOf(path?.object['type']) === 'RegularExpression';
  const value = path?.text('value', { min: 1, max: 1024 });
  if (value !== undefined && !isPattern && !value.startsWith('/')) {
    path?.error('value', 'must begin with /', 'write the path from the root on');
  }
}

function backendRules(backend: Reader): void {
  backend.text('name', { required: true, min: 1, max: 253 });
  backend.number('weight', { min: 0, max: MOST.weight });
  const { group = '', kind = 'Service' } = backend.object;
  if (group === '' && kind === 'Service' && backend.number('port', { min: 1, max: 65_535 }) === undefined) {
    backend.error('port', 'is missing', 'a reference to a Service needs its port');
  }
}

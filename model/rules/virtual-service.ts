/** Rules of a VirtualService that users write beside those of their Canaries. */
import { objectsOf, textOf } from '../json';
import type { KubeObject } from '../kube';
import type { Problem } from '../problem';
import { inOrder, specOf } from '../validate';
import { baseMatchRules } from './service';
import { Reader } from './shape';

/** Everything that is wrong with a VirtualService, errors first. */
export function validateVirtualService(object: KubeObject): Problem[] {
  const spec = specOf(object);
  if (!(spec instanceof Reader)) return spec;
  const isRoot = spec.texts('hosts').length > 0;
  spec.texts('exportTo');
  if (spec.texts('gateways').length > 0 && !isRoot) {
    spec.error('gateways', 'are given without hosts', 'give hosts, or leave both to the root VirtualService');
  }
  const routes = spec.inners('http');
  if (routes.length + spec.list('tcp').length + spec.list('tls').length === 0) {
    spec.error('http', 'is missing', 'add a route');
  }
  for (const route of routes) routeRules(route, isRoot);
  hiddenRoutes(routes);
  return inOrder(spec.problems);
}

const ACTIONS = ['route', 'redirect', 'directResponse', 'delegate'];

function routeRules(route: Reader, isRoot: boolean): void {
  for (const match of route.inners('match')) baseMatchRules(match);
  if (ACTIONS.filter((action) => route.has(action)).length !== 1) {
    route.error('', `must have exactly one of ${ACTIONS.join(', ')}`, 'keep one of them there');
  }
  if (route.has('route')) weightRules(route);
  for (const [index, destination] of route.inners('route').entries()) {
    destinationRules(destination.inner('destination', true));
    if (index > 0 || destination.has('weight')) destination.number('weight', { min: 0, max: 100 });
  }
  destinationRules(route.inner('mirror'));
  route.inner('mirrorPercentage')?.number('value', { min: 0, max: 100, fraction: true });
  route.inner('retries')?.number('attempts', { min: 0 });
  route.inner('directResponse')?.number('status', { required: true, min: 200, max: 599 });
  if (route.inner('rewrite')?.has('type')) {
    route.inner('rewrite')?.error('type', 'means nothing to Istio', 'remove it: Istio replaces the matched prefix');
  }
  delegateRules(route, isRoot);
}

/** Percent of each destination. One alone gets everything. */
function weightRules(route: Reader): void {
  const destinations = route.inners('route');
  if (destinations.length === 0) route.error('route', 'is empty', 'give it a destination');
  const weights = destinations.map(({ object }) => object['weight']);
  if (destinations.length === 1 && (weights[0] === undefined || weights[0] === 100)) return;
  const sum = weights.reduce<number>((total, weight) => total + (typeof weight === 'number' ? weight : 0), 0);
  if (destinations.length > 0 && sum !== 100) {
    route.error('route', `has weights whose sum is ${sum}`, 'make them sum up to 100');
  }
}

function destinationRules(destination: Reader | undefined): void {
  destination?.text('host', { required: true, min: 1 });
  destination?.inner('port')?.number('number', { min: 1, max: 65_535 });
  destination?.text('subset', { min: 1 });
}

function delegateRules(route: Reader, isRoot: boolean): void {
  const delegate = route.inner('delegate');
  delegate?.text('name', { required: true, min: 1 });
  if (delegate && !isRoot) {
    route.error('delegate', 'is in a VirtualService that is a delegate itself', 'give hosts: Istio delegates once');
  }
}

/** Istio takes the first route that matches. */
function hiddenRoutes(routes: readonly Reader[]): void {
  const first = routes.findIndex(({ object }) => objectsOf(object['match']).every(matchesEverything));
  if (first < 0) return;
  const name = textOf(routes[first]?.object['name']);
  for (const route of routes.slice(first + 1)) {
    const which = `http[${first}]${name === undefined ? '' : ` (${name})`}`;
    route.warning('', `is never reached: ${which} before it takes every request`, 'move it before that route');
  }
}

const matchesEverything = (match: object): boolean => Object.keys(match).every((field) => field === 'name');

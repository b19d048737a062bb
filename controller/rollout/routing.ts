/** Routing objects as writes: made, repaired and moved by the same rendering, so one step is one write. */
import type { KubeObject } from '../../model/kube';
import { selectorLabel } from '../../model/names';
import {
  isRouter,
  type RenderOptions,
  type Router,
  sessionStep,
  routingProblem as unroutable,
} from '../../model/traffic/router';
import type { Routes } from '../../model/traffic/routes';
import { findLive } from '../../model/traffic/routing-object';
import { cookieLetters } from '../../model/traffic/session-cookies';
import type { Effect, Saying, StatusChange } from './decision';
import { once, warning } from './decision';
import { writeOf } from './effects';
import { keptWith } from './kept';
import type { Observation } from './observation';
import { apexOf, namespaceOf, phaseOf, providerOf } from './observation';

export interface RoutingWrites {
  effects: Effect[];
  says: Saying[];
  /** Cookies of the session affinity, where the provider has them. */
  status: StatusChange;
}

export const NO_ROUTING: RoutingWrites = { effects: [], says: [], status: {} };

export function routingWrites(seen: Observation, next: Routes): RoutingWrites {
  const { canary, router, routing, routes: live, freshId } = seen;
  if (!isRouter(router)) return { ...NO_ROUTING, says: [once(warning(router.error))] };
  const { cookies, statusChange } = sessionStep(router, canary, {
    live,
    next,
    routing,
    letters: () => cookieLetters(freshId),
  });
  const objects = router.render(canary, next, routing, { ...renderOptions(seen), cookies });
  return {
    effects: objects.map((object) => routingWrite(seen, router, object)),
    says: concerns(seen, router).map((text) => once(warning(text))),
    status: statusChange,
  };
}

/** The writes of a Canary that stands still, as far as they can be rendered at all. */
export function routingAlone(seen: Observation, routes: Routes): Effect[] {
  try {
    return routingWrites(seen, routes).effects;
  } catch {
    // A spec that makes no sense may not render either; the split stays what it is.
    return [];
  }
}

const problemsOfSpec = keptWith<string | undefined>();

/**
 * Why the Canary cannot be routed as it is written; undefined when it can. Asked again when an object is another one that the
 * routing is made from; what it writes itself never matters (router-contract.ts).
 */
export function routingProblem(seen: Observation): string | undefined {
  const { canary, router, routing, provider, settings } = seen;
  if (!isRouter(router)) return undefined;
  const options = renderOptions(seen);
  const { uid, name, namespace } = canary.metadata;
  const { key, value } = options.selector ?? {};
  const sources = router
    .objects(canary)
    .filter(({ readOnly }) => readOnly)
    .map(({ type, name: source }) => findLive(routing, type.kind, source));
  const others = [uid, name, namespace, provider, settings, key, value, ...sources];
  return problemsOfSpec(canary.spec, others, () => unroutable(router, canary, routing, options));
}

/** The write of one routing object: a create, or a replace of the one that was seen. */
export function routingWrite(seen: Observation, router: Router, object: KubeObject): Effect {
  const { kind, metadata } = object;
  const existing = seen.routing.find((live) => live.kind === kind && live.metadata.name === metadata.name);
  const { type } = router.objects(seen.canary).find((known) => known.type.kind === kind && !known.readOnly)!;
  const context = `${kind} ${metadata.name}.${namespaceOf(seen)} ${existing ? 'update' : 'create'} error`;
  return writeOf(type, existing, object, context);
}

function renderOptions({ target, settings }: Observation): RenderOptions {
  const selector = target && selectorLabel(target, settings.selectorLabels);
  return selector ? { selector } : {};
}

/** What makes the split less than what the spec says: callers that bypass it (T13), gateways that are not there, parts left out. */
function concerns(seen: Observation, router: Router): string[] {
  const missing = seen.missingGateways.map(
    (name) => `gateway ${name} of spec.service.gateways not found: apply it, or correct the name`,
  );
  // Said at bootstrap alone: these stay true, and each run would say them again.
  if (phaseOf(seen) !== '' && phaseOf(seen) !== 'Initializing') return missing;
  const skips = router
    .skips(seen.canary)
    .map(({ path, reason }) => `spec.${path} has no effect with provider ${router.provider}: ${reason}`);
  return [...bypass(seen), ...missing, ...skips];
}

function bypass(seen: Observation): string[] {
  const { gateways = [], delegation } = seen.canary.spec.service ?? {};
  const onlyIngress = providerOf(seen) === 'istio' && gateways.length > 0 && !gateways.includes('mesh') && !delegation;
  if (!onlyIngress) return [];
  return [
    `requests to ${apexOf(seen)} from inside the mesh bypass the split: add mesh to spec.service.gateways if there are any`,
  ];
}

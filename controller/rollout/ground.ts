/**
 * What stands under every phase: the Services, the primary, its autoscaler and the routing objects, made and repaired
 * in the order that never points traffic at nothing (behaviour-reference 1.3 steps 4-12).
 */

import { sameJson } from '../../model/json';
import { type KubeObject, RESOURCES, type ResourceType } from '../../model/kube';
import {
  MAX_NAME_LENGTH,
  nameProblems,
  primaryWorkloadName,
  selectorLabel,
  selectorLabelError,
} from '../../model/names';
import { usesKeda } from '../../model/objects/autoscaler';
import { adoptedReferences, isOwnedBy } from '../../model/objects/metadata';
import { strategyProblem } from '../../model/objects/primary-workload';
import { canaryServices, reconcileService } from '../../model/objects/services';
import { addressProblem, reconcileCanaryCopy } from '../../model/objects/target-service';
import type { Routes } from '../../model/traffic/routes';
import { capacityAtOnce, releaseMinimum } from './capacity';
import { concernsOf } from './concerns';
import type { Decision, Effect, Saying } from './decision';
import { once, warning } from './decision';
import { syncPrimaryAutoscaler, workloadType, writeOf } from './effects';
import { keptSplit } from './exposure';
import { keptWith } from './kept';
import type { Observation } from './observation';
import { namespaceOf, phaseOf, primaryKey } from './observation';
import type { Plan } from './phases/phase';
import { recordOf } from './record';
import { NO_ROUTING, type RoutingWrites, routingProblem, routingWrites } from './routing';
import { scalerType } from './scaling';
import { readinessNotes, readinessOf } from './workloads';

/** What keeps the whole Canary from moving: said, and nothing else is done until it changes. */
export function groundProblem(seen: Observation): string | undefined {
  const { canary, target, settings } = seen;
  // A promotion ends without the target, whose template is on the primary already, and so do the last words of a run.
  if (target === undefined) return needsNoTarget(seen) ? undefined : missingTarget(seen);
  const label = selectorLabel(target, settings.selectorLabels);
  if (target.kind !== 'Service' && label === undefined) return selectorLabelError(target, settings.selectorLabels);
  const [name = copyProblem(seen, target)] = nameProblems(canary, label);
  const problem = name ?? strategyProblem(target) ?? routingProblem(seen);
  if (problem !== undefined) return problem;
  if (seen.primary && !isOwnedBy(canary, seen.primary) && !isLostCopy(seen, seen.primary)) {
    return `${seen.primary.kind.toLowerCase()} ${primaryKey(seen)} exists and is not owned by this canary: delete it, or annotate it with serin.dev/canary=${canary.metadata.name} to hand it over`;
  }
  return undefined;
}

/** The copies of a Service are named after it, whatever the apex is called (W23), and follow it where they can (W14). */
function copyProblem({ canary, primary, services }: Observation, target: KubeObject): string | undefined {
  if (target.kind !== 'Service') return undefined;
  const name = primaryWorkloadName(canary);
  if (name.length > MAX_NAME_LENGTH)
    return `Service ${name} has ${name.length} characters, ${MAX_NAME_LENGTH} are allowed`;
  return addressProblem(target, primary) ?? addressProblem(target, services.canary);
}

/** The reference's promotions take its own reference off a primary Service (W14): it is still this Canary's. */
const isLostCopy = ({ canary }: Observation, primary: KubeObject): boolean =>
  primary.kind === 'Service' &&
  canary.status?.lastAppliedSpec !== undefined &&
  !primary.metadata.ownerReferences?.some(({ controller }) => controller);

const needsNoTarget = (seen: Observation): boolean =>
  ((phaseOf(seen) === 'Promoting' || phaseOf(seen) === 'Finalising') && seen.primary !== undefined) ||
  recordOf(seen.canary).outbox !== undefined;

function missingTarget(seen: Observation): string {
  const { kind, name } = seen.canary.spec.targetRef;
  const noun = kind.toLowerCase();
  const resource = kind === 'Service' ? 'services' : `${noun}s.apps`;
  return `${noun} ${name}.${namespaceOf(seen)} get query error: ${resource} "${name}" not found`;
}

/** A primary that vanished: it is only made again from a revision that was promoted (C6). */
export const primaryIsLost = (seen: Observation): boolean =>
  seen.primary === undefined && phaseOf(seen) !== '' && phaseOf(seen) !== 'Initializing';

/** A phase's plan with the ground's writes around it. */
export function onGround(seen: Observation, plan: Plan): Decision {
  const ground = groundWrites(seen, plan.routes);
  const release = releaseMinimum(seen);
  const requeueAfterMs = Math.min(
    plan.requeueAfterMs ?? Number.POSITIVE_INFINITY,
    release.inMs ?? Number.POSITIVE_INFINITY,
  );
  return {
    ...plan,
    effects: [...ground.effects, ...capacityAtOnce(seen, plan.routes?.primary), ...release.effects, ...plan.effects],
    says: [...ground.says, ...plan.says, ...concernsOf(seen, plan)],
    status: withReadinessNotes(seen, { ...plan.status, ...ground.status }),
    ...(Number.isFinite(requeueAfterMs) && { requeueAfterMs }),
  };
}

function withReadinessNotes(seen: Observation, status: Plan['status']): Plan['status'] {
  const notes = readinessNotes(seen, status.phase);
  return Object.keys(notes).length > 0 ? { ...status, serin: { ...status.serin, ...notes } } : status;
}

function groundWrites(seen: Observation, routes: Routes | undefined): RoutingWrites {
  const initializing = phaseOf(seen) === '' || phaseOf(seen) === 'Initializing';
  if (seen.target === undefined) return routingWrites(seen, routes ?? keptSplit(seen));
  const behind = [...serviceWrite(seen, 'canary'), ...serviceWrite(seen, 'primary')];
  if (seen.primary === undefined) {
    const moved = routes ? routingWrites(seen, routes) : NO_ROUTING;
    return { ...moved, effects: [...behind, ...moved.effects] };
  }
  const autoscaler = createAutoscaler(seen);
  behind.push(...adoption(seen, seen.primary, workloadType(seen)));
  if (initializing && !readinessOf(seen, 'primary').ready) {
    return { effects: [...behind, ...autoscaler.effects], says: autoscaler.says, status: {} };
  }
  const mesh = routingWrites(seen, routes ?? keptSplit(seen));
  const objects = [...behind, ...autoscaler.effects, ...serviceWrite(seen, 'apex')];
  return {
    effects: [...(initializing ? objects : objects.map(asRepair)), ...mesh.effects],
    says: [...autoscaler.says, ...mesh.says],
    status: mesh.status,
  };
}

/** Once traffic runs, what cannot be repaired must not keep a run from its routes and its status (C15). */
const asRepair = (effect: Effect): Effect => ({ ...effect, repair: true });

const servicesThatStand = keptWith<Effect[]>();

/** Worked out once for each Service, and again when a spec is another one. */
function serviceWrite(seen: Observation, side: 'canary' | 'primary' | 'apex'): Effect[] {
  const { canary, target, settings } = seen;
  if (target?.kind === 'Service') return side === 'canary' ? canaryCopy(seen, target) : [];
  const existing = seen.services[side];
  if (existing === undefined) return reconciledService(seen, side);
  const { uid, name } = canary.metadata;
  const others = [side, uid, name, canary.spec, target?.['spec'], settings];
  return servicesThatStand(existing, others, () => reconciledService(seen, side));
}

function reconciledService(seen: Observation, side: 'canary' | 'primary' | 'apex'): Effect[] {
  const selector = selectorLabel(seen.target!, seen.settings.selectorLabels)!;
  const wanted = canaryServices(seen.canary, selector, seen.target)[side];
  const existing = seen.services[side];
  const object = reconcileService(seen.canary, existing, wanted);
  if (object === undefined) return [];
  const verb = existing ? 'update' : 'create';
  const name = existing ? wanted.metadata.name : `${wanted.metadata.name}.${namespaceOf(seen)}`;
  return [writeOf(RESOURCES.service, existing, object, `reconcileService failed: service ${name} ${verb} error`)];
}

/** A Service as target is its own apex; its primary copy is made and promoted as a workload's primary is. */
function canaryCopy(seen: Observation, target: KubeObject): Effect[] {
  const existing = seen.services.canary;
  const object = reconcileCanaryCopy(seen.canary, target, existing);
  if (object === undefined) return [];
  const key = `${object.metadata.name}.${namespaceOf(seen)}`;
  const context = existing ? `updating service ${key} failed` : `creating service ${key} query error`;
  return [writeOf(RESOURCES.service, existing, object, `reconcileCanaryService failed: ${context}`)];
}

/** Made as soon as there is a primary; its updates come with promotions. A missing source is said, and holds nothing up. */
function createAutoscaler(seen: Observation): { effects: Effect[]; says: Saying[] } {
  const ref = seen.canary.spec.autoscalerRef;
  if (ref === undefined) return { effects: [], says: [] };
  const type = scalerType(seen);
  if (seen.autoscaler === undefined) {
    const noun = usesKeda(seen.canary) ? 'Keda ScaledObject' : type.kind;
    const text = `${noun} ${ref.name}.${namespaceOf(seen)} get query error: ${type.plural}.${type.apiVersion.split('/')[0]} "${ref.name}" not found`;
    return { effects: [], says: [once(warning(text))] };
  }
  const { primaryAutoscaler } = seen;
  const effects = primaryAutoscaler ? adoption(seen, primaryAutoscaler, type) : syncPrimaryAutoscaler(seen);
  return { effects, says: [] };
}

/** An object that was synthesised before the Canary had a uid gets its owner, so that it goes with it. */
function adoption(seen: Observation, live: KubeObject, type: ResourceType): Effect[] {
  const ownerReferences = adoptedReferences(seen.canary, live);
  if (sameJson(ownerReferences, live.metadata.ownerReferences)) return [];
  const { name } = live.metadata;
  const context = `adopting ${type.kind} ${name}.${namespaceOf(seen)} failed`;
  return [
    { write: 'patch', type, namespace: namespaceOf(seen), name, patch: { metadata: { ownerReferences } }, context },
  ];
}

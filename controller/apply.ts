/** Carries a decision out: writes in the order given, one status write, then what is said and counted. */

import { strategyOf } from '../model/defaults';
import type { KubeObject, ResourceType } from '../model/kube';
import { RESOURCES } from '../model/kube';
import { configCopy } from '../model/objects/config-copies';
import { configChecksum } from '../model/revision';
import type { Alert, Decision, Effect, Saying } from './rollout/decision';
import type { Observation } from './rollout/observation';
import { namespaceOf, phaseOf } from './rollout/observation';
import type { Answers } from './rollout/question';
import { fromTheWriteOn, instant, recordOf } from './rollout/record';
import { statusPatch } from './rollout/status';

/** The API verbs that effects come to. All throw with a stable `code`. */
export interface WritePorts {
  get(type: ResourceType, namespace: string, name: string): Promise<KubeObject | undefined>;
  create(type: ResourceType, object: KubeObject): Promise<KubeObject>;
  replace(type: ResourceType, object: KubeObject): Promise<KubeObject>;
  patch(
    type: ResourceType,
    namespace: string,
    name: string,
    patch: object,
    subresource?: 'status',
  ): Promise<KubeObject>;
  delete(type: ResourceType, namespace: string, name: string, uid?: string): Promise<void>;
  /** Takes the API server's answer into the cache, so that the next tick sees it. */
  observed(type: ResourceType, object: KubeObject): void;
  /** Still the only one who may write? */
  mayWrite(): boolean;
  /** Unix milliseconds, by the clock that the observation was made with. */
  now(): number;
}

/** Who hears of it. None of these may throw or wait. */
export interface TellPorts {
  event(told: { canary: KubeObject; saying: Saying; run: string; phase: string }): void;
  /** `run` identifies the occasion: the same alert on another one is news. */
  alert(canary: KubeObject, alert: Alert, run: string): void;
  facts(seen: Observation, decision: Decision, answers: Answers, strategy: string): void;
}

/** An effect that failed, with the text for its Warning event. */
export class EffectError extends Error {
  readonly code: string;

  constructor(context: string, cause: unknown) {
    super(`${context}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.code = (cause as { code?: string }).code ?? 'EffectFailed';
  }
}

/** This replica is not the leader any more: nothing may be written. */
export class NotLeaderError extends Error {
  readonly code = 'NotLeader';
}

/** @returns from when on `requeueAfterMs` counts, Unix milliseconds: when the effects were written, else the look. */
export async function apply(
  ports: WritePorts & TellPorts,
  seen: Observation,
  decision: Decision,
  answers: Answers,
): Promise<number> {
  const unrepaired: unknown[] = [];
  for (const effect of decision.effects) {
    await carryOut(ports, seen, effect).catch((error: unknown) => {
      if (!effect.repair || error instanceof NotLeaderError) throw error;
      unrepaired.push(error);
    });
  }
  if (decision.tellsFirst) tell(ports, seen, decision, seen.canary);
  const doneAt = decision.effects.length > 0 ? ports.now() : seen.now;
  const canary = await writeStatus(ports, seen, decision, doneAt - seen.now);
  if (!decision.tellsFirst) tell(ports, seen, decision, canary);
  ports.facts(seen, decision, answers, strategyOf(seen.canary));
  for (const effect of decision.afterwards) await carryOut(ports, seen, effect);
  if (unrepaired.length > 0) throw unrepaired[0];
  return doneAt;
}

async function carryOut(ports: WritePorts, seen: Observation, effect: Effect): Promise<void> {
  if (!ports.mayWrite()) throw new NotLeaderError('leadership is lost: another replica goes on');
  try {
    await written(ports, seen, effect);
  } catch (error) {
    throw new EffectError(effect.context, lostRace(effect, error));
  }
}

/** An object that went between the look and the write is no news: the next look sees that it is gone. */
function lostRace(effect: Effect, error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  const gone = code === 'NotFound' && effect.write !== 'create' && effect.write !== 'copyConfig';
  return gone ? Object.assign(new Error(message), { code: 'Conflict' }) : error;
}

async function written(ports: WritePorts, seen: Observation, effect: Effect): Promise<void> {
  switch (effect.write) {
    case 'create':
      try {
        return ports.observed(effect.type, await ports.create(effect.type, effect.object));
      } catch (error) {
        if (effect.known && (error as { code?: string }).code === 'AlreadyExists') return;
        throw error;
      }
    case 'replace':
      return ports.observed(effect.type, await ports.replace(effect.type, effect.object));
    case 'patch': {
      const { type, namespace, name } = effect;
      return ports.observed(
        type,
        await ports.patch(type, namespace, name, fenced(effect.patch, effect.resourceVersion)),
      );
    }
    case 'delete':
      return ports.delete(effect.type, effect.namespace, effect.name, effect.uid);
    case 'copyConfig':
      return copyConfig(ports, seen, effect);
  }
}

/** A merge patch that the API server refuses when the object has moved since it was seen. */
function fenced(patch: Record<string, unknown>, resourceVersion: string | undefined): Record<string, unknown> {
  if (resourceVersion === undefined) return patch;
  const metadata = patch['metadata'] as Record<string, unknown> | undefined;
  return { ...patch, metadata: { ...metadata, resourceVersion } };
}

/** Copies exactly what was analysed: other content stops the tick, and the next one sees the change (W8). */
async function copyConfig(
  ports: WritePorts,
  seen: Observation,
  effect: Extract<Effect, { write: 'copyConfig' }>,
): Promise<void> {
  const type = effect.kind === 'Secret' ? RESOURCES.secret : RESOURCES.configMap;
  const source = await ports.get(type, effect.namespace, effect.name);
  if (source === undefined) throw new Error(`${type.plural} "${effect.name}" not found`);
  if (configChecksum(source) !== effect.checksum) {
    throw Object.assign(new Error(`${effect.name} has changed since it was analysed`), { code: 'Conflict' });
  }
  const existing = await ports.get(type, effect.namespace, `${effect.name}-primary`);
  const { includeLabelPrefixes } = seen.settings;
  const copy = configCopy(seen.canary, source, existing, { includeLabelPrefixes });
  if (copy === undefined) return;
  ports.observed(type, existing ? await ports.replace(type, copy) : await ports.create(type, copy));
}

/** One write, and only when something differs; refused when the Canary has moved since it was seen. */
async function writeStatus(
  ports: WritePorts,
  seen: Observation,
  decision: Decision,
  laterMs: number,
): Promise<KubeObject> {
  const status = statusPatch(seen, fromTheWriteOn(decision.status, laterMs));
  if (status === undefined) return seen.canary;
  if (!ports.mayWrite()) throw new NotLeaderError('leadership is lost: another replica goes on');
  const { name, resourceVersion } = seen.canary.metadata;
  // Effects of this tick may have moved the Canary itself (its finalizer): then the status has no fence of its own.
  const moved = decision.effects.some((effect) => 'type' in effect && effect.type.kind === 'Canary');
  const patch = fenced({ status }, moved ? undefined : resourceVersion);
  const written = await ports.patch(RESOURCES.canary, namespaceOf(seen), name, patch, 'status');
  ports.observed(RESOURCES.canary, written);
  return written;
}

function tell(ports: TellPorts, seen: Observation, decision: Decision, canary: KubeObject): void {
  const run = runOf(seen, decision);
  for (const saying of decision.says) {
    ports.event({ canary, saying, run, phase: saying.phase ?? phaseOf(seen) });
  }
  const { lastAppliedSpec = '', canaryWeight = 0 } = seen.canary.status ?? {};
  for (const alert of decision.alerts) ports.alert(canary, alert, `${run}/${lastAppliedSpec}/${canaryWeight}`);
}

/** The run that a text belongs to: a text that is said again in a later run is news. */
function runOf(seen: Observation, decision: Decision): string {
  const started = decision.status.serin?.['runStartedAt'];
  if (typeof started === 'string') return started;
  return recordOf(seen.canary).runStartedAt ?? instant(Date.parse(seen.canary.metadata.creationTimestamp ?? '') || 0);
}

/**
 * Going back to the reference: it cannot read Serin's hashes and would release every target again. A Canary in phase
 * Initializing is recorded anew from its target, without a run, so idle ones are left in that phase.
 */
import type { Canary } from '../model/canary';
import { namespaceOf } from '../model/defaults';
import type { KubeObject } from '../model/kube';
import { REVISION_ANNOTATION } from '../model/objects/metadata';
import { isForeignHash, templateHash } from '../model/revision';

export type Handback =
  | { canary: string; do: 'initialize'; patch: Record<string, unknown> }
  /** Nothing to do: it has no hash of Serin's. */
  | { canary: string; do: 'nothing'; why: string }
  /** The reference will do something of its own. */
  | { canary: string; do: 'leave'; why: string };

const IDLE = new Set(['Initialized', 'Succeeded', 'Failed']);

/** What one Canary needs before the reference takes over. */
export function handbackOf(canary: Canary, target: KubeObject | undefined, primary: KubeObject | undefined): Handback {
  const name = `${canary.metadata.name}.${namespaceOf(canary)}`;
  const { phase = '', lastAppliedSpec } = canary.status ?? {};
  if (lastAppliedSpec === undefined || isForeignHash(lastAppliedSpec)) {
    return { canary: name, do: 'nothing', why: 'Serin never decided on it' };
  }
  if (!IDLE.has(phase)) {
    return { canary: name, do: 'leave', why: `it is ${phase}: the reference begins its analysis again at weight 0` };
  }
  const promoted = primary?.metadata.annotations?.[REVISION_ANNOTATION];
  if (target === undefined || promoted !== templateHash(target)) {
    const why = 'its target does not hold the promoted revision: the reference will release what it holds';
    return { canary: name, do: 'leave', why };
  }
  return { canary: name, do: 'initialize', patch: { status: { phase: 'Initializing', serin: null } } };
}

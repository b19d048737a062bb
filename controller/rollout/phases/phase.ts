/** What a phase gives: the parts of a decision that are its own. Everything every phase needs (ground.ts) is added around it. */
import type { Ask, Decision } from '../decision';
import { act } from '../decision';

/** A decision of a phase, before the ground's writes are added. */
export type Plan = Decision;

export type PhasePlan = Ask | Plan;

type Parts = Partial<Omit<Plan, 'do' | 'reason'>>;

export const plan = (reason: string, parts: Parts = {}): Plan => act(reason, parts);

/** The same plan with something said before what it says itself. */
export const sayFirst = (says: Decision['says'], next: PhasePlan): PhasePlan =>
  next.do === 'ask' ? next : { ...next, says: [...says, ...next.says] };

/** One look at one Canary: observe, ask, decide, apply. Everything else is in the rooms that it calls. */
import { NO_ANSWERS } from './asking';
import type { Again } from './loop';
import { decide } from './rollout/decide';
import type { Decision } from './rollout/decision';
import type { Observation } from './rollout/observation';
import type { Answers, Question } from './rollout/question';

export interface TickPorts {
  observe(key: string): Observation | undefined;
  ask(key: string, questions: Question[], answers: Answers): Promise<Answers>;
  /** @returns from when on the next look counts, Unix milliseconds. */
  apply(seen: Observation, decision: Decision, answers: Answers): Promise<number>;
  /** Unix milliseconds. */
  now(): number;
}

/** Questions may depend on answers, but never for ever: more rounds than this are a bug in the rules. */
const MOST_ROUNDS = 50;

/** @returns when to look again; undefined when only a change is worth a look. */
export async function tick(key: string, ports: TickPorts): Promise<Again | undefined> {
  const seen = ports.observe(key);
  if (seen === undefined) return undefined;
  const { decision, answers } = await decided(key, seen, ports);
  const fromMs = await ports.apply(seen, decision, answers);
  const { requeueAfterMs: afterMs, requeueEarlyMs: earlyMs = 0, requeueLateMs: lateMs = 0, settles } = decision;
  if (afterMs === undefined) return undefined;
  // Others are followed by a look at what they wrote, which works out what is left.
  if (!settles) return { afterMs, earlyMs, lateMs };
  // Looks keep their pace, as long as that is not too early for what was written meanwhile.
  const tookMs = fromMs - seen.now;
  const keptMs = tookMs > 0 && tookMs <= earlyMs / 2 ? tookMs : 0;
  return { afterMs: Math.max(0, fromMs - keptMs + afterMs - ports.now()), earlyMs: earlyMs - keptMs, lateMs };
}

async function decided(key: string, seen: Observation, ports: TickPorts) {
  let answers = NO_ANSWERS;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const decision = decide(seen, answers);
    if (decision.do === 'act') return { decision, answers };
    answers = await ports.ask(key, decision.questions, answers);
  }
  throw new Error(`no decision on ${key} after ${MOST_ROUNDS} rounds of questions`);
}

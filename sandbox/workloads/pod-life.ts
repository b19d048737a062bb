/** The life of a pod's containers on its node, as a pure machine: what is due when, and what follows. */
import type { Behaviour } from './behaviour';

export type Stage = 'creating' | 'running' | 'ready' | 'crashed';

export interface PodLife {
  stage: Stage;
  /** Unix milliseconds of the last change of stage. */
  sinceMs: number;
  restarts: number;
}

/** The part of the start-up time that goes by before the containers run; the rest until they are ready. */
const CREATING_SHARE = 0.4;
/** A container that exits at once still takes this long. */
const EXITS_AFTER_MS = 500;
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;

/** A kubelet waits 10 s before the first restart, twice as long before each further one, at most 5 minutes. */
export function backoffMs(restarts: number): number {
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** restarts);
}

/** The next stage and the time it is due; undefined when nothing changes by itself. */
export function nextStage(life: PodLife, behaviour: Behaviour): { stage: Stage; dueMs: number } | undefined {
  const { stage, sinceMs } = life;
  const { crash, neverReady, startupMs } = behaviour;
  switch (stage) {
    case 'creating':
      return { stage: 'running', dueMs: sinceMs + startupMs * CREATING_SHARE };
    case 'running':
      if (crash === true) return { stage: 'crashed', dueMs: sinceMs + EXITS_AFTER_MS };
      return neverReady ? undefined : { stage: 'ready', dueMs: sinceMs + startupMs * (1 - CREATING_SHARE) };
    case 'ready':
      if (neverReady) return { stage: 'running', dueMs: sinceMs };
      if (crash === true) return { stage: 'crashed', dueMs: sinceMs };
      return crash ? { stage: 'crashed', dueMs: sinceMs + crash.afterMs } : undefined;
    case 'crashed':
      return { stage: 'running', dueMs: sinceMs + backoffMs(life.restarts) };
  }
}

/** The life as it is at `nowMs`. */
export function lifeAt(life: PodLife, behaviour: Behaviour, nowMs: number): PodLife {
  const next = nextStage(life, behaviour);
  if (!next || next.dueMs > nowMs) return life;
  const restarts = life.restarts + Number(life.stage === 'crashed');
  return { stage: next.stage, sinceMs: nowMs, restarts };
}

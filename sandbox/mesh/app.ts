/** How an app answers, as podinfo does: `/status/500` and `/delay/1` do what they say. */

import type { Behaviour } from '../workloads/behaviour';
import { Fraction, Spread } from './sharing';

export interface Answer {
  status: number;
  latencyMs: number;
}

/** One pod's app. Its errors come in exactly their share, its latencies evenly spread. */
export class App {
  private readonly errors = new Fraction();
  private readonly spread: Spread;

  constructor(seed: number) {
    this.spread = new Spread(seed);
  }

  answer(path: string, behaviour: Behaviour): Answer {
    const { baseMs, spreadMs } = behaviour.latencyMs;
    const latencyMs = baseMs + spreadMs * this.spread.next() + delayOf(path);
    const failed = this.errors.of(1, behaviour.errorRate) > 0;
    return { status: statusOf(path) ?? (failed ? 500 : 200), latencyMs };
  }
}

function statusOf(path: string): number | undefined {
  const status = Number(/^\/status\/(\d{3})\b/.exec(path)?.[1]);
  return Number.isNaN(status) ? undefined : status;
}

function delayOf(path: string): number {
  return Number(/^\/delay\/(\d+(\.\d+)?)\b/.exec(path)?.[1] ?? 0) * 1000;
}

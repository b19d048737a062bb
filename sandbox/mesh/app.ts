/** How an app answers, as podinfo does: `/status/500` and `/delay/1` do what they say. */

import { type Behaviour, latencyAt, type WarmUp } from '../workloads/behaviour';
import { Fraction, Spread } from './sharing';

export interface Answer {
  status: number;
  latencyMs: number;
}

/** What the moment adds to a version's own behaviour. */
export interface Moment {
  nowMs: number;
  /** Answers take so many times as long: the pod's node is busy with others. */
  slowdown: number;
}

/** One pod's app. Its errors come in exactly their share and its latencies evenly spread, or both are drawn. */
export class App {
  private readonly errors = new Fraction();
  private readonly spread: Spread;
  private served = 0;
  private firstMs: number | undefined;

  /** @param draw A number from 0 to 1 for each thing left to chance; absent: nothing is. */
  constructor(
    seed: number,
    private readonly draw?: () => number,
  ) {
    this.spread = new Spread(seed);
  }

  answer(path: string, behaviour: Behaviour, { nowMs, slowdown }: Moment): Answer {
    const cold = this.isCold(behaviour.warmUp, nowMs) ? behaviour.warmUp : undefined;
    this.served += 1;
    const share = this.draw?.() ?? this.spread.next();
    const ownMs = latencyAt(behaviour.latencyMs, share) * (cold?.slowdown ?? 1) * slowdown;
    const failed = this.fails(cold?.errorRate ?? behaviour.errorRate);
    return { status: statusOf(path) ?? (failed ? 500 : 200), latencyMs: ownMs + delayOf(path) };
  }

  private fails(rate: number): boolean {
    return this.draw ? this.draw() < rate : this.errors.of(1, rate) > 0;
  }

  private isCold(warmUp: WarmUp | undefined, nowMs: number): boolean {
    this.firstMs ??= nowMs;
    if (!warmUp) return false;
    return this.served < (warmUp.requests ?? 0) || nowMs - this.firstMs < (warmUp.ms ?? 0);
  }
}

function statusOf(path: string): number | undefined {
  const status = Number(/^\/status\/(\d{3})\b/.exec(path)?.[1]);
  return Number.isNaN(status) ? undefined : status;
}

function delayOf(path: string): number {
  return Number(/^\/delay\/(\d+(\.\d+)?)\b/.exec(path)?.[1] ?? 0) * 1000;
}

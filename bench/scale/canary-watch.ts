/** Follows all Canaries by one watch, as anybody may, and notes when each moved. */
import type { Plane } from '../../test/cluster/control-plane/plane';
import { keyIn, LiveWatch, type Versioned } from './live-watch';

/** Of all namespaces. */
export const CANARIES = '/apis/flagger.app/v1beta1/canaries';

interface CanaryObject extends Versioned {
  status?: { phase?: string; canaryWeight?: number };
}

/** What is known of a Canary; times are Unix milliseconds of when the watch told. */
export interface SeenCanary {
  phase: string;
  weight: number;
  /** Since `mark`: the first weight above zero, and the end of the run. */
  firstWeightMs?: number;
  succeededMs?: number;
}

export class CanaryWatch extends LiveWatch<CanaryObject> {
  private readonly canaries = new Map<string, SeenCanary>();

  constructor(plane: Plane) {
    super(plane, CANARIES, 'serin-bench-watch');
  }

  get(key: string): SeenCanary | undefined {
    return this.canaries.get(key);
  }

  /** Forgets times: what comes from now on counts. */
  mark(keys: readonly string[]): void {
    for (const key of keys) {
      const { phase = '', weight = 0 } = this.canaries.get(key) ?? {};
      this.canaries.set(key, { phase, weight });
    }
  }

  /** How many of these fulfil the condition. */
  count(keys: readonly string[], is: (canary: SeenCanary) => boolean): number {
    return keys.filter((key) => {
      const canary = this.canaries.get(key);
      return canary !== undefined && is(canary);
    }).length;
  }

  /** Waits until all of these fulfil it. @returns whether they did in time */
  async all(keys: readonly string[], is: (canary: SeenCanary) => boolean, timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    while (this.count(keys, is) < keys.length) {
      if (performance.now() > end) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  protected take(canary: CanaryObject): void {
    const { status } = canary;
    const key = keyIn(canary);
    const before = this.canaries.get(key);
    const { phase = '', canaryWeight: weight = 0 } = status ?? {};
    const now = Date.now();
    const firstWeightMs = before?.firstWeightMs ?? (weight > 0 ? now : undefined);
    const ended = phase === 'Succeeded' && before !== undefined && before.phase !== phase;
    const succeededMs = before?.succeededMs ?? (ended ? now : undefined);
    this.canaries.set(key, {
      phase,
      weight,
      ...(firstWeightMs !== undefined && { firstWeightMs }),
      ...(succeededMs !== undefined && { succeededMs }),
    });
  }
}

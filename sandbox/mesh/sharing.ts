/** Dividing whole numbers by shares with no randomness: what a share lost to rounding it gets the next time. */
export class Sharing {
  private readonly owed = new Map<string, number>();

  /** Divides `count` by weight. A weight of 0 gets nothing, ever; the parts add up to `count`. */
  divide(count: number, shares: readonly { key: string; weight: number }[]): Map<string, number> {
    const parts = new Map<string, number>();
    const live = shares.filter((one) => one.weight > 0);
    const total = live.reduce((sum, one) => sum + one.weight, 0);
    for (const key of this.owed.keys()) if (!live.some((one) => one.key === key)) this.owed.delete(key);
    const due = live.map(({ key, weight }) => ({ key, exact: (count * weight) / total + (this.owed.get(key) ?? 0) }));
    let left = count;
    for (const { key, exact } of due) {
      const part = Math.min(left, Math.max(0, Math.floor(exact + 1e-9)));
      parts.set(key, part);
      left -= part;
    }
    const byRemainder = [...due].sort((a, b) => remainder(b, parts) - remainder(a, parts));
    for (const { key } of byRemainder.slice(0, left)) parts.set(key, parts.get(key)! + 1);
    for (const { key, exact } of due) this.owed.set(key, exact - parts.get(key)!);
    return parts;
  }
}

function remainder({ key, exact }: { key: string; exact: number }, parts: Map<string, number>): number {
  return exact - parts.get(key)!;
}

/** The whole number nearest to a running fraction: over time exactly `share` of all that was counted. */
export class Fraction {
  private owed = 0;

  of(count: number, share: number): number {
    const exact = count * share + this.owed;
    const whole = Math.min(count, Math.max(0, Math.floor(exact + 1e-9)));
    this.owed = exact - whole;
    return whole;
  }
}

const GOLDEN = 0.6180339887498949;

/** Numbers from 0 to 1 that fill the interval evenly however many are drawn. */
export class Spread {
  constructor(private at: number) {}

  next(): number {
    this.at = (this.at + GOLDEN) % 1;
    return this.at;
  }
}

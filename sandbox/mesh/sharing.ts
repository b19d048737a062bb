/** Divides whole numbers by shares. */
export interface Dividing {
  divide(count: number, shares: readonly { key: string; weight: number }[]): Map<string, number>;
}

/** With no randomness: what a share lost to rounding it gets the next time. */
export class Sharing implements Dividing {
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

/** Each one goes its own way by chance, as a proxy's requests do. */
export class DrawnSharing implements Dividing {
  constructor(private readonly draw: () => number) {}

  divide(count: number, shares: readonly { key: string; weight: number }[]): Map<string, number> {
    const live = shares.filter((one) => one.weight > 0);
    const total = live.reduce((sum, one) => sum + one.weight, 0);
    const parts = new Map(live.map(({ key }) => [key, 0]));
    for (let n = 0; n < count && live.length > 0; n++) {
      const key = this.drawn(live, this.draw() * total);
      parts.set(key, parts.get(key)! + 1);
    }
    return parts;
  }

  private drawn(live: readonly { key: string; weight: number }[], at: number): string {
    let sum = 0;
    for (const { key, weight } of live) {
      sum += weight;
      if (at < sum) return key;
    }
    return live.at(-1)!.key;
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

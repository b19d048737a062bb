/** What was met lately, within a bound. */

/** The `size` keys set last, and at most `size` older ones. Two maps take turns: nothing is moved when one is met again. */
export class Recent<K, V> {
  private young = new Map<K, V>();
  private old = new Map<K, V>();

  constructor(private readonly size: number) {}

  get(key: K): V | undefined {
    return this.young.has(key) ? this.young.get(key) : this.old.get(key);
  }

  has(key: K): boolean {
    return this.young.has(key) || this.old.has(key);
  }

  set(key: K, value: V): void {
    if (this.young.size >= this.size && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  delete(key: K): void {
    this.young.delete(key);
    this.old.delete(key);
  }
}

/**
 * 52 bits of a hash: a number is a tenth of a text in memory. Among 4,000 the chance of two alike is 2 in a thousand million.
 * @param digest a text that ends in at least 13 hexadecimal digits
 */
export const keyOfDigest = (digest: string): number => Number.parseInt(digest.slice(-13), 16);

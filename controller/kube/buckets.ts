/** Items under keys, many keys with one item each: those cost no Set, which would be 300 bytes. */
export class Buckets<T extends object | string> {
  private readonly buckets = new Map<string, T | Set<T>>();

  add(key: string, item: T): void {
    const held = this.buckets.get(key);
    if (held === undefined) this.buckets.set(key, item);
    else if (held instanceof Set) held.add(item);
    else if (held !== item) this.buckets.set(key, new Set([held, item]));
  }

  /** Takes out this very item. */
  remove(key: string, item: T): void {
    const held = this.buckets.get(key);
    if (held === item || (held instanceof Set && held.delete(item) && held.size === 0)) this.buckets.delete(key);
  }

  get(key: string): T[] {
    const held = this.buckets.get(key);
    if (held === undefined) return [];
    return held instanceof Set ? [...held] : [held];
  }
}

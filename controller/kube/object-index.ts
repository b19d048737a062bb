/** Finds what is held of a namespace by keys. */
export class ObjectIndex<T> {
  private readonly found = new Map<string, Set<T>>();

  add(namespace: string, keys: readonly string[], item: T): void {
    for (const key of keys) {
      const full = `${namespace}/${key}`;
      const items = this.found.get(full);
      if (items) items.add(item);
      else this.found.set(full, new Set([item]));
    }
  }

  /** Takes out this very item. */
  remove(namespace: string, keys: readonly string[], item: T): void {
    for (const key of keys) {
      const full = `${namespace}/${key}`;
      const items = this.found.get(full);
      items?.delete(item);
      if (items?.size === 0) this.found.delete(full);
    }
  }

  get(namespace: string, key: string): T[] {
    return [...(this.found.get(`${namespace}/${key}`) ?? [])];
  }
}

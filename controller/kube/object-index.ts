/** Finds what is held of a namespace by keys. */
import { Buckets } from './buckets';

export class ObjectIndex<T extends object> {
  private readonly found = new Buckets<T>();

  add(namespace: string, keys: readonly string[], item: T): void {
    for (const key of keys) this.found.add(`${namespace}/${key}`, item);
  }

  /** Takes out this very item. */
  remove(namespace: string, keys: readonly string[], item: T): void {
    for (const key of keys) this.found.remove(`${namespace}/${key}`, item);
  }

  get(namespace: string, key: string): T[] {
    return this.found.get(`${namespace}/${key}`);
  }
}

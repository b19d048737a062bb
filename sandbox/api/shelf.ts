/** The stored objects of one kind, by key and in order. */
import type { KubeObject } from '../../model/kube';

/** A sorted map. Keys are sorted again only when one came or went. */
export class Shelf {
  private readonly byKey = new Map<string, KubeObject>();
  private ordered: string[] | undefined;

  get(key: string): KubeObject | undefined {
    return this.byKey.get(key);
  }

  put(key: string, object: KubeObject): void {
    if (!this.byKey.has(key)) this.ordered = undefined;
    this.byKey.set(key, object);
  }

  remove(key: string): void {
    this.ordered = undefined;
    this.byKey.delete(key);
  }

  /** Objects in the order of their keys. */
  all(): KubeObject[] {
    this.ordered ??= [...this.byKey.keys()].sort();
    return this.ordered.map((key) => this.byKey.get(key)!);
  }
}

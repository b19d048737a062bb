/** Finds the objects of a namespace by keys that are made from them. */
import type { KubeObject } from '../../model/kube';

export class ObjectIndex {
  private readonly found = new Map<string, Set<KubeObject>>();

  constructor(private readonly keysOf: (object: KubeObject) => string[]) {}

  add(object: KubeObject): void {
    for (const key of this.fullKeys(object)) {
      const objects = this.found.get(key);
      if (objects) objects.add(object);
      else this.found.set(key, new Set([object]));
    }
  }

  /** Takes out this very object. */
  remove(object: KubeObject): void {
    for (const key of this.fullKeys(object)) {
      const objects = this.found.get(key);
      objects?.delete(object);
      if (objects?.size === 0) this.found.delete(key);
    }
  }

  get(namespace: string | undefined, key: string): KubeObject[] {
    return [...(this.found.get(`${namespace ?? ''}/${key}`) ?? [])];
  }

  private fullKeys(object: KubeObject): string[] {
    return this.keysOf(object).map((key) => `${object.metadata.namespace ?? ''}/${key}`);
  }
}

/** Lists in chunks: `limit` and `continue`, from one consistent state. */
import type { KubeObject } from '../../model/kube';
import { badRequest, expired } from './api-error';
import type { Json } from './json';
import type { ObjectStore } from './store';

const KEPT_SNAPSHOTS = 200;

export interface Page {
  items: KubeObject[];
  /** The list's own metadata. */
  metadata: Json;
}

/** Remembers the rest of lists that were read in part. */
export class Paging {
  private readonly snapshots = new Map<string, { items: KubeObject[]; version: string }>();
  private count = 0;

  constructor(private readonly store: ObjectStore) {}

  first(items: KubeObject[], limit: number): Page {
    return this.cut(items, limit, this.store.resourceVersion);
  }

  /** @throws ApiError 400 for a token that is none, 410 when its state is forgotten. */
  next(token: string, limit: number): Page {
    if (!/^c\d+$/.test(token)) throw badRequest('continue key is not valid: invalid encoding');
    const found = this.snapshots.get(token);
    if (found && Number(found.version) >= this.store.oldestVersion) return this.cut(found.items, limit, found.version);
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.',
    );
  }

  private cut(items: KubeObject[], limit: number, version: string): Page {
    if (limit <= 0 || items.length <= limit) return { items, metadata: { resourceVersion: version } };
    this.count += 1;
    const token = `c${this.count}`;
    this.snapshots.set(token, { items: items.slice(limit), version });
    const [oldest] = this.snapshots.keys();
    if (this.snapshots.size > KEPT_SNAPSHOTS && oldest) this.snapshots.delete(oldest);
    const metadata = { resourceVersion: version, continue: token, remainingItemCount: items.length - limit };
    return { items: items.slice(0, limit), metadata };
  }
}

/** One write of a process that took effect, as the store keeps it. */
import type { KubeObject } from '../model/kube';
import type { StoreEvent } from '../sandbox/api/store';

export interface Written {
  /** The process that wrote. */
  by: string;
  object: KubeObject;
  previous?: KubeObject;
}

/** Lines up answers of the API server with the changes they made. */
export class ChangeLog {
  private readonly recent = new Map<number, StoreEvent>();

  add(event: StoreEvent): void {
    this.recent.set(event.revision, event);
    if (this.recent.size > 400) this.recent.delete(this.recent.keys().next().value!);
  }

  /** The change that an answered write made; undefined when it changed nothing. */
  changeOf(body: string): StoreEvent | undefined {
    const version = /"resourceVersion":"(\d+)"/.exec(body)?.[1];
    const event = version === undefined ? undefined : this.recent.get(Number(version));
    if (event) this.recent.delete(event.revision);
    return event;
  }
}
